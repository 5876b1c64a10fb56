"""Which tiles a network's planes are cut into, and pictures cut and put together by them."""

from typing import Literal, NamedTuple

from torch import Tensor

from enhancers.engine.memory import MemoryModel
from enhancers.engine.planes import Group
from enhancers.engine.tiles import SHARE, SIDES, Tile, largest, tiles, whole


class Extent(NamedTuple):
    """How a network's plane can be cut.

    ``scale``: restored samples for each of the cut plane in each direction. ``halo``: samples of
    the cut plane around a tile that its result depends on. ``grid``: of them that its strides and
    poolings divide. ``memory``: by restored samples.
    """

    scale: int
    halo: int
    grid: int
    memory: MemoryModel


def choose_tiles(
    size: tuple[int, int],
    extent: Extent,
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
        return _tiled(size, extent, tile // 2 if group == "uv" else tile)
    every = size[0] * size[1] * extent.scale**2
    for cut in (uncut, *(_tiled(size, extent, side) for side in SIDES)):
        if extent.memory.fits(every, largest(cut) * extent.scale**2, int(SHARE * free)):
            return cut
    return _tiled(size, extent, SIDES[-1])


def _tiled(size: tuple[int, int], extent: Extent, side: int) -> tuple[Tile, ...]:
    return tiles(*size, max(1, side // extent.scale), extent.halo, extent.grid)


def cut_out(picture: Tensor, tile: Tile) -> Tensor:
    """What a tile is made from, halo included."""
    return picture[..., tile.rows.source, tile.columns.source]


def put_in(out: Tensor, made: Tensor, tile: Tile) -> None:
    """A tile's result in its place, its halo left out."""
    inner = made[..., tile.rows.inner, tile.columns.inner]
    out[..., tile.rows.target, tile.columns.target] = inner
