"""Weights files of small SRFR networks, and enhancers that run them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from codecpipe.format import Frame
from enhancers import get_enhancer
from enhancers.engine.options import EngineOptions
from enhancers.srfr.config import SrfrConfig
from enhancers.srfr.method import METHOD
from enhancers.srfr.network import Srfr
from enhancers.weights.file import write_weights
from enhancers.weights.meta import WeightsMeta

PLANES = {"y": 1, "uv": 2, "rgb": 3}


def config_of(planes: int = 1, *, without: Sequence[str] = (), **changes: object) -> SrfrConfig:
    """A network that is smaller than tiny."""
    small = METHOD.config("tiny", planes=planes, without=without)
    changes = {"channels": 8, "iqem_layers": 2, "iqem_channels": 8, "align_groups": 1, **changes}
    return replace(small, **changes)  # type: ignore[arg-type]


def network(config: SrfrConfig, spread: float = 0.02) -> Srfr:
    """A network that does something: nothing in it is zero; 0: as it is made, which is bicubic.

    With a small ``spread``, offsets of the deformable convolutions stay below a sample.
    """
    torch.manual_seed(7)
    made = Srfr(config)
    if spread:
        for parameter in made.parameters():
            if not parameter.detach().abs().max():
                nn.init.normal_(parameter, std=spread)
    return made.eval()


def srfr_file(
    path: Path,
    *,
    groups: Sequence[str] = ("y", "uv"),
    codec: str = "x265",
    config: str = "LDP",
    without: Sequence[str] = (),
    spread: float = 0.02,
    scale: int = 2,
    **changes: object,
) -> Path:
    """A weights file with such networks, of ``y`` and ``uv`` or of ``rgb``."""
    tensors, configs = {}, {}
    for group in groups:
        made = config_of(PLANES[group], without=without, **changes)
        configs[group] = made.to_dict()
        state = network(made, spread).state_dict()
        tensors |= {f"{group}.{key}": value for key, value in state.items()}
    meta = WeightsMeta(
        variant="tiny",
        config_y=configs.get("y", {}),
        config_uv=configs.get("uv", {}),
        codec=codec,
        config=config,
        layout="tds",
        scale=scale,
        qps=(32, 37, 42, 47),
        method="srfr",
        config_rgb=configs.get("rgb", {}),
    )
    write_weights(path, tensors, meta)
    return path


def restored(video: object, path: Path, **options: object) -> list[Frame]:
    """All frames of a video of ``engine_kit``."""
    enhancer = get_enhancer(f"srfr:{path}", options=EngineOptions("cpu", **options))  # type: ignore[arg-type]
    return list(enhancer.restore(video.decoded()))  # type: ignore[attr-defined]
