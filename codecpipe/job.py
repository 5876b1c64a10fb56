"""What is to be encoded, and how: a source of frames and an `EncodeJob`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from codecpipe.codec import CodecOptions, CodingSettings
from codecpipe.format import Frame, VideoFormat
from codecpipe.layout import FrameLayout, StreamPlan
from codecpipe.video.resample import Filter


class FrameSource(Protocol):
    """A source of frames by index."""

    @property
    def name(self) -> str:
        """The sequence's name."""
        ...

    @property
    def fmt(self) -> VideoFormat:
        """Its sample format."""
        ...

    @property
    def fps(self) -> Fraction:
        """Frames per second."""
        ...

    def frames(self, indices: Iterable[int]) -> Iterator[Frame]:
        """The frames of these indices."""
        ...


@dataclass(frozen=True)
class EncodeJob:
    """All that determines a ``.cpv`` file besides the source and the programs.

    ``enhancer``, ``weights`` (name and SHA-256 of each): what the file says it is to be restored
    with.
    """

    layout: FrameLayout
    qp: int
    options: CodecOptions = field(default_factory=CodecOptions)
    kernel: Filter = Filter.BICUBIC
    enhancer: str | None = None
    weights: tuple[tuple[str, str], ...] = ()

    def settings(
        self, stream: StreamPlan, options: CodecOptions, injected: bool = False
    ) -> CodingSettings:
        """How a stream of the layout is coded; ``injected``: without paying for its leads."""
        qp = self.qp + stream.qp_offset
        period = stream.intra_period
        offsets = stream.qp_offsets
        return CodingSettings(stream.config, qp, period, options, injected, stream.rpr, offsets)
