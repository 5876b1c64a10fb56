"""Tiles of SRFR: the same as the whole picture, also across the seam; chosen by free memory."""

from dataclasses import replace

import pytest
import torch
from kits.engine import Video
from kits.srfr_video import config_of, network

from enhancers.engine.device import Device, inference_mode
from enhancers.engine.runner import RunContext
from enhancers.engine.tiles import SHARE, tiles
from enhancers.network_config import Group
from enhancers.srfr.config import SrfrConfig
from enhancers.srfr.receptive_field import GRID, memory_of
from enhancers.srfr.runner import SrfrRunner

CPU = Device(torch.device("cpu"))


def _runners(video: Video, config: SrfrConfig, group: Group, *cuts: int | None) -> list[SrfrRunner]:
    made = network(config, spread=0.005)
    contexts = [RunContext(video.fmt, video.lr_fmt, CPU, tile, free=0) for tile in cuts]
    return [SrfrRunner(made, group, context) for context in contexts]


def _restored(runner: SrfrRunner, video: Video) -> torch.Tensor:
    a, c, b = video.frames()
    with inference_mode(CPU):
        return runner.restore(a, b, c).clone()


@pytest.mark.parametrize(
    ("group", "planes", "change", "size", "tile", "count"),
    [
        ("y", 1, {"compensate": False}, (368, 352), 192, 4),
        ("y", 1, {"compensate": True, "without": ("MTA", "PSA")}, (256, 512), 256, 2),
        ("uv", 2, {"compensate": False, "shuffle": 1}, (368, 384), 192, 4),
        (
            "rgb",
            3,
            {
                "compensate": False,
                "without": ("MTA", "PSA", "IQEM"),
                "reconstruction_blocks": 1,
            },
            (256, 240),
            128,
            4,
        ),
    ],
)
def test_tiles_give_what_the_whole_picture_gives(
    group: Group,
    planes: int,
    change: dict[str, object],
    size: tuple[int, int],
    tile: int,
    count: int,
) -> None:
    """Everywhere, so across seams too. The network is random, none of its weights is zero."""
    config = replace(config_of(planes), **change)  # type: ignore[arg-type]
    video = Video("KLk", *size)
    whole, tiled = _runners(video, config, group, None, tile)
    assert (len(whole.tiles), len(tiled.tiles)) == (1, count)
    largest = max(cut.rows.high - cut.rows.low for cut in tiled.tiles)
    assert largest < whole.size[0], "no tile may be the whole picture"
    one, parts = _restored(whole, video), _restored(tiled, video)
    assert (one - parts).abs().max() < 2e-6
    # Steps from the last row of a tile to the first of the next are those of the whole picture.
    (seam,) = {cut.rows.start for cut in tiled.tiles if cut.rows.start}
    steps = [picture[..., seam, :] - picture[..., seam - 1, :] for picture in (one, parts)]
    assert (steps[0] - steps[1]).abs().max() < 4e-6
    # A halo that is too small shows.
    tiled.tiles = tiles(*tiled.size, tile // (2 if group == "uv" else 1), 0, GRID)
    assert (one - _restored(tiled, video)).abs().max() > 1e-5


def test_tiles_are_chosen_by_free_memory() -> None:
    video = Video("KL", 1920, 1080)
    config = config_of()
    memory = memory_of(config, CPU)
    made = network(config)

    def cut(free: float) -> int:
        context = RunContext(video.fmt, video.lr_fmt, CPU, "auto", int(free))
        return len(SrfrRunner(made, "y", context).tiles)

    samples = 1920 * 1080
    enough = (memory.kept + memory.working) * samples + memory.fixed
    counts = [cut(share * enough / SHARE) for share in (1.01, 0.8, 0.6)]
    assert counts[0] == 1
    assert counts == sorted(counts)
    assert counts[-1] > 1
    assert cut(0) >= counts[-1], "the smallest tiles are tried where nothing fits"
