"""SSIM, MS-SSIM, VMAF and XPSNR as FFmpeg measures them: what goes in, and what is made of it."""

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from codecpipe.errors import InputError, ToolError
from codecpipe.format import Chroma, Frame, VideoFormat
from codecpipe.metrics.catalogue import filter_metrics
from codecpipe.metrics.external import VMAF_4K_MODEL, ExternalMetrics, external_metrics
from codecpipe.video.rawvideo import RawVideo, write_raw
from codecpipe.video.y4m import FRAME_MARK, write_header

# At 10 bits and this width FFmpeg pads the lines of chroma: see codecpipe.metrics.external.
FMT = VideoFormat(208, 192)
FPS = Fraction(25)
COUNT = 3
ALL = tuple(metric.name for metric in filter_metrics())


def clip(fmt: VideoFormat = FMT, noise: int = 0, frames: int = COUNT) -> list[Frame]:
    """Moving gradients and texture of 8 bits, shifted up; ±noise on top."""
    rng, texture = np.random.default_rng(7), np.random.default_rng(8)
    made = []
    for index in range(frames):
        planes = []
        for rows, columns in fmt.plane_shapes:
            y, x = np.mgrid[0:rows, 0:columns]
            plane = 120 + 60 * np.sin((x + 2 * index) / 17) + 40 * np.cos(y / 11)
            plane = plane + texture.integers(-5, 6, plane.shape)
            plane = np.clip(plane + rng.integers(-noise, noise + 1, plane.shape), 0, 255)
            planes.append(plane.astype(fmt.dtype).ravel() << (fmt.bit_depth - 8))
        made.append(np.concatenate(planes).astype(fmt.dtype))
    return made


def saved(path: Path, fmt: VideoFormat, frames: list[Frame], tags: str = "") -> Path:
    if path.suffix == ".y4m":
        header = write_header(fmt, Fraction(50)).decode().rstrip() + tags + "\n"
        path.write_bytes(header.encode() + b"".join(FRAME_MARK + f.tobytes() for f in frames))
    else:
        write_raw(path, frames)
    return path


def of_files(
    reference: Path,
    ref_fmt: VideoFormat,
    test: Path,
    test_fmt: VideoFormat,
    *rest: Any,
    **more: Any,
) -> ExternalMetrics:
    with RawVideo(reference, ref_fmt) as a, RawVideo(test, test_fmt) as b:
        return external_metrics(a, b, *rest, **more)


def compared(
    folder: Path,
    ref_fmt: VideoFormat = FMT,
    test_fmt: VideoFormat = FMT,
    noise: int = 4,
    names: tuple[str, ...] = ALL,
    fps: Fraction = FPS,
) -> ExternalMetrics:
    reference = saved(folder / "r.yuv", ref_fmt, clip(ref_fmt))
    test = saved(folder / "t.yuv", test_fmt, clip(test_fmt, noise))
    return of_files(reference, ref_fmt, test, test_fmt, COUNT, names, fps=fps)


@pytest.mark.parametrize("depths", [(8, 8), (8, 10), (10, 8), (10, 10), (12, 12), (9, 10)])
def test_identical_content_is_perfect_at_any_depths(
    depths: tuple[int, int], tmp_path: Path
) -> None:
    result = compared(tmp_path, FMT.with_depth(depths[0]), FMT.with_depth(depths[1]), noise=0)
    for values in (result.means, *result.frames):
        assert values["ssim"] == values["ms_ssim"] == 1.0
        assert values["vmaf"] > 95
        assert all(values[f"xpsnr_{plane}"] == math.inf for plane in "yuv")


def test_depth_makes_no_difference_but_xpsnrs_peak(tmp_path: Path) -> None:
    ten = FMT.with_depth(10)
    narrow = compared(tmp_path)
    more_db = 20 * math.log10(1023 / 1020)
    for formats in ((FMT, ten), (ten, FMT), (ten, ten)):
        wide = compared(tmp_path, *formats)
        for a, b in zip((wide.means, *wide.frames), (narrow.means, *narrow.frames), strict=True):
            assert a["ssim"] == pytest.approx(b["ssim"], abs=2e-6)
            assert a["ms_ssim"] == pytest.approx(b["ms_ssim"], abs=2e-6)
            assert a["vmaf"] == pytest.approx(b["vmaf"], abs=0.01)
            for plane in "yuv":
                key = f"xpsnr_{plane}"
                assert a[key] - more_db == pytest.approx(b[key], abs=2e-3)


