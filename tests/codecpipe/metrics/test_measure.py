"""What `codecpipe measure` shows: all metrics of two sources."""

import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from codecpipe.errors import InputError
from codecpipe.format import VideoFormat
from codecpipe.metrics.catalogue import metric_names
from codecpipe.metrics.external import external_metrics
from codecpipe.metrics.measure import measure
from codecpipe.metrics.psnr import psnr_frames, sequence_psnr, yuv
from codecpipe.video.filename import Geometry
from codecpipe.video.rawvideo import write_raw
from codecpipe.video.source import Source, open_source

FMT = VideoFormat(256, 192)
ALL = metric_names()


def source(path: Path, noise: int = 0, frames: int = 4, fmt: VideoFormat = FMT) -> Source:
    rng = np.random.default_rng(3)
    base = np.random.default_rng(4).integers(60, 180, fmt.frame_samples)
    made = [
        (base + 3 * i + rng.integers(-noise * (i + 1), noise * (i + 1) + 1, base.size)).clip(0, 255)
        for i in range(frames)
    ]
    write_raw(path, (f.astype(fmt.dtype) << (fmt.bit_depth - 8) for f in made))
    return open_source(path, Geometry(fmt.width, fmt.height, Fraction(50), fmt.bit_depth))


def test_all_metrics_of_two_sources(tmp_path: Path) -> None:
    ten = FMT.with_depth(10)
    a, b = source(tmp_path / "a.yuv"), source(tmp_path / "b.yuv", 2, fmt=ten)
    result = measure(a, b, ALL)
    assert (result.bit_depth, result.peak, result.metrics) == (10, 1020, ALL)
    assert result.vmaf_model == "vmaf_v0.6.1"

    frames = list(psnr_frames(a.frames(), FMT, b.frames(), ten))
    pooled = sequence_psnr(frames, 10)
    planes = [f"psnr_{p}" for p in "yuv"]
    assert tuple(result.means[key] for key in planes) == pooled.mean_db
    assert result.means["psnr_yuv"] == pooled.yuv_db
    both = tuple(result.means[f"psnr_of_mean_mse_{p}"] for p in "yuv")
    assert both == pooled.of_mean_mse_db != pooled.mean_db
    assert result.means["psnr_of_mean_mse_yuv"] == yuv(both)
    for value, frame in zip(result.frames, frames, strict=True):
        assert tuple(value[key] for key in planes) == frame.psnr_db
        assert tuple(value[f"mse_{p}"] for p in "yuv") == frame.mse
        assert value["psnr_yuv"] == yuv(frame.psnr_db)

    outside = external_metrics(
        a.video, b.video, 4, ["ssim", "ms-ssim", "vmaf", "xpsnr"], fps=Fraction(50)
    )
    assert outside.means.items() <= result.means.items()
    assert all(x.items() <= y.items() for x, y in zip(outside.frames, result.frames, strict=True))
    assert set(result.frames[0]) == {k for k in result.means if "of_mean_mse" not in k}


def test_json_has_no_infinity(tmp_path: Path) -> None:
    a = source(tmp_path / "a.yuv")
    result = measure(a, a, ["psnr", "ssim", "xpsnr"])
    assert result.means["psnr_yuv"] == math.inf
    document = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert document["means"]["psnr_y"] == document["frames"][3]["xpsnr_u"] == "inf"
    assert document["means"]["mse_y"] == 0
    assert document["frame_count"] == len(document["frames"]) == 4
    assert document["vmaf_model"] is None


def test_only_what_is_asked_for(tmp_path: Path) -> None:
    a = source(tmp_path / "a.yuv")
    assert set(measure(a, a, ["ssim", "ssim"]).means) == {"ssim"}
    assert {key.split("_")[0] for key in measure(a, a).means} == {"psnr", "mse"}


def test_numbers_of_frames(tmp_path: Path) -> None:
    a, b = source(tmp_path / "a.yuv"), source(tmp_path / "b.yuv", frames=3)
    with pytest.raises(InputError, match=r"has 4 frames and the test 3: give --frames 3 to"):
        measure(a, b)
    assert len(measure(a, b, ["psnr", "ssim"], frames=3).frames) == 3
    assert len(measure(b, a, ["psnr"], frames=2).frames) == 2
    for count in (0, 4):
        with pytest.raises(InputError, match=f"{count} frames cannot be compared"):
            measure(a, b, frames=count)


def test_what_cannot_be_compared(tmp_path: Path) -> None:
    a = source(tmp_path / "a.yuv")
    with pytest.raises(InputError, match="'lpips' names no metric: choose among psnr, ssim"):
        measure(a, a, ["psnr", "lpips"])
    with pytest.raises(InputError, match="an empty list"):
        measure(a, a, [])
    other = source(tmp_path / "b.yuv", fmt=VideoFormat(192, 256))
    with pytest.raises(InputError, match="cannot be compared"):
        measure(a, other)
