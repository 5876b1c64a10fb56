"""4:2:0 versions of 4:0:0, 4:2:2 and 4:4:4 sources: what down-sampling based coding works on."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from codecpipe.format import Chroma, Frame, VideoFormat
from codecpipe.programs.ffmpeg import command_line, raw_input
from codecpipe.programs.frames import buffers, frames_from, raw_output
from codecpipe.video.cache import cached_raw
from codecpipe.video.rawvideo import RawVideo, write_raw
from codecpipe.video.source import Source


def as_420(source: Source, cache_dir: Path | None = None) -> Source:
    """The source itself if it is 4:2:0, else its 4:2:0 version, made once and kept in a cache.

    4:0:0 gets grey chroma planes; 4:2:2 and 4:4:4 have theirs scaled by swscale (bicubic,
    ``accurate_rnd+bitexact``). A note says so; results are measured against the 4:2:0 version.

    Raises:
        InputError: an odd size.
        ToolError: the conversion failed.
    """
    fmt = source.fmt
    if fmt.chroma is Chroma.YUV420:
        return source
    to = replace(fmt, chroma=Chroma.YUV420)

    def make(part: Path) -> None:
        write_raw(part, _converted(source.frames(), fmt, to))

    raw = cached_raw(source.video.path, {"from": fmt, "to": to}, make=make, cache_dir=cache_dir)
    note = f"coded and measured as 4:2:0, converted from {fmt.pix_fmt}"
    return replace(source, video=RawVideo(raw, to), notes=(*source.notes, note))


def alike(a: Source, b: Source) -> tuple[Source, Source]:
    """Two sources in one chroma format: as they are, or both `as_420` where theirs differ."""
    return (a, b) if a.fmt.chroma is b.fmt.chroma else (as_420(a), as_420(b))


def _converted(frames: Iterable[Frame], fmt: VideoFormat, to: VideoFormat) -> Iterator[Frame]:
    if fmt.chroma is Chroma.YUV400:
        # Not by swscale, which takes grey video for full range and would rescale the luma.
        grey = np.full(to.frame_samples - fmt.frame_samples, 1 << (fmt.bit_depth - 1), to.dtype)
        for frame in frames:
            yield np.concatenate([frame, grey])
        return
    graph = (
        raw_input(fmt, Fraction(25))
        .filter("scale", flags="bicubic+accurate_rnd+bitexact")
        .filter("format", to.pix_fmt)
    )
    command = command_line(raw_output(graph, to), "-filter_threads", "1")
    yield from frames_from(command, to, feed=buffers(frames))
