"""Streams of frames out of child processes: decoders and filters, a frame at a time."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from codecpipe.errors import ToolError
from codecpipe.format import Frame, VideoFormat
from codecpipe.programs.process import Limits, ToolProcess, ToolRun


def raw_output(stream: Any, fmt: VideoFormat) -> Any:
    """An ffmpeg-python output of raw frames in this format to stdout."""
    return stream.output("pipe:", format="rawvideo", pix_fmt=fmt.pix_fmt, fps_mode="passthrough")


def frames_from(
    command: list[str],
    fmt: VideoFormat,
    *,
    feed: Iterable[Any] | None = None,
    limits: Limits | None = None,
    on_done: Callable[[ToolRun], object] | None = None,
) -> Iterator[Frame]:
    """Frames that a command writes to stdout; memory does not grow with their number.

    Raises:
        ToolError: the command failed or its output is not a whole number of frames.
    """
    with ToolProcess(command, feed=feed, limits=limits) as process:
        while (data := process.read(fmt.frame_bytes)) is not None:
            yield fmt.frame_from(data)
        run = process.finish()
        if on_done:
            on_done(run)


def counted(frames: Iterable[Frame], expected: int, what: str) -> Iterator[Frame]:
    """The same frames; fewer or more than expected are a ToolError."""
    count = 0
    for frame in frames:
        count += 1
        if count > expected:
            break
        yield frame
    if count != expected:
        found = "more" if count > expected else f"only {count}"
        raise ToolError(
            f"{what} gave {found} frames where {expected} were due: the stream is not whole"
        )


def buffers(frames: Iterable[Frame]) -> Iterator[memoryview]:
    """Frames as contiguous buffers for a child's stdin."""
    for frame in frames:
        yield np.ascontiguousarray(frame).data
