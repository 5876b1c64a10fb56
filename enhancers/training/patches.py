"""Parts of pictures, as samples are made of them. Numpy only.

Positions are in LR luma samples and even, so that the chroma planes are cut at whole samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from codecpipe.errors import InputError
from enhancers.training.cache import Array, Item
from enhancers.training.plan import Planes

Floats = npt.NDArray[np.float32]
S = TypeVar("S", bound=tuple[Floats, ...])
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


def random_patch(random: np.random.Generator, side: int, size: tuple[int, int]) -> Rect:
    """A square somewhere in a picture of ``size``, at an even position."""
    top, left = (int(random.integers((whole - side) // 2 + 1)) * 2 for whole in size)
    return Rect(top, left, side, side)


def smallest_side(items: Sequence[Item], patch: int, key_margin: int) -> int:
    """The largest square, in LR luma samples and on the grid, that all pictures have room for.

    Raises:
        InputError: the patch is larger, or the margin is no multiple of 4·k.
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
    return side


def peak_of(item: Item) -> float:
    """The largest sample of an item's decoded pictures."""
    return float((1 << item.bit_depth) - 1)


def source_peak_of(item: Item) -> float:
    """The divisor of the source's samples that makes them floats as the decoded ones are.

    Samples of another depth are shifted, as the pipeline does where it measures.
    """
    return peak_of(item) / float(2.0 ** (item.bit_depth - item.clip.bit_depth))


def part_of(
    pictures: Array, indices: Sequence[int], where: tuple[slice, slice], peak: float
) -> Floats:
    """Parts of pictures [N, C, H, W] as floats in [0, 1]."""
    rows, columns = where
    height, width = rows.stop - rows.start, columns.stop - columns.start
    out = np.empty((len(indices), pictures.shape[1], height, width), np.float32)
    for at, index in enumerate(indices):
        out[at] = pictures[index, :, rows, columns]
    out /= np.float32(peak)
    return out


def turned(sample: S, which: int) -> S:
    """A sample with all its pictures turned alike; numbers, such as QPs, stay."""
    kind: Any = type(sample)
    turned_parts = (turn(part, which) if part.ndim > 2 else part for part in sample)
    made: S = kind(*turned_parts)
    return made


def turn(pictures: Floats, which: int) -> Floats:
    """One of the 8 flips and rotations by 90° of pictures [..., H, W]; 0: as they are."""
    if not which:
        return pictures
    flipped = pictures[..., ::-1] if which >= 4 else pictures
    return np.ascontiguousarray(np.rot90(flipped, which % 4, axes=(-2, -1)))
