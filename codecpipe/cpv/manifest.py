"""``manifest.json`` of a ``.cpv`` file: its schema, and the checks that make it safe to read."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from codecpipe.codec import CodecOptions
from codecpipe.cpv.records import (
    FORMAT,
    VERSION,
    CodecRecord,
    LayoutRecord,
    ResampleRecord,
    SequenceRecord,
    StreamRecord,
    Text,
    WeightsRecord,
)
from codecpipe.format import VideoFormat
from codecpipe.video.resample import MAX_PADDING, SizePlan
from codecpipe.yaml_file import Part


class Manifest(Part):
    """All that a ``.cpv`` file says besides its streams."""

    format: Literal["codecpipe"] = FORMAT
    version: Literal[1] = VERSION
    sequence: SequenceRecord
    layout: LayoutRecord
    resample: ResampleRecord | None
    codec: CodecRecord
    streams: Annotated[tuple[StreamRecord, ...], Field(min_length=1, max_length=2)]
    enhancer: Text | None = None
    weights: tuple[WeightsRecord, ...] = ()
    notes: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _cover(self) -> Self:
        if len({stream.name for stream in self.streams}) != len(self.streams):
            raise ValueError("two streams have one name")
        shown = sorted(f for stream in self.streams for f in stream.plan().shown)
        if shown != list(range(self.sequence.frames)):
            raise ValueError("the streams do not show every frame exactly once")
        by_name = {stream.name: stream for stream in self.streams}
        lr = by_name.get("lr")
        self._check_sizes()
        if lr and self.resample is None:
            raise ValueError("there is an LR stream and no word on how it was down-sampled")
        if lr and lr.leads:
            keys = set(by_name["hr"].frames) if "hr" in by_name else set()
            if any(lr.frames[at] not in keys for at in lr.leads):
                raise ValueError("a lead is no key frame")
        return self

    def _check_sizes(self) -> None:
        seq, r = self.sequence, self.resample
        if seq.width % 2 or seq.height % 2:
            raise ValueError("the source has an odd side, which 4:2:0 video cannot have")
        if r is not None and (
            not seq.width <= r.padded_width <= seq.width + MAX_PADDING + 1
            or not seq.height <= r.padded_height <= seq.height + MAX_PADDING + 1
            or any(s % 2 for s in (r.padded_width, r.padded_height, r.lr_width, r.lr_height))
        ):
            raise ValueError("the source and the LR size do not go together")
        boundary = self._boundary_scale()
        size = self.size_plan
        for stream in self.streams:
            due = (seq.width, seq.height)
            if size is not None and (stream.name == "lr" or boundary != 1):
                size_of = size if stream.name == "lr" else size.at(boundary)
                due = (size_of.lr_width, size_of.lr_height)
            if (stream.width, stream.height) != due:
                raise ValueError(f"the pictures of stream {stream.name} have another size than due")
            if (stream.name == "hr") != (Fraction(stream.scale) == boundary):
                raise ValueError(f"stream {stream.name} has not the scale of its name")

    def _boundary_scale(self) -> Fraction:
        """The boundaries' scale; unless it is 1, their size must come out of the LR size evenly."""
        boundary, scale = Fraction(self.layout.boundary_scale), Fraction(self.layout.scale)
        r = self.resample
        if boundary != 1 and (
            r is None
            or self.layout.name != "tds"
            or boundary < 1
            or scale == boundary
            or (scale / boundary).denominator != 1
            or Fraction(r.padded_width, r.lr_width) != scale
            or Fraction(r.padded_height, r.lr_height) != scale
        ):
            raise ValueError("the size of the boundaries does not go with that of the LR frames")
        return boundary

    @property
    def source_format(self) -> VideoFormat:
        """The source's format."""
        return VideoFormat(self.sequence.width, self.sequence.height, self.sequence.bit_depth)

    @property
    def coded_format(self) -> VideoFormat:
        """Source size at the depth that the codec works in."""
        return self.source_format.with_depth(self.codec.bit_depth)

    @property
    def fps(self) -> Fraction:
        """Frames per second."""
        return Fraction(self.sequence.fps)

    @property
    def size_plan(self) -> SizePlan | None:
        """The relation of source and LR size; None where all frames have source size."""
        if self.resample is None:
            return None
        sides = self.resample.model_dump(exclude={"kernel"})
        return SizePlan(width=self.sequence.width, height=self.sequence.height, **sides)

    @property
    def options(self) -> CodecOptions:
        """The codec's options."""
        c = self.codec
        return CodecOptions(preset=c.preset, extra=c.extra, threads=c.threads, cfg=c.cfg)

    @property
    def stream_bytes(self) -> int:
        """Bytes of all elementary streams: what the rate is taken from."""
        return sum(stream.size_bytes for stream in self.streams)

    @property
    def rate_kbps(self) -> float:
        """8 · bytes · fps / frames / 1000."""
        return rate_kbps(self.stream_bytes, self.fps, self.sequence.frames)

    def stream_format(self, stream: StreamRecord) -> VideoFormat:
        """Format of a stream's decoded pictures."""
        return self.coded_format.with_size(stream.width, stream.height)


@dataclass(frozen=True)
class CodedPart:
    """A run of frames of a file that is coded as a sequence of its own."""

    first: int
    """The source index of its first frame."""
    mode: str
    """A short name of how it is coded."""
    manifest: Manifest


def rate_kbps(size_bytes: int, fps: Fraction, frames: int) -> float:
    """8 · bytes · fps / frames / 1000, in kbit/s."""
    return float(8 * size_bytes * fps / frames / 1000)
