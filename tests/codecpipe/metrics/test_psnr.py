"""PSNR against FFmpeg's own filter, and against whole-number arithmetic."""

import math
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from codecpipe.errors import InputError
from codecpipe.format import Chroma, Frame, VideoFormat
from codecpipe.metrics.psnr import (
    frame_psnr,
    peak,
    plane_mse,
    psnr_frames,
    psnr_of_mse,
    sequence_psnr,
    yuv,
)
from codecpipe.programs.ffmpeg import find_ffmpeg
from codecpipe.video.rawvideo import write_raw

FMT = VideoFormat(192, 128)


def noisy_pair(fmt: VideoFormat, frames: int, seed: int = 1) -> tuple[list[Frame], list[Frame]]:
    rng = np.random.default_rng(seed)
    top = (1 << fmt.bit_depth) - 1
    reference, test = [], []
    for index in range(frames):
        a = rng.integers(0, top + 1, fmt.frame_samples)
        spread = (index + 1) << (fmt.bit_depth - 8)
        b = np.clip(a + rng.integers(-spread, spread + 1, a.size), 0, top)
        reference.append(a.astype(fmt.dtype))
        test.append(b.astype(fmt.dtype))
    return reference, test


@pytest.mark.parametrize(
    "fmt",
    [
        FMT,
        VideoFormat(192, 128, 8, Chroma.YUV444),
        VideoFormat(208, 120, 10),
        VideoFormat(192, 128, 12, Chroma.YUV422),
    ],
)
def test_psnr_is_that_of_ffmpegs_psnr_filter(fmt: VideoFormat, tmp_path: Path) -> None:
    reference, test = noisy_pair(fmt, 4)
    write_raw(tmp_path / "r.yuv", reference)
    write_raw(tmp_path / "t.yuv", test)
    raw = ["-f", "rawvideo", "-pixel_format", fmt.pix_fmt, "-s", fmt.size, "-i"]
    graph = ["-lavfi", "[0][1]psnr=stats_file=s.txt", "-f", "null", "-"]
    done = subprocess.run(
        [find_ffmpeg(), "-nostdin", *raw, "t.yuv", *raw, "r.yuv", *graph],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    ours = list(psnr_frames(reference, fmt, test, fmt))
    lines = (tmp_path / "s.txt").read_text().splitlines()
    assert len(ours) == len(lines) == 4
    for mine, line in zip(ours, lines, strict=True):
        theirs = [float(v) for v in re.findall(r"mse_[yuv]:([\d.]+)", line)]
        assert mine.mse == pytest.approx(theirs, abs=0.00501)  # it prints two decimals
    # Its average is the PSNR of the mean MSE, with the peak 2^B − 1.
    total = re.search(r"PSNR y:([\d.]+) u:([\d.]+) v:([\d.]+)", done.stderr)
    assert total
    more_db = 20 * math.log10(((1 << fmt.bit_depth) - 1) / peak(fmt.bit_depth))
    pooled = sequence_psnr(ours, fmt.bit_depth)
    for mine_db, theirs_db in zip(pooled.of_mean_mse_db, total.groups(), strict=True):
        assert mine_db + more_db == pytest.approx(float(theirs_db), abs=1e-4)


def test_peak_at_10_bits_is_1020() -> None:
    assert [peak(depth) for depth in (8, 10, 12, 16)] == [255, 1020, 4080, 65280]
    against_1023 = 10 * math.log10(1023**2 / 4.0)
    assert against_1023 - psnr_of_mse(4.0, 10) == pytest.approx(0.0255, abs=5e-5)


def test_the_two_averages_differ_where_quality_does() -> None:
    good, bad = np.zeros(FMT.frame_samples, np.uint8), np.zeros(FMT.frame_samples, np.uint8)
    reference = np.zeros(FMT.frame_samples, np.uint8)
    good[:], bad[:] = 1, 10  # MSE 1 and 100: 48.1308 and 28.1308 dB
    frames = list(psnr_frames([reference] * 2, FMT, [good, bad], FMT))
    pooled = sequence_psnr(frames, 8)
    one = 20 * math.log10(255)
    assert pooled.mean_db == pytest.approx([one - 10] * 3)
    assert pooled.of_mean_mse_db == pytest.approx([one - 10 * math.log10(50.5)] * 3)


def test_yuv_psnr_is_six_to_one_to_one() -> None:
    assert yuv((40.0, 44.0, 36.0)) == 40.0
    assert yuv((40.0, 48.0, 40.0)) == 41.0
    assert yuv((40.0,)) == 40.0
    reference, test = noisy_pair(FMT, 3)
    pooled = sequence_psnr(list(psnr_frames(reference, FMT, test, FMT)), 8)
    y, u, v = pooled.mean_db
    assert pooled.yuv_db == pytest.approx((6 * y + u + v) / 8)


def test_identical_frames_have_infinite_psnr() -> None:
    reference, _ = noisy_pair(FMT, 2)
    frames = list(psnr_frames(reference, FMT, reference, FMT))
    assert [f.mse for f in frames] == [(0.0,) * 3] * 2
    assert [f.psnr_db for f in frames] == [(math.inf,) * 3] * 2
    assert sequence_psnr(frames, 8).yuv_db == math.inf


def test_8_and_10_bits_are_compared_at_10() -> None:
    ten = FMT.with_depth(10)
    reference, test = noisy_pair(FMT, 2)
    wide = [(frame.astype("<u2") << 2) for frame in test]
    at8 = list(psnr_frames(reference, FMT, test, FMT))
    for mixed in (
        list(psnr_frames(reference, FMT, wide, ten)),
        list(psnr_frames(wide, ten, reference, FMT)),
    ):
        assert [f.mse for f in mixed] == [tuple(16 * m for m in f.mse) for f in at8]
        for a, b in zip(mixed, at8, strict=True):
            assert a.psnr_db == pytest.approx(b.psnr_db, abs=1e-12)


@pytest.mark.parametrize("side", [1, 91, 128, 1024])
def test_mse_is_exact_on_extremes(side: int) -> None:
    for kind, top in ((np.uint8, 255), (np.uint16, 65535)):
        low, high = np.zeros((side, side), kind), np.full((side, side), top, kind)
        assert plane_mse(low, high) == plane_mse(high, low) == top**2
        high[0, 0] -= 1
        exact = (top**2 * (side * side - 1) + (top - 1) ** 2) / (side * side)
        assert plane_mse(low, high) == exact


def test_mse_is_that_of_whole_numbers() -> None:
    rng = np.random.default_rng(5)
    for kind, top in ((np.uint8, 256), (np.uint16, 65536)):
        a = rng.integers(0, top, (241, 417), dtype=kind)
        b = rng.integers(0, top, (241, 417), dtype=kind)
        total = sum((int(x) - int(y)) ** 2 for x, y in zip(a.flat, b.flat, strict=True))
        assert plane_mse(a, b) == total / a.size


def test_a_1080p_frame_is_quick() -> None:
    fmt = VideoFormat(1920, 1080)
    reference, test = noisy_pair(fmt, 1)
    times_s = []
    for _ in range(5):
        start_s = time.perf_counter()
        frame_psnr(reference[0], test[0], fmt)
        times_s.append(time.perf_counter() - start_s)
    assert min(times_s) < 0.06  # some 2 ms where nothing else runs


@pytest.mark.parametrize(("left", "right"), [(2, 3), (3, 2), (0, 1)])
def test_other_numbers_of_frames_are_an_error(left: int, right: int) -> None:
    frames, _ = noisy_pair(FMT, 3)
    with pytest.raises(InputError, match="different numbers of frames"):
        list(psnr_frames(frames[:left], FMT, frames[:right], FMT))


def test_a_fault_of_the_source_is_not_called_a_number_of_frames() -> None:
    def closed() -> Iterator[Frame]:
        yield from noisy_pair(FMT, 1)[0]
        raise ValueError("mmap closed")

    with pytest.raises(ValueError, match="mmap closed"):
        list(psnr_frames(closed(), FMT, closed(), FMT))


def test_other_sizes_and_chroma_formats_are_an_error() -> None:
    for other in (VideoFormat(128, 192), VideoFormat(192, 128, 8, Chroma.YUV444)):
        with pytest.raises(InputError, match="cannot be compared"):
            list(psnr_frames([], FMT, [], other))
    with pytest.raises(InputError, match="no frames"):
        sequence_psnr([], 8)


def test_luma_alone() -> None:
    grey = VideoFormat(192, 128, 10, Chroma.YUV400)
    reference, test = noisy_pair(grey, 2)
    pooled = sequence_psnr(list(psnr_frames(reference, grey, test, grey)), 10)
    assert pooled.mean_db == (pooled.yuv_db,)
