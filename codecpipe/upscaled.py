"""Decoded frames of one scale brought to source size, in order among the others."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from queue import SimpleQueue

from codecpipe.decoding import DecodedFrame
from codecpipe.format import Frame, VideoFormat
from codecpipe.programs.process import Limits, ToolRun
from codecpipe.video.resample import Filter, SizePlan, upsample


def upscaled(
    frames: Iterator[DecodedFrame],
    scales: Sequence[Fraction],
    scale: Fraction,
    fmt: VideoFormat,
    plan: SizePlan,
    kernel: Filter,
    limits: Limits | None = None,
    on_done: Callable[[ToolRun], object] | None = None,
) -> Iterator[DecodedFrame]:
    """All frames, those of `scale` scaled up by swscale.

    Their format is `fmt`, their size plan `plan`. `scales` has the scale of each frame; `scale`
    must be among them. Few frames are in flight at a time.
    """
    # One thread walks through the decoded frames to feed the scaler; what it has seen waits here.
    # It can be ahead by what the scaler's pipes hold, a few frames.
    seen: SimpleQueue[DecodedFrame | None] = SimpleQueue()

    def low() -> Iterator[Frame]:
        try:
            for decoded in frames:
                seen.put(decoded)
                if decoded.scale == scale:
                    yield decoded.frame
        finally:
            seen.put(None)

    scaled = upsample(low(), fmt, plan, kernel=kernel, limits=limits, on_done=on_done)
    # Scaling starts with the first frame asked for, so that one is asked for first.
    first = next(scaled, None)
    for due in scales:
        picture = None
        if due == scale:
            picture, first = (next(scaled, None) if first is None else first), None
            if picture is None:
                break  # too few: who asked for them counts
        decoded = seen.get()
        if decoded is None:
            break
        whole = decoded if picture is None else replace(decoded, frame=picture, scale=Fraction(1))
        yield whole
    # The end of the scaler is where its errors, and the decoder's, come out.
    for _ in scaled:
        pass
