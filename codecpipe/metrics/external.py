"""SSIM, MS-SSIM and VMAF by FFmpeg's libvmaf filter, XPSNR by its xpsnr filter; none is our code.

Both files are compared at the larger of their bit depths. A side of a smaller depth is shifted up
here and fed through a pipe; everything else FFmpeg reads from the files itself. No conversion of
FFmpeg's takes part: it is told to fail sooner than to insert one, since swscale widens full-range
and grey video by repeating bits, not by a shift.

What the filters do:

- libvmaf's ``float_ssim`` and ``float_ms_ssim`` are on luma, and both, as VMAF, are pooled as the
  mean over the frames.
- XPSNR's weights come from the *first* input, so that is the reference, and depend on the frame
  rate (second-order temporal differences from 32 Hz on). Its peak is 2^B − 1. A sequence's value
  is the one that the filter sums up with: the PSNR of the squared mean of the frames' square roots
  of weighted squared errors, not the mean of the frames' dB.
- Above 8 bits the xpsnr filter (FFmpeg 9.0.2) takes the second input's lines to follow each other
  without gaps, which holds for pictures of the raw video decoder only: a filter before it gives
  values some 25 dB too low at widths such as 416. Hence the pipe.
"""

import json
import math
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from codecpipe.errors import InputError, ToolError
from codecpipe.format import Chroma, VideoFormat, convert_depth
from codecpipe.metrics.psnr import common_format
from codecpipe.programs.ffmpeg import command_line, find_ffmpeg, output_of, raw_input
from codecpipe.programs.frames import buffers
from codecpipe.programs.process import Limits, run_tool
from codecpipe.video.rawvideo import RawVideo

VMAF_MODEL = "vmaf_v0.6.1"
VMAF_4K_MODEL = "vmaf_4k_v0.6.1"

_LIBVMAF = {  # our name: (key of the result, its name in libvmaf's log)
    "ssim": ("ssim", "float_ssim"),
    "ms-ssim": ("ms_ssim", "float_ms_ssim"),
    "vmaf": ("vmaf", "vmaf"),
}
EXTERNAL = (*_LIBVMAF, "xpsnr")
"""The metrics' names, as on the command line."""

# Below these libvmaf crashes or logs nothing, and XPSNR silently is a PSNR without weights.
_MIN_SIDE = {"ssim": 32, "ms-ssim": 176, "vmaf": 32, "xpsnr": 48}
_LIBVMAF_DEPTHS, _XPSNR_DEPTHS = (8, 10, 12, 16), (8, 10, 12)
_LOG, _STATS = "libvmaf.json", "xpsnr.txt"
_XPSNR_VALUE = re.compile(r"\b([yuv]): *(-?(?:inf|nan|[\d.]+))")


@dataclass(frozen=True)
class ExternalMetrics:
    """Values by key: ``ssim``, ``ms_ssim`` (0…1), ``vmaf`` (0…100), ``xpsnr_y/_u/_v`` (dB).

    ``frames``: one dict a frame. ``means``: the sequence's values; XPSNR's as its filter sums up.
    Identical planes have an XPSNR of ``math.inf``; 4:0:0 has ``xpsnr_y`` alone.
    """

    frames: tuple[dict[str, float], ...]
    means: dict[str, float]


def external_metrics(
    reference: Path,
    ref_fmt: VideoFormat,
    test: Path,
    test_fmt: VideoFormat,
    frames: int,
    names: Sequence[str],
    *,
    fps: Fraction,
    model: str = VMAF_MODEL,
    limits: Limits | None = None,
) -> ExternalMetrics:
    """Compare the first ``frames`` frames of two files of raw video or Y4M, on one thread.

    Args:
        reference: the source; a file ending in ``.y4m`` is Y4M, any other is raw.
        ref_fmt: its format; Y4M's own header goes before it.
        test: the restored video.
        test_fmt: its format.
        frames: how many to compare; both files must hold as many.
        names: some of ``ssim``, ``ms-ssim``, ``vmaf``, ``xpsnr``.
        fps: frame rate in Hz, which XPSNR's weights depend on.
        model: VMAF's model; `VMAF_4K_MODEL` is trained for 2160 lines and never chosen by itself.
        limits: stall and time-out limits of the FFmpeg process.

    Raises:
        InputError: an unknown name or model, a file missing or too short, formats that differ in
            more than bit depth, or pictures or a depth that a metric cannot take.
        ToolError: FFmpeg lacks a filter, failed, or wrote no values for some frame.
    """
    with ExitStack() as stack:
        ref_video = stack.enter_context(RawVideo(reference, ref_fmt))
        test_video = stack.enter_context(RawVideo(test, test_fmt))
        fmt = common_format(ref_video.fmt, test_video.fmt)
        _check(names, fmt)
        if model not in (VMAF_MODEL, VMAF_4K_MODEL):
            raise InputError(
                f"'{model}' is no model of VMAF: choose {VMAF_MODEL} or {VMAF_4K_MODEL}"
            )
        for video in (ref_video, test_video):
            if not 1 <= frames <= len(video):
                raise InputError(
                    f"'{video.path}' holds {len(video)} frames, of which {frames} cannot be"
                    " measured: give another number of frames"
                )
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="codecpipe-metrics-")))
        narrow = [v for v in (ref_video, test_video) if v.fmt.bit_depth < fmt.bit_depth]
        # A name of its own for either: ffmpeg-python makes one of two inputs that are equal.
        inputs = [
            raw_input(fmt, fps) if video in narrow else _file_input(video, fps, protocol)
            for video, protocol in ((ref_video, ""), (test_video, "file:"))
        ]
        run_tool(
            _command(inputs[0], inputs[1], fmt, frames, names, model),
            feed=buffers(_widened(narrow[0], fmt, frames)) if narrow else None,
            cwd=folder,
            limits=limits,
        )
        return _collected(folder, fmt, frames, names)


