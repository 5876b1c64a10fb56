"""A source seen in time steps: every N-th frame at 1/N of the frame rate."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from codecpipe.errors import InputError
from codecpipe.format import Frame, VideoFormat
from codecpipe.video.rawvideo import RawVideo
from codecpipe.video.source import Source, sample_digest


@dataclass(frozen=True)
class SubsampledSource:
    """Frames 0, N, 2N, … of ``source``, numbered 0, 1, 2, …; N is ``ratio``.

    ``fps`` is the source's over N, so that rates are those of what is coded, as in the CTC with
    their TemporalSubsampleRatio.

    Raises:
        InputError: ``ratio`` is below 1.
    """

    source: Source
    ratio: int

    def __post_init__(self) -> None:
        if self.ratio < 1:
            raise InputError(f"a temporal sub-sampling by {self.ratio} cannot be: give 1 or more")

    @property
    def name(self) -> str:
        """The source's name."""
        return self.source.name

    @property
    def class_name(self) -> str:
        """The source's class."""
        return self.source.class_name

    @property
    def path(self) -> Path:
        """The source's file."""
        return self.source.path

    @property
    def video(self) -> RawVideo:
        """The source's video, all of it: what reads it by itself must step over frames."""
        return self.source.video

    @property
    def fmt(self) -> VideoFormat:
        """Its sample format."""
        return self.source.fmt

    @property
    def fps(self) -> Fraction:
        """Frames per second of the view."""
        return self.source.fps / self.ratio

    @property
    def notes(self) -> tuple[str, ...]:
        """The source's notes, and which frames these are."""
        n = self.ratio
        said = f"only frames 0, {n}, {2 * n} … are coded and measured, at {float(self.fps):g} fps"
        return (*self.source.notes, f"{said} (temporal sub-sampling by {n})")

    def __len__(self) -> int:
        return subsampled_count(len(self.source), self.ratio)

    def frames(self, indices: Iterable[int] | None = None) -> Iterator[Frame]:
        """The frames of these indices of the view, all by default."""
        wanted = range(len(self)) if indices is None else indices
        return self.source.frames(self.ratio * index for index in wanted)

    @cached_property
    def _digests(self) -> dict[int, str]:
        return {}

    def sha256(self, frames: int) -> str:
        """SHA-256 over the samples of the first ``frames`` frames of the view."""
        if frames not in self._digests:
            steps = range(0, frames * self.ratio, self.ratio)
            self._digests[frames] = sample_digest(self.video, steps)
        return self._digests[frames]


def subsampled_count(frames: int, ratio: int) -> int:
    """The number of frames left of `frames`, the first one always (294 by 8: 37, as in VTM)."""
    return -(-frames // ratio)
