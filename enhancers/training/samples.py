"""One training sample: aligned parts of LR neighbours, keys and source. Numpy only.

Positions are in LR luma samples and even, so that the chroma planes are cut at whole samples.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from codecpipe.errors import InputError
from enhancers.training.cache import Array, Item
from enhancers.training.plan import Planes

Floats = npt.NDArray[np.float32]
GRID = 8
"""Sides are multiples of so many LR luma samples: of 4 HR chroma samples times k after halving."""


class Rect(NamedTuple):
    """A part of a picture."""

    top: int
    left: int
    height: int
    width: int

    def of(self, planes: Planes, scale: int = 1) -> tuple[slice, slice]:
        """Rows and columns in the arrays of these planes, at ``scale`` times the LR size."""
        top, left, height, width = (side * scale // planes.step for side in self)
        return slice(top, top + height), slice(left, left + width)


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
    if key_margin % (4 * scale):
        raise InputError(f"a 'key_margin' of {key_margin} is no multiple of {4 * scale}: change it")
    smallest = min(items, key=lambda item: min(item.lr_size))
    side = min(smallest.lr_size) // GRID * GRID
    if side < patch:
        height, width = smallest.lr_size
        raise InputError(
            f"LR pictures of clip '{smallest.clip.name}' are {width}x{height}, smaller than a"
            f" 'patch' of {patch}: give a patch of {side}, or leave that clip out"
        )
    key_side = min(patch + 2 * key_margin // scale, side)
    return Cut(planes, scale, frames, patch, key_side)


def around(rect: Rect, height: int, width: int, size: tuple[int, int]) -> Rect:
    """A part of height × width about ``rect``, moved into a picture of ``size``; even position."""
    sides = []
    for start, inner, outer, limit in (
        (rect.top, rect.height, height, size[0]),
        (rect.left, rect.width, width, size[1]),
    ):
        first = min(max(start - (outer - inner) // 2, 0), limit - outer)
        sides.append(first // 2 * 2)
    return Rect(sides[0], sides[1], height, width)


def random_sample(items: Sequence[Item], cut: Cut, seed: int, number: int) -> Sample:
    """Sample ``number`` of a run with ``seed``: it depends on nothing else.

    A random LR frame of a random item, a random patch, flipped and rotated by 90° at random.
    """
    random = np.random.default_rng((seed, number))
    item = items[int(random.integers(len(items)))]
    frame = item.lr_frames[int(random.integers(len(item.lr_frames)))]
    height, width = item.lr_size
    top, left = (int(random.integers((side - cut.patch) // 2 + 1)) * 2 for side in (height, width))
    patch = Rect(top, left, cut.patch, cut.patch)
    key = around(patch, cut.key_side, cut.key_side, item.lr_size)
    return turned(cut_sample(item, cut, frame, patch, key), int(random.integers(8)))


def cut_sample(item: Item, cut: Cut, frame: int, patch: Rect, key: Rect) -> Sample:
    """Frame ``frame`` of an item in ``patch``, its keys in ``key``."""
    planes, scale = cut.planes, cut.scale
    window = cut.frames.around(frame, item.decoded.frames)
    positions = cut.frames.keys_for(frame, item.key_frames)
    key_frames = [item.key_frames[at] for at in positions]
    peak = float((1 << item.bit_depth) - 1)
    # Samples of another depth are shifted, as the pipeline does where it measures.
    source_peak = peak / 2.0 ** (item.bit_depth - item.clip.bit_depth)
    qps = item.decoded.qp
    lr = item.lr(planes)
    return Sample(
        lr=_part(lr, window, patch.of(planes), peak),
        keys=_part(item.keys(planes), positions, key.of(planes, scale), peak),
        keys_lr=_part(lr, key_frames, key.of(planes), peak),
        qp=np.array([qps[at] for at in window], np.float32),
        key_qp=np.array([qps[at] for at in key_frames], np.float32),
        target=_part(item.source(planes), [frame], patch.of(planes, scale), source_peak)[0],
    )


def _part(
    pictures: Array, indices: Sequence[int], where: tuple[slice, slice], peak: float
) -> Floats:
    rows, columns = where
    out = np.empty(
        (
            *(len(indices), pictures.shape[1]),
            *(rows.stop - rows.start, columns.stop - columns.start),
        ),
        np.float32,
    )
    for at, index in enumerate(indices):
        out[at] = pictures[index, :, rows, columns]
    out /= np.float32(peak)
    return out


def turned(sample: Sample, which: int) -> Sample:
    """One of the 8 flips and rotations by 90°, of all pictures alike; 0: as it is."""
    if not which:
        return sample

    def turn(pictures: Floats) -> Floats:
        flipped = pictures[..., ::-1] if which >= 4 else pictures
        return np.ascontiguousarray(np.rot90(flipped, which % 4, axes=(-2, -1)))

    return sample._replace(
        lr=turn(sample.lr),
        keys=turn(sample.keys),
        keys_lr=turn(sample.keys_lr),
        target=turn(sample.target),
    )
