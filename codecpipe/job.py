"""An encoding job: a source of frames and an `EncodeJob`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Protocol

from codecpipe.codec import Codec, CodecOptions, CodingSettings
from codecpipe.format import Frame, VideoFormat
from codecpipe.layout import FrameLayout, StreamPlan
from codecpipe.video.resample import Filter


class FrameSource(Protocol):
    """A source of frames by index."""

    @property
    def name(self) -> str:
        """The sequence's name."""

    @property
    def fmt(self) -> VideoFormat:
        """Its sample format."""

    @property
    def fps(self) -> Fraction:
        """Frames per second."""

    def frames(self, indices: Iterable[int]) -> Iterator[Frame]:
        """The frames of these indices."""


@dataclass(frozen=True)
class EncodeJob:
    """All facts that determine a ``.cpv`` file besides the source and the programs."""

    layout: FrameLayout
    qp: int
    options: CodecOptions = field(default_factory=CodecOptions)
    kernel: Filter = Filter.BICUBIC
    enhancer: str | None = None
    """The name of the enhancer that the file names for its restoration."""
    weights: tuple[tuple[str, str], ...] = ()
    """Name and SHA-256 of each of the enhancer's weights."""

    def settings(self, stream: StreamPlan, *, injected: bool = False) -> CodingSettings:
        """The settings of a stream of the layout; if `injected`, its leads are not paid for."""
        return CodingSettings(
            config=stream.config,
            qp=self.qp + stream.qp_offset,
            intra_period=stream.intra_period,
            options=self.options,
            injected=injected,
            rpr=stream.rpr,
            qp_offsets=stream.qp_offsets,
        )

    def resolved(self, codec: Codec) -> EncodeJob:
        """The same job with the options that the codec makes of its own."""
        return replace(self, options=codec.resolve(self.options))

    def check(self, codec: Codec) -> None:
        """Refuse a job whose streams the codec cannot code; its options must be resolved."""
        for stream in self.layout.streams:
            codec.check(self.settings(stream))
            if stream.leads and self.layout.options.inject:
                # Receivers check these too, and would refuse the file.
                codec.check(self.settings(stream, injected=True))
