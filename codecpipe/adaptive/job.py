"""Adaptive encoding jobs, and the ordinary jobs that they consist of."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from codecpipe.adaptive.gops import Segment
from codecpipe.adaptive.modes import ANCHOR, Mode
from codecpipe.codec import Codec, CodecOptions
from codecpipe.errors import InputError
from codecpipe.format import Chroma, Frame, VideoFormat
from codecpipe.job import EncodeJob, FrameSource
from codecpipe.layout import Config, LayoutOptions
from codecpipe.video.resample import Filter, plan_size


@dataclass(frozen=True)
class AdaptiveJob:
    """All facts that determine an adaptive file besides source and programs."""

    frames: int
    config: Config
    layout: LayoutOptions
    """The options of all modes; scale and `delta_qp` are not used, the modes have their own."""
    qp: int
    modes: tuple[Mode, ...]
    """The candidates, the anchor first (see `codecpipe.adaptive.modes.with_anchor`)."""
    options: CodecOptions
    kernel: Filter
    enhancer: str
    """The name of the enhancer for which the modes are chosen."""
    fast: bool = False
    """The modes are chosen from one low-cost pass, see `codecpipe.adaptive.fast`."""
    weights: tuple[tuple[str, str], ...] = ()
    """Name and SHA-256 of each of the enhancer's weights, if it has any."""

    def whole(self, mode: Mode) -> EncodeJob:
        """The ordinary job that codes all frames in one mode."""
        return self._ordinary(mode, self.frames)

    def part(self, segment: Segment) -> EncodeJob:
        """The ordinary job of a segment."""
        return self._ordinary(self.modes[segment.mode], segment.frames)

    def neighbour(self, qp: int) -> EncodeJob:
        """The anchor at another QP."""
        return replace(self.whole(ANCHOR), qp=qp)

    def _ordinary(self, mode: Mode, frames: int) -> EncodeJob:
        layout = mode.make(frames, self.config, self.layout)
        job = EncodeJob(layout, self.qp, options=self.options, kernel=self.kernel)
        if mode.is_lr:
            job = replace(job, enhancer=self.enhancer, weights=self.weights)
        return job

    def check(self, codec: Codec, fmt: VideoFormat) -> None:
        """Refuse what codec or size do not allow, in any mode, before anything is run."""
        if fmt.chroma is not Chroma.YUV420:
            raise InputError("only 4:2:0 video can be coded: convert the source first")
        codec.coded_depth(fmt.bit_depth)
        for mode in self.modes:
            job = self.whole(mode).resolved(codec)
            if mode.is_lr:
                plan_size(fmt.width, fmt.height, mode.scale)
            job.check(codec)


@dataclass(frozen=True)
class SourcePart:
    """A run of a source's frames, from ``first`` on, as a source of its own."""

    source: FrameSource
    first: int

    @property
    def name(self) -> str:
        """The source's name."""
        return self.source.name

    @property
    def fmt(self) -> VideoFormat:
        """Its sample format."""
        return self.source.fmt

    @property
    def fps(self) -> Fraction:
        """Frames per second."""
        return self.source.fps

    def frames(self, indices: Iterable[int]) -> Iterator[Frame]:
        """The frames of these indices, which count from ``first`` on."""
        return self.source.frames(self.first + index for index in indices)
