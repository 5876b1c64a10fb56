"""The metrics that FFmpeg's filters measure; none is our code.

Both files are compared at the larger of their bit depths. A side of a smaller depth is shifted up
here and fed through a pipe; everything else FFmpeg reads from the files itself. No conversion of
FFmpeg's takes part: it is told to fail sooner than to insert one, since swscale widens full-range
and grey video by repeating bits, not by a shift.

Above 8 bits the xpsnr filter (FFmpeg 9.0.2) takes the second input's lines to follow each other
without gaps, which holds for pictures of the raw video decoder only: a filter before it gives
values some 25 dB too low at widths such as 416. Hence the pipe.
"""

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

import ffmpeg

from codecpipe.errors import InputError, ToolError
from codecpipe.format import VideoFormat, convert_depth
from codecpipe.metrics.catalogue import FilterMetric, filter_metrics
from codecpipe.metrics.filters import Comparison, Filter
from codecpipe.metrics.psnr import common_format
from codecpipe.programs.ffmpeg import command_line, find_ffmpeg, output_of, raw_input
from codecpipe.programs.frames import buffers
from codecpipe.programs.process import Limits, run_tool
from codecpipe.video.rawvideo import RawVideo

VMAF_MODEL = "vmaf_v0.6.1"
VMAF_4K_MODEL = "vmaf_4k_v0.6.1"


@dataclass(frozen=True)
class ExternalMetrics:
    """Values by the keys of the catalogue: ``ssim`` (0…1), ``vmaf`` (0…100), ``xpsnr_y`` (dB), …

    Identical planes have an XPSNR of ``math.inf``; 4:0:0 has ``xpsnr_y`` alone.
    """

    frames: tuple[dict[str, float], ...]
    """One dict a frame."""
    means: dict[str, float]
    """The sequence's values, pooled as `codecpipe.metrics.filters` says."""


def external_metrics(
    reference: RawVideo,
    test: RawVideo,
    frames: int,
    names: Sequence[str],
    *,
    fps: Fraction,
    model: str = VMAF_MODEL,
    limits: Limits | None = None,
) -> ExternalMetrics:
    """Compare the first ``frames`` frames of two files of raw video or Y4M, on one thread.

    Args:
        reference: the source.
        test: the restored video.
        frames: how many to compare; both files must hold as many.
        names: some of the catalogue's that have a filter, such as ``vmaf``.
        fps: frame rate in Hz, which XPSNR's weights depend on.
        model: VMAF's model; `VMAF_4K_MODEL` is trained for 2160 lines and never chosen by itself.
        limits: stall and time-out limits of the FFmpeg process.

    Raises:
        InputError: an unknown name or model, a file that is too short, formats that differ in more
            than bit depth, or pictures or a depth that a metric cannot take.
        ToolError: FFmpeg lacks a filter, failed, or wrote no values for some frame.
    """
    fmt = common_format(reference.fmt, test.fmt)
    metrics = _checked(names, fmt)
    if model not in (VMAF_MODEL, VMAF_4K_MODEL):
        raise InputError(f"'{model}' is no model of VMAF: choose {VMAF_MODEL} or {VMAF_4K_MODEL}")
    for video in (reference, test):
        if not 1 <= frames <= len(video):
            raise InputError(
                f"'{video.path}' holds {len(video)} frames, of which {frames} cannot be"
                " measured: give another number of frames"
            )
    narrow = [video for video in (reference, test) if video.fmt.bit_depth < fmt.bit_depth]
    # A name of its own for either: ffmpeg-python makes one of two inputs that are equal.
    inputs = [
        raw_input(fmt, fps) if video in narrow else _file_input(video, fps, protocol)
        for video, protocol in ((reference, ""), (test, "file:"))
    ]
    command = _command(inputs[0], inputs[1], fmt, frames, metrics, model)
    feed = buffers(_widened(narrow[0], fmt, frames)) if narrow else None
    with tempfile.TemporaryDirectory(prefix="codecpipe-metrics-") as name:
        folder = Path(name)
        run_tool(command, feed=feed, cwd=folder, limits=limits)
        return _collected(folder, fmt, frames, metrics)


