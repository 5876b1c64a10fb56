"""One training sample of CRS: aligned parts of LR neighbours, keys and source. Numpy only."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from enhancers.training.cache import Item
from enhancers.training.patches import (
    Floats,
    Rect,
    around,
    part_of,
    peak_of,
    random_patch,
    smallest_side,
    source_peak_of,
    turn,
)
from enhancers.training.plan import Planes


class Sample(NamedTuple):
    """Float32 in [0, 1]; T frames of the window, K keys, C planes; H = k·h, Hk = k·hk.

    ``lr`` [T, C, h, w], ``keys`` [K, C, Hk, Wk], ``keys_lr`` [K, C, hk, wk], ``qp`` [T],
    ``key_qp`` [K], ``target`` [C, H, W].
    """

    lr: Floats
    keys: Floats
    keys_lr: Floats
    qp: Floats
    key_qp: Floats
    target: Floats


@dataclass(frozen=True)
class Frames:
    """Which frames a network sees: ``window`` LR frames, the last of them current if ``causal``.

    ``keys``: 1: the key before; 2: those before and after; 0: none.
    """

    window: int
    causal: bool
    keys: int

    def around(self, current: int, count: int) -> tuple[int, ...]:
        """The window's frames of ``count``; the first and the last stand in for those beyond."""
        first = current - (self.window - 1 if self.causal else self.window // 2)
        return tuple(min(max(first + at, 0), count - 1) for at in range(self.window))

    def keys_for(self, current: int, keys: Sequence[int]) -> tuple[int, ...]:
        """Positions in ``keys`` (rising frame indices); the only one there is stands in twice."""
        before = max(0, bisect_right(keys, current) - 1)
        if self.keys < 2:
            return (before,) * self.keys
        after = before if keys[before] > current else min(before + 1, len(keys) - 1)
        return (before, after)


@dataclass(frozen=True)
class Cut:
    """How samples are cut: side of the patch and of the key's part, in LR luma samples."""

    planes: Planes
    scale: int
    frames: Frames
    patch: int
    key_side: int


def plan_cut(
    items: Sequence[Item], planes: Planes, frames: Frames, patch: int, key_margin: int
) -> Cut:
    """The cut of samples out of these items.

    ``key_margin``: luma samples at HR beside the patch; less where a picture has no more.

    Raises:
        InputError: a picture is smaller than the patch, or the margin is no multiple of 4·k.
    """
    scale = items[0].scale
    side = smallest_side(items, patch, key_margin)
    return Cut(planes, scale, frames, patch, min(patch + 2 * key_margin // scale, side))


def random_sample(items: Sequence[Item], cut: Cut, seed: int, number: int) -> Sample:
    """Sample ``number`` of a run with ``seed``: it depends on nothing else.

    A random LR frame of a random item, a random patch, flipped and rotated by 90° at random.
    """
    random = np.random.default_rng((seed, number))
    item = items[int(random.integers(len(items)))]
    frame = item.lr_frames[int(random.integers(len(item.lr_frames)))]
    patch = random_patch(random, cut.patch, item.lr_size)
    key = around(patch, cut.key_side, cut.key_side, item.lr_size)
    return turned(cut_sample(item, cut, frame, patch, key), int(random.integers(8)))


def cut_sample(item: Item, cut: Cut, frame: int, patch: Rect, key: Rect) -> Sample:
    """Frame ``frame`` of an item in ``patch``, its keys in ``key``."""
    planes, scale = cut.planes, cut.scale
    window = cut.frames.around(frame, item.decoded.frames)
    positions = cut.frames.keys_for(frame, item.key_frames)
    key_frames = [item.key_frames[at] for at in positions]
    peak, source_peak = peak_of(item), source_peak_of(item)
    qps = item.decoded.qp
    lr = item.lr(planes)
    return Sample(
        lr=part_of(lr, window, patch.of(planes), peak),
        keys=part_of(item.keys(planes), positions, key.of(planes, scale), peak),
        keys_lr=part_of(lr, key_frames, key.of(planes), peak),
        qp=np.array([qps[at] for at in window], np.float32),
        key_qp=np.array([qps[at] for at in key_frames], np.float32),
        target=part_of(item.source(planes), [frame], patch.of(planes, scale), source_peak)[0],
    )


def turned(sample: Sample, which: int) -> Sample:
    """One of the 8 flips and rotations by 90°, of all pictures alike; 0: as it is."""
    return sample._replace(
        lr=turn(sample.lr, which),
        keys=turn(sample.keys, which),
        keys_lr=turn(sample.keys_lr, which),
        target=turn(sample.target, which),
    )
