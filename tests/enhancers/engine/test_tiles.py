"""Tiles: they cover the plane, see what the whole picture sees, and give the same."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from kits.engine import Video, config_of, network

from enhancers.crs.config import CrsConfig
from enhancers.crs.receptive_field import GRID, halo_of, memory_of
from enhancers.engine.device import Device, inference_mode
from enhancers.engine.memory import MemoryModel, free_bytes
from enhancers.engine.runner import RunContext
from enhancers.engine.tiles import SHARE, spans, tiles
from enhancers.window.frames import Restoration, restorations
from enhancers.window.runner import PlaneRunner

CPU = Device(torch.device("cpu"))


@given(st.integers(1, 500), st.integers(1, 200), st.integers(0, 60), st.sampled_from([1, 4, 8]))
def test_spans_cover_a_side_once(length: int, side: int, halo: int, grid: int) -> None:
    cut = list(spans(length, side, halo, grid))
    assert [at for span in cut for at in range(span.start, span.stop)] == list(range(length))
    for span in cut:
        assert span.start % grid == 0
        assert span.low % grid == 0
        assert span.low == max(0, span.low) <= max(0, span.start - halo)
        assert min(length, span.stop + halo) <= span.high <= length
        assert span.stop - span.start <= -(-side // grid) * grid


def test_parts_of_a_span_fit_together() -> None:
    (tile, *_) = tiles(64, 64, 32, 8, 8)
    plane = torch.arange(64 * 64).reshape(64, 64)
    made = plane[tile.rows.source, tile.columns.source]
    inner = made[tile.rows.inner, tile.columns.inner]
    assert torch.equal(inner, plane[tile.rows.target, tile.columns.target])
    assert tile.scaled(2).rows.source == slice(0, 80)
    assert tile.scaled(1, 2).rows.source == slice(0, 20)


def _reach(config: CrsConfig, side: int) -> int:
    """LR samples from an output sample to the farthest input sample that changes it."""
    made = network(config).double()
    pictures = torch.rand(3, 1, side, side, dtype=torch.float64, requires_grad=True)
    key = torch.rand(1, 1, 64, 64, dtype=torch.float64)
    qp = torch.tensor([30.0], dtype=torch.float64)
    keys = []
    if config.has_tcn:
        keys = [made.key_features(key, key[..., ::2, ::2].contiguous(), qp)]
    features = [made.lr_features(pictures[at : at + 1], qp) for at in range(3)]
    made.synthesize(features, pictures[2:], keys, qp)[0, 0, side, side].backward()
    assert pictures.grad is not None
    rows, columns = torch.nonzero(pictures.grad.abs().amax((0, 1)), as_tuple=True)
    return int(torch.cat([(rows - side // 2).abs(), (columns - side // 2).abs()]).max())


@pytest.mark.parametrize(
    ("change", "side"),
    [
        ({"matching": "exact", "msn_blocks": 0}, 128),
        ({"without": ("MAN",)}, 80),
        ({"without": ("MAN",), "fusion_blocks": 3, "fusion_blocks_hr": 2}, 96),
    ],
)
def test_the_halo_covers_what_a_sample_depends_on(change: dict[str, object], side: int) -> None:
    """Measured by gradients in double precision, which are zero just where nothing depends."""
    config = replace(config_of(), **change)  # type: ignore[arg-type]
    assert side // 2 > halo_of(config), "the picture must be larger than what is looked for"
    reach = _reach(config, side)
    assert halo_of(config) - 28 <= reach <= halo_of(config)


def _runners(video: Video, config: CrsConfig, *cuts: int | None) -> list[PlaneRunner]:
    made = network(config, spread=0.02)
    contexts = [RunContext(video.fmt, video.lr_fmt, CPU, tile, free=0) for tile in cuts]
    return [PlaneRunner(made, "y", context) for context in contexts]


def _restored(runner: PlaneRunner, item: Restoration) -> torch.Tensor:
    """The samples before they are rounded."""
    with inference_mode(CPU):
        features = [runner._features_of(frame, _low) for frame in item.window]
        keys = [runner._key(frame, _low) for frame in item.keys]
        current = runner._lr_tensor(item.frame.frame)
        return runner._in_tiles(features, current, keys, runner.qp_of(item.frame)).clone()


def _low(frame):
    return frame.frame if frame.scale != 1 else frame.lr_copy


@pytest.mark.parametrize(
    ("change", "size", "tile", "count"),
    [
        ({"matching": "exact", "msn_blocks": 0, "fusion_blocks": 0}, (384, 320), 192, 4),
        ({"matching": "exact", "without": ("MAN",)}, (272, 224), 64, 20),
        ({"matching": "coarse", "without": ("MAN",)}, (336, 272), 64, 30),
    ],
)
def test_tiles_give_what_the_whole_frame_gives(
    change: dict[str, object], size: tuple[int, int], tile: int, count: int
) -> None:
    """Each tile searches the whole key. The network is random, and none of its weights is zero."""
    config = replace(config_of(), **change)  # type: ignore[arg-type]
    video = Video("KLL", *size)
    whole, tiled = _runners(video, config, None, tile)
    assert (len(whole.tiles), len(tiled.tiles)) == (1, count)
    largest = max(cut.rows.high - cut.rows.low for cut in tiled.tiles)
    assert largest < whole.size[0], "no tile may be the whole picture"
    *_, item = restorations(video.frames(), video.scales, config.frames)
    assert isinstance(item, Restoration)
    one = _restored(whole, item)
    assert (one - _restored(tiled, item)).abs().max() < 2e-6
    # A halo that is too small shows.
    tiled.tiles = tiles(*tiled.size, tile // 2, 0, GRID)
    tiled._keys.clear()
    assert (one - _restored(tiled, item)).abs().max() > 1e-4


def test_tiles_are_chosen_by_free_memory() -> None:
    video = Video("KL", 1920, 1080)
    config = config_of()
    memory = memory_of(config, CPU)
    made = network(config)

    def cut(free: float) -> int:
        context = RunContext(video.fmt, video.lr_fmt, CPU, "auto", int(free))
        return len(PlaneRunner(made, "y", context).tiles)

    samples = 1920 * 1088
    enough = (memory.kept + memory.working) * samples + memory.fixed
    counts = [cut(share * enough / SHARE) for share in (1.01, 0.7, 0.5, 0.3)]
    assert counts[0] == 1
    assert counts == sorted(counts)
    assert counts[-1] > counts[1] > 1
    assert cut(0) == max(cut(0), *counts), "the smallest tiles are tried where nothing fits"


def test_free_memory_is_known() -> None:
    assert 64 << 20 < free_bytes(torch.device("cpu")) < 1 << 50
    assert MemoryModel(1, 2, 3).fits(10, 5, 23)
    assert not MemoryModel(1, 2, 3).fits(10, 5, 22)
