"""What the core asks of an enhancer. Implementations live in the package ``enhancers``."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from codecpipe.decode import DecodedFrame, Decoder
from codecpipe.errors import ToolError
from codecpipe.format import Frame, VideoFormat
from codecpipe.layout import Config
from codecpipe.process import Limits, ToolRun
from codecpipe.resample import Filter, SizePlan


@dataclass(frozen=True)
class DecodedVideo:
    """Decoded frames as they come, and what a receiver knows of them.

    ``fmt``: of HR frames and of what is restored (source size, coded depth). ``lr_fmt``,
    ``size_plan``: of LR frames, None where there are none. ``scales``: of each frame, 1 where it
    has source size. ``kernel``: what LR pictures were scaled down with. ``codec``: its name.
    ``count``: to be called with each child process's run, and with what a network took.
    """

    frames: Iterator[DecodedFrame]
    scales: tuple[Fraction, ...]
    fmt: VideoFormat
    lr_fmt: VideoFormat | None
    size_plan: SizePlan | None
    fps: Fraction
    config: Config
    layout: str
    limits: Limits
    count: Callable[[ToolRun], object]
    codec: str = ""
    kernel: Filter = Filter.BICUBIC


class Enhancer(Protocol):
    """Restores decoded video to source size, streaming."""

    @property
    def name(self) -> str:
        """Its name in the registry and in results."""
        ...

    def restore(self, video: DecodedVideo) -> Iterator[Frame]:
        """Restored frames of ``video.fmt`` in display order; HR frames pass through untouched.

        Memory must not grow with the number of frames.
        """
        ...


class PartedDecoder(Protocol):
    """What decodes a file of one or more parts, each coded as a sequence of its own."""

    def decoders(self) -> Iterator[Decoder]:
        """The decoder of each part in turn; the one before is closed then."""
        ...


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
    )
    count = 0
    for out in enhancer.restore(video):
        count += 1
        yield out
    if count != len(scales):
        raise ToolError(f"enhancer {enhancer.name} gave {count} of {len(scales)} frames")
