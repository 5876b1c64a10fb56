"""Cutting a picture into tiles that overlap, so that a frame of any size fits in memory.

A tile is computed with a halo: samples around it that its result depends on. Tiles begin on a grid
that all strides and poolings of the network divide, so that they see what the whole picture sees.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from torch import Tensor

from enhancers.engine.memory import MemoryModel
from enhancers.network_config import Group

SHARE = 0.6
"""Share of the free memory that a network may take: allocators and other processes need some."""

SIDES = (2048, 1536, 1024, 768, 512, 384, 256, 192, 128, 64)
"""Sides of tiles that are tried, in samples of the restored plane, halo not counted."""


@dataclass(frozen=True)
class Span:
    """A side of a tile: ``[start, stop)`` is its result, ``[low, high)`` what it is made from."""

    start: int
    stop: int
    low: int
    high: int

    def scaled(self, to: int, of: int = 1) -> Span:
        """The same on a side that is ``to`` / ``of`` times as long."""
        return Span(
            start=self.start * to // of,
            stop=self.stop * to // of,
            low=self.low * to // of,
            high=self.high * to // of,
        )

    @property
    def source(self) -> slice:
        """The samples that it is made from, in the whole side."""
        return slice(self.low, self.high)

    @property
    def target(self) -> slice:
        """The samples of its result, in the whole side."""
        return slice(self.start, self.stop)

    @property
    def inner(self) -> slice:
        """Its result, within what was made."""
        return slice(self.start - self.low, self.stop - self.low)


@dataclass(frozen=True)
class Tile:
    """A rectangle of a plane with its halo."""

    rows: Span
    columns: Span

    def scaled(self, to: int, of: int = 1) -> Tile:
        """The same on a plane that is ``to`` / ``of`` times as large in both directions."""
        return Tile(self.rows.scaled(to, of), self.columns.scaled(to, of))


def spans(length: int, side: int, halo: int, grid: int) -> Iterator[Span]:
    """A length in parts of ``side``; that and ``halo`` are rounded up to multiples of ``grid``."""
    side, halo = (-(-value // grid) * grid for value in (max(side, 1), halo))
    # Parts of about the same length: a last one of a few samples would be nearly all halo.
    count = -(-length // side)
    side = -(-length // count // grid) * grid
    for start in range(0, length, side):
        stop = min(start + side, length)
        yield Span(start, stop, max(0, start - halo), min(length, stop + halo))


def tiles(height: int, width: int, side: int, halo: int, grid: int) -> tuple[Tile, ...]:
    """A plane in tiles of ``side`` × ``side`` with their halos; all in samples of that plane."""
    columns = tuple(spans(width, side, halo, grid))
    return tuple(Tile(rows, span) for rows in spans(height, side, halo, grid) for span in columns)


def whole(height: int, width: int) -> tuple[Tile, ...]:
    """The plane as one tile."""
    return (Tile(Span(0, height, 0, height), Span(0, width, 0, width)),)


def largest(cut: tuple[Tile, ...]) -> int:
    """Samples of the largest tile, halo included."""
    return max((t.rows.high - t.rows.low) * (t.columns.high - t.columns.low) for t in cut)


class ReceptiveField(NamedTuple):
    """How a network's plane can be cut into tiles."""

    scale: int
    """Restored samples for each sample of the cut plane, in each direction."""
    halo: int
    """Samples of the cut plane around a tile that its result depends on."""
    grid: int
    """Samples of the cut plane that the network's strides and poolings divide."""
    memory: MemoryModel
    """Bytes by restored samples."""


def choose_tiles(
    size: tuple[int, int],
    field: ReceptiveField,
    group: Group,
    tile: int | Literal["auto"] | None,
    free: int,
) -> tuple[Tile, ...]:
    """A plane of ``size`` in tiles as the options say; ``auto``: the largest that fit in memory.

    ``tile``: see `enhancers.engine.options.EngineOptions`; chroma's are half as large as luma's.
    ``free``: bytes of memory that there are. Where nothing fits, the smallest are tried.
    """
    uncut = whole(*size)
    if tile is None:
        return uncut
    if tile != "auto":
        return _tiled(size, field, tile // 2 if group == "uv" else tile)
    every = size[0] * size[1] * field.scale**2
    for cut in (uncut, *(_tiled(size, field, side) for side in SIDES)):
        if field.memory.fits(every, largest(cut) * field.scale**2, int(SHARE * free)):
            return cut
    return _tiled(size, field, SIDES[-1])


def _tiled(size: tuple[int, int], field: ReceptiveField, side: int) -> tuple[Tile, ...]:
    return tiles(*size, max(1, side // field.scale), field.halo, field.grid)


def cut_out(picture: Tensor, tile: Tile) -> Tensor:
    """The samples that a tile is made from, halo included."""
    return picture[..., tile.rows.source, tile.columns.source]


def put_in(out: Tensor, made: Tensor, tile: Tile) -> None:
    """A tile's result in its place, its halo left out."""
    inner = made[..., tile.rows.inner, tile.columns.inner]
    out[..., tile.rows.target, tile.columns.target] = inner


def join_tiles(parts: Sequence[Tensor], cut: Sequence[Tile]) -> Tensor:
    """The maps [1, C, …] that were made of each tile as one map of the whole plane."""
    if len(parts) == 1:
        return parts[0]
    height = max(tile.rows.stop for tile in cut)
    width = max(tile.columns.stop for tile in cut)
    out = parts[0].new_empty(1, parts[0].shape[1], height, width)
    for part, tile in zip(parts, cut, strict=True):
        put_in(out, part, tile)
    return out
