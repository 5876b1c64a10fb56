"""Rate points of the frames that a method codes at a lower resolution, and of no others."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from experiments.results.frames import GROUP, PSNR_COLUMNS, parts, records


def lr_points(frames: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """Rate points of the LR frames alone, of each test method and of the anchor on the same frames.

    The frames are those that the method codes at a scale above 1 at every one of its QPs, but for
    boundaries of a lesser scale (key frames). Rate:
    ``bits · fps / frames counted / 1000`` kbps of those frames; PSNR: their mean in dB;
    PSNR-YUV: (6·Y + U + V)/8 of the means. The column ``anchor_for`` of an anchor row names the
    method that it is to be compared with; it is empty in test rows. A frame that a point lacks
    shows in ``frames``, and `experiments.tables.bd.bd_rows` then refuses the comparison.

    Args:
        frames: as `clean_frames` gives them.
        points: as `clean_points` gives them.
    """
    of_point = {key[0]: part for key, part in parts(frames, ("point",))}
    rows: list[dict[str, Any]] = []
    for _, block in parts(points, GROUP):
        anchors = records(block[block["is_anchor"]])
        for (method,), test in parts(block[~block["is_anchor"]], ("method",)):
            indices = _lr_indices(of_point.get(str(key)) for key in test["point"])
            if not indices:
                continue
            rows += [{**_on(row, of_point, indices), "anchor_for": method} for row in anchors]
            rows += [{**_on(row, of_point, indices), "anchor_for": ""} for row in records(test)]
    return pd.DataFrame(rows, columns=[*_LR_COLUMNS, "anchor_for"])


# Whole-sequence values (times, container bytes, VMAF …) have no meaning for some of the frames.
_LR_COLUMNS = (
    "point sequence class codec config method is_anchor qp frames fps measured_bit_depth"
    " rate_kbps psnr_y psnr_u psnr_v psnr_yuv lr_keys"
).split()


def _lr_indices(of_points: Iterable[pd.DataFrame | None]) -> frozenset[int]:
    sets = []
    for part in of_points:
        if part is not None:
            # Boundaries may be scaled down, too, by less: they are no LR frames.
            is_lr = (part["scale"] > 1) & ~part["key_frame"].astype(bool)
            sets.append(frozenset(map(int, part.loc[is_lr, "frame"])))
    return frozenset.intersection(*sets) if sets else frozenset()


def _on(
    row: Mapping[str, Any], of_point: Mapping[str, pd.DataFrame], indices: frozenset[int]
) -> dict[str, Any]:
    """The rate point ``row`` with rate and PSNR of the frames ``indices`` alone."""
    kept = {name: row[name] for name in _LR_COLUMNS if name in row}
    part = of_point.get(str(row["point"]), pd.DataFrame({"frame": []}))
    used = part[part["frame"].isin(indices)]
    if used.empty:
        return {**kept, **dict.fromkeys(("rate_kbps", *PSNR_COLUMNS), math.nan), "frames": 0}
    mean = {
        name: float(used[name].mean(skipna=False)) if name in used else math.nan
        for name in PSNR_COLUMNS[:3]
    }
    return {
        **kept,
        **mean,
        "psnr_yuv": (6 * mean["psnr_y"] + mean["psnr_u"] + mean["psnr_v"]) / 8,
        "rate_kbps": float(used["bits"].sum()) * float(row["fps"]) / len(used) / 1000,
        "frames": len(used),
    }