def test_more_noise_is_worse(tmp_path: Path) -> None:
    results = [compared(tmp_path, noise=noise) for noise in (1, 4, 12)]
    for key in results[0].means:
        values = [result.means[key] for result in results]
        assert values == sorted(values, reverse=True)
        assert len(set(values)) == 3


def test_means_are_of_the_frames_and_xpsnr_is_pooled_by_its_filter(tmp_path: Path) -> None:
    reference = clip()
    test = [frame for noise, i in ((1, 0), (3, 1), (9, 2)) for frame in [clip(noise=noise)[i]]]
    paths = saved(tmp_path / "r.yuv", FMT, reference), saved(tmp_path / "t.yuv", FMT, test)
    result = of_files(paths[0], FMT, paths[1], FMT, COUNT, ALL, fps=FPS)
    assert len(result.frames) == COUNT
    for key in ("ssim", "ms_ssim", "vmaf"):
        assert result.means[key] == pytest.approx(np.mean([f[key] for f in result.frames]))
    for plane in "yuv":
        each_db = np.array([f[f"xpsnr_{plane}"] for f in result.frames])
        pooled = -20 * np.log10(np.mean(10 ** (-each_db / 20)))
        assert result.means[f"xpsnr_{plane}"] == pytest.approx(pooled, abs=1e-3)
        assert abs(pooled - each_db.mean()) > 0.1


def test_the_reference_gives_xpsnrs_weights(tmp_path: Path) -> None:
    flat = [np.full(FMT.frame_samples, 100, np.uint8)] * COUNT
    there = saved(tmp_path / "r.yuv", FMT, flat), saved(tmp_path / "t.yuv", FMT, clip())
    one = of_files(there[0], FMT, there[1], FMT, COUNT, ["xpsnr"], fps=FPS)
    other = of_files(there[1], FMT, there[0], FMT, COUNT, ["xpsnr"], fps=FPS)
    # Errors on a flat reference show more than the same errors on a busy one.
    assert one.means["xpsnr_y"] < other.means["xpsnr_y"] - 1


def test_xpsnr_goes_by_the_frame_rate(tmp_path: Path) -> None:
    slow = compared(tmp_path, names=("xpsnr",), fps=Fraction(24000, 1001))
    fast = compared(tmp_path, names=("xpsnr",), fps=Fraction(60))
    assert slow.means != fast.means


@pytest.mark.parametrize("name", ALL)
def test_each_metric_alone_is_as_in_company(name: str, tmp_path: Path) -> None:
    alone, company = compared(tmp_path, names=(name,)), compared(tmp_path)
    assert alone.means.items() <= company.means.items()
    assert set(alone.frames[0]) == set(alone.means)
    wanted = {"xpsnr_y", "xpsnr_u", "xpsnr_v"} if name == "xpsnr" else {name.replace("-", "_")}
    assert set(alone.means) == wanted


@pytest.mark.parametrize("depths", [(8, 8), (10, 10), (8, 10)])
def test_y4m_is_as_raw_whatever_its_rate_and_range(depths: tuple[int, int], tmp_path: Path) -> None:
    ref_fmt, test_fmt = (FMT.with_depth(depth) for depth in depths)
    raw = compared(tmp_path, ref_fmt, test_fmt)
    full = " XCOLORRANGE=FULL"
    reference = saved(tmp_path / "r.y4m", ref_fmt, clip(ref_fmt), full)
    test = saved(tmp_path / "t.yuv", test_fmt, clip(test_fmt, 4))
    mixed = of_files(reference, ref_fmt, test, test_fmt, COUNT, ALL, fps=FPS)
    assert mixed == raw
    test = saved(tmp_path / "t.y4m", test_fmt, clip(test_fmt, 4))
    assert of_files(reference, ref_fmt, test, test_fmt, COUNT, ALL, fps=FPS) == raw


