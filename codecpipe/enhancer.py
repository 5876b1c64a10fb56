"""The interface of an enhancer. Implementations live in the package ``enhancers``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from queue import SimpleQueue
from typing import Protocol

from codecpipe.decoding import DecodedFrame, Decoder
from codecpipe.errors import ToolError
from codecpipe.format import Frame, VideoFormat
from codecpipe.layout import Config
from codecpipe.programs.process import Limits, ToolRun
from codecpipe.video.resample import Filter, SizePlan, upsample


@dataclass(frozen=True)
class DecodedVideo:
    """Decoded frames as they come, and the facts that a receiver knows of them."""

    frames: Iterator[DecodedFrame]
    scales: tuple[Fraction, ...]
    """The scale of each frame, 1 where it has source size."""
    fmt: VideoFormat
    """The format of HR frames and of restored frames (source size, coded depth)."""
    lr_fmt: VideoFormat | None
    """The format of LR frames; None where there are none."""
    size_plan: SizePlan | None
    """The relation of source and LR size; None where there are no LR frames."""
    fps: Fraction
    config: Config
    layout: str
    limits: Limits
    count: Callable[[ToolRun], object]
    """To be called with each child process's run, and with a network's time."""
    codec: str = ""
    """The codec's name."""
    kernel: Filter = Filter.BICUBIC
    """The filter that LR pictures were scaled down with."""
    boundary_scale: Fraction = Fraction(1)
    """The scale of key frames, above 1 in layout tds alone.

    Its boundaries may be coded at 1/2 where the LR frames are at 1/4. `scales` then has 2 and 4 (2
    alone where a video is too short for LR frames); a frame is a boundary where its scale is
    `boundary_scale`. Its `DecodedFrame` has ``scale`` 2, ``key`` True, ``frame`` of half the size,
    and ``lr_copy`` at the size of LR frames. `lr_fmt` and `size_plan` are those of the LR frames,
    1/4. An enhancer that wants boundaries of source size asks for them first and need know no more
    of it::

        video = video.upscaled(video.boundary_scale, Filter.BICUBIC)

    The frames are then those of a video with boundaries of source size (``scale`` 1, format `fmt`),
    all else unchanged, and such boundaries are to be put out. A `boundary_scale` of 1 changes
    nothing.
    """

    def upscaled(self, scale: Fraction, kernel: Filter) -> DecodedVideo:
        """The video with the frames of ``scale`` scaled up to source size; takes ``frames`` over.

        As they come, a few in flight at a time. A scale that no frame has changes nothing.
        """
        if scale == 1 or scale not in self.scales:
            return self
        frames = self._upscaled(scale, kernel)
        scales = tuple(Fraction(1) if one == scale else one for one in self.scales)
        boundary = Fraction(1) if scale == self.boundary_scale else self.boundary_scale
        return replace(self, frames=frames, scales=scales, boundary_scale=boundary)

    def _upscaled(self, scale: Fraction, kernel: Filter) -> Iterator[DecodedFrame]:
        """All frames, those of `scale` scaled up by swscale, in order among the others."""
        # One thread walks through the decoded frames to feed the scaler; what it has seen waits
        # here. It can be ahead by what the scaler's pipes hold, a few frames.
        seen: SimpleQueue[DecodedFrame | None] = SimpleQueue()

        def low() -> Iterator[Frame]:
            try:
                for decoded in self.frames:
                    seen.put(decoded)
                    if decoded.scale == scale:
                        yield decoded.frame
            finally:
                seen.put(None)

        assert self.size_plan is not None
        plan = self.size_plan.at(scale)
        fmt = self.fmt.with_size(plan.lr_width, plan.lr_height)
        scaled = upsample(low(), fmt, plan, kernel, limits=self.limits, on_done=self.count)
        # Scaling starts with the first frame asked for, so that one is asked for first.
        first = next(scaled, None)
        for due in self.scales:
            picture = None
            if due == scale:
                picture, first = (next(scaled, None) if first is None else first), None
                if picture is None:
                    break  # too few: who asked for them counts
            decoded = seen.get()
            if decoded is None:
                break
            if picture is not None:
                decoded = replace(decoded, frame=picture, scale=Fraction(1))
            yield decoded
        # The end of the scaler is where its errors, and the decoder's, come out.
        for _ in scaled:
            pass


class Enhancer(Protocol):
    """Restores decoded video to source size, streaming."""

    @property
    def name(self) -> str:
        """Its name in the registry and in results."""

    def restore(self, video: DecodedVideo) -> Iterator[Frame]:
        """Restored frames of ``video.fmt`` in display order; HR frames pass through untouched.

        Memory must not grow with the number of frames.
        """


class PartedDecoder(Protocol):
    """A decoder of a file of one or more parts, each coded as a sequence of its own."""

    def decoders(self) -> Iterator[Decoder]:
        """The decoder of each part in turn; the one before is closed then."""


def restored(decoder: PartedDecoder, enhancer: Enhancer | None) -> Iterator[Frame]:
    """The file's video at source size and coded depth; its times go to ``decoder.times``.

    Raises:
        ToolError: there are LR frames and no enhancer, or it gave another number of frames.
    """
    for part in decoder.decoders():
        yield from _restored(part, enhancer)


def _restored(decoder: Decoder, enhancer: Enhancer | None) -> Iterator[Frame]:
    manifest = decoder.manifest
    scales = [Fraction(1)] * manifest.sequence.frames
    for stream in manifest.streams:
        for frame in stream.plan().shown:
            scales[frame] = Fraction(stream.scale)
    if all(scale == 1 for scale in scales):
        for decoded in decoder.frames():
            yield decoded.frame
        return
    if enhancer is None:
        raise ToolError("this video has frames at lower resolution: name an --enhancer")
    video = DecodedVideo(
        frames=decoder.frames(),
        scales=tuple(scales),
        fmt=decoder.fmt,
        lr_fmt=decoder.lr_fmt,
        size_plan=decoder.size_plan,
        fps=manifest.fps,
        config=manifest.layout.config,
        layout=manifest.layout.name,
        limits=decoder.limits,
        count=lambda run: decoder.times.add("enhance", run),
        codec=manifest.codec.name,
        kernel=manifest.resample.kernel if manifest.resample else Filter.BICUBIC,
        boundary_scale=Fraction(manifest.layout.boundary_scale),
    )
    count = 0
    for out in enhancer.restore(video):
        count += 1
        yield out
    if count != len(scales):
        raise ToolError(f"enhancer {enhancer.name} gave {count} of {len(scales)} frames")
