"""Weights files of a run: of each network alone, and of luma and chroma together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from torch import Tensor

from codecpipe.errors import InputError
from enhancers.network_config import NetworkConfig
from enhancers.training.cache import Clip
from enhancers.training.plan import Planes, TrainingPlan
from enhancers.training.selection import Selection
from enhancers.weights.file import read_weights, write_weights
from enhancers.weights.meta import WeightsMeta


def run_meta(
    plan: TrainingPlan,
    planes: Planes,
    config: NetworkConfig,
    selection: Selection,
    commit: str,
) -> WeightsMeta:
    """The metadata of a run's weights before they are trained; of the other planes nothing."""
    configs = {planes.value: config.to_dict()}
    clips = [item.clip for item in selection.all_items]
    return WeightsMeta(
        variant=plan.variant,
        config_y=configs.get("y", {}),
        config_uv=configs.get("uv", {}),
        config_rgb=configs.get("rgb", {}),
        codec=",".join(selection.names("codec")),
        config=",".join(selection.names("config")),
        layout=",".join(selection.names("layout")),
        scale=selection.scale,
        qps=selection.qps,
        method=plan.method,
        # Clips that trained and validated, each once, with what the dataset says of their source.
        training={"clips": list({clip.name: _told(clip) for clip in clips}.values())},
        git_commit=commit,
    )


def _told(clip: Clip) -> dict[str, Any]:
    return {"name": clip.name, "split": clip.split, "scene": clip.scene, **clip.source}


def write_part(
    path: Path,
    planes: Planes,
    state: Mapping[str, Tensor],
    meta: WeightsMeta,
    trained: Mapping[str, Any],
    metrics: Mapping[str, float],
) -> None:
    """Write the weights of one network; ``trained``, ``metrics``: of these planes, to now."""
    done = replace(
        meta,
        training={**meta.training, planes.value: dict(trained)},
        metrics={planes.value: dict(metrics)},
        date=datetime.now(UTC).date().isoformat(),
    )
    write_weights(path, {f"{planes.value}.{key}": value for key, value in state.items()}, done)


_SHARED = ("method", "variant", "codec", "config", "layout", "scale")


def join_weights(luma: Path, chroma: Path, out: Path) -> WeightsMeta:
    """Write one weights file of a luma network and a chroma network.

    Raises:
        InputError: one of them is not what it should be, or they are not for the same files.
    """
    tensors: dict[str, Tensor] = {}
    metas: list[WeightsMeta] = []
    for planes, path in ((Planes.Y, luma), (Planes.UV, chroma)):
        found, meta = read_weights(path, parts=True)
        own = {key: value for key, value in found.items() if key.startswith(f"{planes.value}.")}
        if not own:
            raise InputError(f"'{path}' has no weights for {planes.value}: name another file")
        tensors |= own
        metas.append(meta)
    y, uv = metas
    for key in _SHARED:
        if getattr(y, key) != getattr(uv, key):
            raise InputError(
                f"'{luma}' and '{chroma}' differ in {key} ({getattr(y, key)},"
                f" {getattr(uv, key)}): join weights of one kind"
            )
    clips = list(y.training.get("clips", ()))
    joined = replace(
        y,
        config_uv=uv.config_uv,
        qps=tuple(sorted({*y.qps, *uv.qps})),
        training={
            "clips": [*clips, *(one for one in uv.training.get("clips", ()) if one not in clips)],
            "y": y.training.get("y", {}),
            "uv": uv.training.get("uv", {}),
        },
        metrics={"y": y.metrics.get("y", {}), "uv": uv.metrics.get("uv", {})},
        date=max(y.date, uv.date),
    )
    write_weights(out, tensors, joined)
    return joined