@pytest.mark.parametrize("chroma", [Chroma.YUV400, Chroma.YUV422, Chroma.YUV444])
@pytest.mark.parametrize("depths", [(8, 8), (8, 10), (10, 8)])
def test_luma_metrics_do_not_depend_on_chroma(
    chroma: Chroma, depths: tuple[int, int], tmp_path: Path
) -> None:
    formats = [VideoFormat(FMT.width, FMT.height, depth, chroma) for depth in depths]
    luma = FMT.width * FMT.height
    result = compared(tmp_path, formats[0], formats[1])
    plain = [FMT.with_depth(depth) for depth in depths]
    reference: list[Frame] = []
    test: list[Frame] = []
    for fmt, made, noise in ((formats[0], reference, 0), (formats[1], test, 4)):
        for frame in clip(fmt, noise):
            made.append(np.concatenate([frame[:luma], np.zeros(luma // 2, fmt.dtype)]))
    paths = (
        saved(tmp_path / "a.yuv", plain[0], reference),
        saved(tmp_path / "b.yuv", plain[1], test),
    )
    other = of_files(paths[0], plain[0], paths[1], plain[1], COUNT, ALL, fps=FPS)
    for key in ("ssim", "ms_ssim", "vmaf", "xpsnr_y"):
        assert result.means[key] == other.means[key]
    assert ("xpsnr_u" in result.means) is (chroma is not Chroma.YUV400)


def test_only_the_first_frames_count_and_odd_paths_do_no_harm(tmp_path: Path) -> None:
    folder = tmp_path / "it's a:b, [odd] 100%d;\\n"
    folder.mkdir()
    few = compared(tmp_path)
    reference = saved(folder / "r.yuv", FMT, clip(frames=COUNT + 2))
    test = saved(folder / "t:1.yuv", FMT, clip(noise=4) + clip(noise=90)[:1])
    assert of_files(reference, FMT, test, FMT, COUNT, ALL, fps=FPS) == few


def test_the_4k_model_is_another(tmp_path: Path) -> None:
    plain = compared(tmp_path, names=("vmaf",))
    paths = tmp_path / "r.yuv", tmp_path / "t.yuv"
    other = of_files(paths[0], FMT, paths[1], FMT, COUNT, ["vmaf"], fps=FPS, model=VMAF_4K_MODEL)
    assert other.means["vmaf"] != plain.means["vmaf"]
    with pytest.raises(InputError, match="'vmaf_none' is no model of VMAF: choose"):
        of_files(paths[0], FMT, paths[1], FMT, COUNT, ["vmaf"], fps=FPS, model="vmaf_none")


@pytest.mark.parametrize(
    ("name", "side"), [("ms-ssim", 176), ("ssim", 32), ("vmaf", 32), ("xpsnr", 48)]
)
def test_small_pictures(name: str, side: int, tmp_path: Path) -> None:
    least = VideoFormat(side, side)
    result = compared(tmp_path, least, least, names=(name,))
    assert all(math.isfinite(value) for value in result.means.values())
    small = VideoFormat(side, side - 2)
    with pytest.raises(InputError, match=f"at least {side}x{side}.*leave out {name}"):
        compared(tmp_path, small, small, names=(name,))


def test_what_cannot_be_measured_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'lpips' is no metric: choose among ssim"):
        compared(tmp_path, names=("lpips",))
    with pytest.raises(InputError, match="no metric is named"):
        compared(tmp_path, names=())
    sixteen = FMT.with_depth(16)
    with pytest.raises(InputError, match="has 16: convert it, or leave out xpsnr"):
        compared(tmp_path, sixteen, sixteen)
    assert compared(tmp_path, sixteen, sixteen, 0, ("ssim",)).means == {"ssim": 1.0}
    with pytest.raises(InputError, match="has 11"):
        compared(tmp_path, FMT, FMT.with_depth(11), names=("ssim",))
    with pytest.raises(InputError, match="cannot be compared"):
        compared(tmp_path, FMT, VideoFormat(192, 192))
    path = saved(tmp_path / "r.yuv", FMT, clip())
    for count in (0, COUNT + 1):
        with pytest.raises(InputError, match=f"holds 3 frames, of which {count}"):
            of_files(path, FMT, path, FMT, count, ["ssim"], fps=FPS)
    with pytest.raises(InputError, match="cannot be read"):
        of_files(tmp_path / "no.yuv", FMT, path, FMT, 1, ["ssim"], fps=FPS)


def test_an_ffmpeg_without_the_filters_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "ffmpeg"
    fake.write_text("#!/bin/sh\necho ' .. null V->V Pass'\n")
    fake.chmod(0o755)
    monkeypatch.setenv("CODECPIPE_FFMPEG", str(fake))
    with pytest.raises(ToolError, match="built without libvmaf: leave out vmaf"):
        compared(tmp_path, names=("vmaf",))
    fake.write_text("#!/bin/sh\necho ' .. libvmaf VV->V x'\n")
    with pytest.raises(ToolError, match=r"log has no ssim for each of the 3 frames"):
        compared(tmp_path, names=("ssim",))