def _checked(names: Sequence[str], fmt: VideoFormat) -> tuple[FilterMetric, ...]:
    """The metrics of these names, each of which can measure such pictures."""
    known = ", ".join(metric.name for metric in filter_metrics())
    if not names:
        raise InputError(f"no metric is named: choose among {known}")
    metrics = filter_metrics(names)
    unknown = [name for name in names if name not in {metric.name for metric in metrics}]
    if unknown:
        raise InputError(f"'{unknown[0]}' is no metric: choose among {known}")
    built = re.findall(r"^ [A-Z.]{2,3} (\w+) +\S+->", output_of("-filters"), re.MULTILINE)
    for metric in metrics:
        name, side = metric.name, metric.min_side
        if min(fmt.width, fmt.height) < side:
            raise InputError(
                f"{name} needs pictures of at least {side}x{side}, and these are {fmt.size}:"
                f" leave out {name}"
            )
        if fmt.bit_depth not in metric.depths:
            depths = ", ".join(map(str, metric.depths[:-1]))
            raise InputError(
                f"{name} is measured at {depths} or {metric.depths[-1]} bits and this video has"
                f" {fmt.bit_depth}: convert it, or leave out {name}"
            )
        if metric.filter.name not in built:
            raise ToolError(
                f"'{find_ffmpeg()}' was built without {metric.filter.name}: leave out {name},"
                " or unset CODECPIPE_FFMPEG to use the bundled FFmpeg"
            )
    return metrics


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
    reference: Any,
    test: Any,
    fmt: VideoFormat,
    frames: int,
    metrics: Sequence[FilterMetric],
    model: str,
) -> list[str]:
    # One range on both sides: a Y4M file may be tagged as full range, the other side not be.
    sides = [
        side.filter("setparams", range="limited").filter("trim", end_frame=frames).split()
        for side in (reference, test)
    ]
    outputs = []
    for at, (one, part) in enumerate(groupby(metrics, lambda metric: metric.filter)):
        videos = Comparison(sides[0][at], sides[1][at], fmt)
        features = [metric.feature for metric in part]
        outputs.append(one.apply(videos, _log(one), features, model))
    sink = ffmpeg.output(*outputs, "-", format="null", fps_mode="passthrough")
    one_thread = ("-filter_threads", "1", "-filter_complex_threads", "1")
    command = command_line(sink, *one_thread, "-noauto_conversion_filters", "-progress", "pipe:1")
    # The command runs in another folder, and a user's CODECPIPE_FFMPEG may be relative.
    return [os.path.abspath(command[0]), *command[1:]]  # noqa: PTH100


def _log(one: Filter) -> str:
    """The path of a filter's log, in the folder where FFmpeg runs."""
    return f"{one.name}.log"


def _collected(
    folder: Path, fmt: VideoFormat, frames: int, metrics: Sequence[FilterMetric]
) -> ExternalMetrics:
    values: list[dict[str, float]] = [{} for _ in range(frames)]
    means: dict[str, float] = {}
    try:
        for metric in metrics:
            log = (folder / _log(metric.filter)).read_text()
            keys = metric.keys[: len(fmt.plane_shapes)]
            of_frames, of_sequence = metric.parse(log, keys, metric.feature)
            for value, more in zip(values, of_frames, strict=True):
                value.update(more)
            means.update(of_sequence)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ToolError(
            f"FFmpeg's log has no {', '.join(metric.name for metric in metrics)} for each of the"
            f" {frames} frames ({type(error).__name__}: {error}): run 'codecpipe doctor'"
        ) from error
    return ExternalMetrics(tuple(values), means)
