"""``manifest.json`` of an adaptive ``.cpv`` file (format version 2): its schema and its checks."""

from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from codecpipe.adaptive.gops import Segment, gop_ranges, segments_of, signalling_bytes
from codecpipe.adaptive.modes import ANCHOR, MAX_MODES, Mode
from codecpipe.cpv.manifest import Manifest, rate_kbps
from codecpipe.cpv.records import (
    FORMAT,
    CodecRecord,
    Index,
    Ratio,
    SequenceRecord,
    Text,
    WeightsRecord,
)
from codecpipe.format import VideoFormat
from codecpipe.layout import Config
from codecpipe.video.resample import Filter
from codecpipe.yaml_file import Part

ADAPTIVE_VERSION: Literal[2] = 2
CHOICES = "modes.bin"
MAX_PARTS = 1_000_000
PartName = Annotated[str, StringConstraints(pattern=r"^\d{4,7}\.cpv$")]


class ModeRecord(Part):
    """A candidate, see `codecpipe.adaptive.modes.Mode`."""

    layout: Literal["anchor", "crs", "uniform"]
    scale: Ratio
    delta_qp: Annotated[int, Field(ge=-99, le=99)]

    @property
    def mode(self) -> Mode:
        """The candidate."""
        return Mode(self.layout, Fraction(self.scale), self.delta_qp)


class AdaptiveLayoutRecord(Part):
    """The settings that all candidates share, and the candidates."""

    name: Literal["adaptive"]
    config: Config
    qp: int
    gop: Index
    kernel: Filter
    fast: bool
    candidates: Annotated[tuple[ModeRecord, ...], Field(min_length=2, max_length=MAX_MODES)]

    @model_validator(mode="after")
    def _differ(self) -> Self:
        modes = [record.mode for record in self.candidates]
        if len(set(modes)) != len(modes):
            raise ValueError("two candidates are the same")
        if modes[0] != ANCHOR or any(m.is_lr != (m.scale > 1) for m in modes):
            raise ValueError("a candidate has not the scale of its layout")
        return self


class SegmentRecord(Part):
    """A run of GOPs: the entry it is in, and what the rate counts of it."""

    file: PartName
    first: Index
    frames: Annotated[int, Field(ge=1, le=10_000_000)]
    mode: Index
    stream_bytes: Annotated[int, Field(ge=0)]


class AdaptiveManifest(Part):
    """All that an adaptive file says beside its parts and the GOPs' choices."""

    format: Literal["codecpipe"] = FORMAT
    version: Literal[2] = ADAPTIVE_VERSION
    kind: Literal["adaptive"] = "adaptive"
    sequence: SequenceRecord
    layout: AdaptiveLayoutRecord
    codec: CodecRecord
    segments: Annotated[tuple[SegmentRecord, ...], Field(min_length=1, max_length=MAX_PARTS)]
    enhancer: Text | None = None
    weights: tuple[WeightsRecord, ...] = ()
    notes: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _cover(self) -> Self:
        if self.sequence.width % 2 or self.sequence.height % 2:
            raise ValueError("the source has an odd side, which 4:2:0 video cannot have")
        at = 0
        for index, segment in enumerate(self.segments):
            if segment.file != part_name(index):
                raise ValueError("the parts are not named in their order")
            if segment.mode >= len(self.layout.candidates):
                raise ValueError(f"part {segment.file} is coded in none of the candidates")
            if segment.first != at:
                raise ValueError("the parts do not show every frame exactly once")
            at += segment.frames
        if at != self.sequence.frames:
            raise ValueError("the parts do not show every frame exactly once")
        return self

    def check_choices(self, choices: tuple[int, ...]) -> None:
        """Raise ValueError where choices are not those of the parts."""
        ours = tuple(Segment(s.first, s.frames, s.mode) for s in self.segments)
        if segments_of(choices, self.sequence.frames, self.layout.gop) != ours:
            raise ValueError("the GOPs' choices are not those of the parts")

    def check_part(self, segment: SegmentRecord, part: Manifest) -> None:
        """Raise ValueError where a part is not what this file says of it."""
        layout, mode = part.layout, self.modes[segment.mode]
        if part.sequence != self.sequence.model_copy(update={"frames": segment.frames}):
            raise ValueError(f"part {segment.file} is of another sequence")
        if part.codec != self.codec:
            raise ValueError(f"part {segment.file} was coded by another codec")
        ours = self.layout
        as_due = layout.name == mode.layout
        as_due &= (layout.config, layout.qp, layout.gop) == (ours.config, ours.qp, ours.gop)
        if mode.is_lr:
            as_due &= (Fraction(layout.scale), layout.delta_qp) == (mode.scale, mode.delta_qp)
            lr = [stream for stream in part.streams if stream.name == "lr"]
            as_due &= all(Fraction(stream.scale) == mode.scale for stream in lr)
            as_due &= not lr or mode.layout == "crs" or len(part.streams) == 1
            as_due &= part.resample is None or part.resample.kernel is self.layout.kernel
        else:
            as_due &= all(stream.name == "hr" for stream in part.streams)
        if not as_due:
            raise ValueError(f"part {segment.file} is not coded in the mode of its GOPs")
        if part.stream_bytes != segment.stream_bytes:
            raise ValueError(f"part {segment.file} has not the size that the manifest gives")

    @property
    def modes(self) -> tuple[Mode, ...]:
        """The candidates."""
        return tuple(record.mode for record in self.layout.candidates)

    @property
    def gops(self) -> int:
        """Number of GOPs."""
        return len(gop_ranges(self.sequence.frames, self.layout.gop))

    @property
    def coded_format(self) -> VideoFormat:
        """Source size at the depth that the codec works in."""
        seq = self.sequence
        return VideoFormat(seq.width, seq.height, self.codec.bit_depth)

    @property
    def fps(self) -> Fraction:
        """Frames per second."""
        return Fraction(self.sequence.fps)

    @property
    def signalling_bytes(self) -> int:
        """Bytes of the GOPs' choices; they count in the rate."""
        return signalling_bytes(self.gops, len(self.layout.candidates))

    @property
    def stream_bytes(self) -> int:
        """Bytes of all elementary streams and of the choices: what the rate is taken from."""
        return self.signalling_bytes + sum(segment.stream_bytes for segment in self.segments)

    @property
    def rate_kbps(self) -> float:
        """8 · bytes · fps / frames / 1000."""
        return rate_kbps(self.stream_bytes, self.fps, self.sequence.frames)


def part_name(index: int) -> str:
    """The entry of a part: ``0000.cpv``, ``0001.cpv`` …"""
    return f"{index:04}.cpv"
