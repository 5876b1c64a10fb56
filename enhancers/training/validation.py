"""PSNR on held-out clips: of the network, and of bicubic and Lanczos interpolation."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from codecpipe.digest import digest
from codecpipe.format import VideoFormat
from codecpipe.video.resample import Filter, plan_size, upsample
from enhancers.training.cache import Item
from enhancers.training.patches import GRID, Rect, around
from enhancers.training.plan import CODED, Planes, ValidationPart

BASELINES = (Filter.BICUBIC, Filter.LANCZOS)
MOST_DB = 100.0


@dataclass(frozen=True)
class ValidationFrame:
    """A held-out LR frame, a part of which is restored and compared."""

    item: Item
    frame: int
    """Its index in the clip."""
    patch: Rect
    """The part that is compared."""
    given: Rect
    """The larger part that the network is given of key frames, or of all pictures."""


def choose_frames(
    items: Sequence[Item], part: ValidationPart, key_margin: int
) -> tuple[ValidationFrame, ...]:
    """``part.frames`` LR frames of each item, evenly over the clip; items of one file together."""
    chosen = []
    for item in items:
        patch, given = parts_of(item, part, key_margin)
        frames = item.lr_frames
        count = min(part.frames, len(frames))
        spread = evenly(count, len(frames))
        chosen += [ValidationFrame(item, frames[at], patch, given) for at in spread]
    return tuple(chosen)


def evenly(count: int, whole: int) -> tuple[int, ...]:
    """``count`` of the numbers below ``whole``, in the middles of equal parts."""
    return tuple(int((at + 0.5) * whole / count) for at in range(count))


def parts_of(item: Item, part: ValidationPart, key_margin: int) -> tuple[Rect, Rect]:
    """The part of an item's pictures that is compared, and the larger one that is given."""
    height, width = (side // GRID * GRID for side in item.lr_size)
    if part.crop is None:
        whole = Rect(0, 0, height, width)
        return whole, whole
    side = part.crop // item.scale // GRID * GRID
    inner = (min(height, side), min(width, side))
    middle = Rect(item.lr_size[0] // 2, item.lr_size[1] // 2, 0, 0)
    patch = around(middle, *inner, item.lr_size)
    more = 2 * key_margin // item.scale
    outer = (min(height, inner[0] + more), min(width, inner[1] + more))
    return patch, around(patch, *outer, item.lr_size)


def shown_error(restored: Tensor, target: Tensor, bit_depth: int) -> float:
    """Mean squared error as a receiver shows it: clamped, rounded to the decoded depth."""
    peak = (1 << bit_depth) - 1
    shown = restored.float().cpu().clamp(0, 1).mul(peak).round().div(peak)
    return float(torch.mean((shown - target).double().square()))


def baseline_mse(frames: Sequence[ValidationFrame], planes: Planes, kernel: Filter) -> list[float]:
    """Mean squared error of interpolation by swscale, of whole frames, in each frame's part.

    Of RGB that of luma is taken, so that networks of both domains compare.
    """
    compared = Planes.UV if planes is Planes.UV else Planes.Y
    found = []
    for _, group in groupby(frames, key=lambda frame: frame.item.folder):
        some = list(group)
        item = some[0].item
        height, width = item.lr_size
        fmt = VideoFormat(width, height, item.bit_depth)
        size = plan_size(width * item.scale, height * item.scale, Fraction(item.scale))
        low = (
            np.concatenate([item.lr(which)[one.frame].ravel() for which in CODED]) for one in some
        )
        scaled_up = upsample((frame.astype(fmt.dtype) for frame in low), fmt, size, kernel)
        high = fmt.with_size(width * item.scale, height * item.scale)
        for one, picture in zip(some, scaled_up, strict=True):
            parts = high.planes(picture)
            chosen = np.stack(parts[1:] if planes is Planes.UV else parts[:1])
            rows, columns = one.patch.of(compared, item.scale)
            shift = item.bit_depth - item.clip.bit_depth
            source = item.source(compared)[one.frame, :, rows, columns] * 2.0**shift
            error = (chosen[:, rows, columns] - source) / ((1 << item.bit_depth) - 1)
            found.append(float(np.mean(np.square(error))))
    return found


def kept_baselines(
    path: Path, frames: Sequence[ValidationFrame], planes: Planes, *, write: bool = True
) -> dict[Filter, list[float]]:
    """The baselines' errors, from the file at ``path`` where it is of these frames."""
    told = [
        (str(s.item.folder.resolve()), s.item.decoded.model_dump(mode="json"), s.frame, s.patch)
        for s in frames
    ]
    key = digest({"planes": planes.value, "frames": told})
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["frames"] == key:
            return {kernel: list(kept[kernel.value]) for kernel in BASELINES}
    except (OSError, ValueError, KeyError):
        pass  # it is computed, then
    found = {kernel: baseline_mse(frames, planes, kernel) for kernel in BASELINES}
    if write:
        path.write_text(json.dumps({"frames": key} | {k.value: v for k, v in found.items()}))
    return found


def psnr(mse: float) -> float:
    """PSNR in dB of samples in [0, 1]; at most 100."""
    return min(MOST_DB, -10 * math.log10(mse)) if mse > 0 else MOST_DB


@dataclass(frozen=True)
class Scores:
    """Mean PSNR in dB over the frames of each base QP."""

    network: Mapping[int, float]
    baselines: Mapping[Filter, Mapping[int, float]]

    def gain(self, kernel: Filter, qp: int) -> float:
        """How much better than interpolation, in dB."""
        return self.network[qp] - self.baselines[kernel][qp]

    def row(self) -> dict[str, float]:
        """By column of ``metrics.csv``."""
        found = {}
        for qp, value in self.network.items():
            found[f"psnr_qp{qp}"] = value
            for kernel in BASELINES:
                found[f"{kernel.value}_qp{qp}"] = self.baselines[kernel][qp]
                found[f"gain_{kernel.value}_qp{qp}"] = self.gain(kernel, qp)
        return found


def columns_for(qps: Iterable[int]) -> list[str]:
    """The columns of `Scores.row`."""
    zeros = dict.fromkeys(qps, 0.0)
    return list(Scores(zeros, dict.fromkeys(BASELINES, zeros)).row())


def scores(
    frames: Sequence[ValidationFrame],
    network: Sequence[float],
    baselines: Mapping[Filter, Sequence[float]],
) -> Scores:
    """Means over frames of each base QP, of PSNRs of these errors."""
    return Scores(
        _by_qp(frames, network), {kernel: _by_qp(frames, mse) for kernel, mse in baselines.items()}
    )


def _by_qp(frames: Sequence[ValidationFrame], mse: Sequence[float]) -> dict[int, float]:
    of_qp: dict[int, list[float]] = {}
    for frame, value in zip(frames, mse, strict=True):
        of_qp.setdefault(frame.item.qp, []).append(psnr(value))
    return {qp: sum(of_qp[qp]) / len(of_qp[qp]) for qp in sorted(of_qp)}