def _check(names: Sequence[str], fmt: VideoFormat) -> None:
    if not names:
        raise InputError(f"no metric is named: choose among {', '.join(EXTERNAL)}")
    for name in names:
        if name not in EXTERNAL:
            raise InputError(f"'{name}' is no metric: choose among {', '.join(EXTERNAL)}")
        side = _MIN_SIDE[name]
        if min(fmt.width, fmt.height) < side:
            raise InputError(
                f"{name} needs pictures of at least {side}x{side}, and these are {fmt.size}:"
                f" leave out {name}"
            )
        depths = _XPSNR_DEPTHS if name == "xpsnr" else _LIBVMAF_DEPTHS
        if fmt.bit_depth not in depths:
            known = ", ".join(map(str, depths[:-1]))
            raise InputError(
                f"{name} is measured at {known} or {depths[-1]} bits and this video has"
                f" {fmt.bit_depth}: convert it, or leave out {name}"
            )
        if (lacking := "xpsnr" if name == "xpsnr" else "libvmaf") not in _filters():
            raise ToolError(
                f"'{find_ffmpeg()}' was built without {lacking}: leave out {name},"
                " or unset CODECPIPE_FFMPEG to use the bundled FFmpeg"
            )


def _filters() -> frozenset[str]:
    return frozenset(re.findall(r"^ [A-Z.]{2,3} (\w+) +\S+->", output_of("-filters"), re.M))


def _widened(video: RawVideo, fmt: VideoFormat, frames: int) -> Iterator[Any]:
    for frame in video.frames(range(frames)):
        yield convert_depth(frame, video.fmt.bit_depth, fmt.bit_depth)


def _file_input(video: RawVideo, fps: Fraction, protocol: str) -> Any:
    path = f"{protocol}{video.path.absolute()}"
    if video.path.suffix.lower() == ".y4m":
        rate = f"{fps.numerator}/{fps.denominator}"
        return ffmpeg.input(path, format="yuv4mpegpipe", r=rate)
    return raw_input(video.fmt, fps, path)


def _command(
    reference: Any, test: Any, fmt: VideoFormat, frames: int, names: Sequence[str], model: str
) -> list[str]:
    # One range on both sides: a Y4M file may be tagged as full range, the other side not be.
    sides = [
        side.filter("setparams", range="limited").filter("trim", end_frame=frames).split()
        for side in (reference, test)
    ]
    outputs = []
    if any(name in _LIBVMAF for name in names):
        ref, out = (_three_planes(side[0], fmt) for side in sides)
        features = [_LIBVMAF[name][1] for name in names if name in ("ssim", "ms-ssim")]
        outputs.append(
            ffmpeg.filter(
                [out, ref],
                "libvmaf",
                model=f"version={model}" if "vmaf" in names else "",
                feature="|".join(f"name={feature}" for feature in dict.fromkeys(features)),
                log_path=_LOG,
                log_fmt="json",
                n_threads=1,
                shortest=1,
            )
        )
    if "xpsnr" in names:
        pair = [side[1] for side in sides]
        outputs.append(ffmpeg.filter(pair, "xpsnr", stats_file=_STATS, shortest=1))
    sink = ffmpeg.output(*outputs, "-", format="null", fps_mode="passthrough")
    one = ("-filter_threads", "1", "-filter_complex_threads", "1", "-noauto_conversion_filters")
    command = command_line(sink, *one, "-progress", "pipe:1")
    # The command runs in another folder, and a user's CODECPIPE_FFMPEG may be relative.
    return [os.path.abspath(command[0]), *command[1:]]  # noqa: PTH100


def _three_planes(side: Any, fmt: VideoFormat) -> Any:
    """Luma thrice as 4:4:4 for 4:0:0 video, which libvmaf does not take; it looks at luma only."""
    if fmt.chroma is not Chroma.YUV400:
        return side
    three = VideoFormat(fmt.width, fmt.height, fmt.bit_depth, Chroma.YUV444).pix_fmt
    return side.filter("mergeplanes", map1p=0, map2p=0, format=three)


def _collected(
    folder: Path, fmt: VideoFormat, frames: int, names: Sequence[str]
) -> ExternalMetrics:
    values: list[dict[str, float]] = [{} for _ in range(frames)]
    means: dict[str, float] = {}
    wanted = [_LIBVMAF[name] for name in names if name in _LIBVMAF]
    try:
        if wanted:
            log = json.loads((folder / _LOG).read_text())
            for value, entry in zip(values, log["frames"], strict=True):
                value.update((key, float(entry["metrics"][theirs])) for key, theirs in wanted)
            for key, _ in wanted:
                means[key] = math.fsum(value[key] for value in values) / frames
        if "xpsnr" in names:
            planes = "yuv"[: len(fmt.plane_shapes)]
            *lines, summary = filter(None, (folder / _STATS).read_text().splitlines())
            for value, line in zip(values, lines, strict=True):
                value.update(_xpsnr(line, planes))
            means.update(_xpsnr(summary, planes))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ToolError(
            f"FFmpeg's log has no {', '.join(names)} for each of the {frames} frames"
            f" ({type(error).__name__}: {error}): run 'codecpipe doctor'"
        ) from error
    return ExternalMetrics(tuple(values), means)


def _xpsnr(line: str, planes: str) -> dict[str, float]:
    found = dict(_XPSNR_VALUE.findall(line))
    return {f"xpsnr_{plane}": float(found[plane]) for plane in planes}
