"""``manifest.json`` of a ``.cpv`` file: its schema, and the checks that make it safe to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from codecpipe.codec import CodecOptions, CodedPicture, CodingSettings
from codecpipe.format import VideoFormat
from codecpipe.layout import Config, Picture, StreamPlan
from codecpipe.video.resample import MAX_PADDING, Filter, SizePlan
from codecpipe.yaml_file import Part

FORMAT: Literal["codecpipe"] = "codecpipe"
VERSION: Literal[1] = 1

Side = Annotated[int, Field(ge=1, le=16384)]
Text = Annotated[str, StringConstraints(max_length=4096)]
# A QP for each picture may stand in it.
Command = Annotated[str, StringConstraints(max_length=200_000)]
Index = Annotated[int, Field(ge=0, le=10_000_000)]
Md5 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Ratio = Annotated[str, StringConstraints(pattern=r"^[1-9]\d{0,8}(/[1-9]\d{0,8})?$")]
EntryName = Annotated[str, StringConstraints(pattern=r"^(hr|lr)\.[a-z0-9]{2,5}$")]
LeadKeys = Literal["none", "injected", "paid"]


class SequenceRecord(Part):
    """The source's format. ``fps`` is a ratio such as ``30000/1001``."""

    name: Text
    width: Side
    height: Side
    fps: Ratio
    bit_depth: Annotated[int, Field(ge=8, le=16)]
    frames: Annotated[int, Field(ge=1, le=10_000_000)]


class LayoutRecord(Part):
    """The layout's name and options, see `codecpipe.layout.LayoutOptions`."""

    name: Text
    config: Config
    qp: int
    delta_qp: int
    scale: Ratio
    gop: Index
    group: Index
    shared_boundary: bool
    boundary_scale: Ratio = "1"


class ResampleRecord(Part):
    """The filter and the sizes of `codecpipe.video.resample.SizePlan`."""

    kernel: Filter
    padded_width: Side
    padded_height: Side
    lr_width: Side
    lr_height: Side


class CodecRecord(Part):
    """Which encoder made the streams, and all that it takes to make them again."""

    name: Text
    version: Text
    ffmpeg: Text
    preset: Text
    extra: tuple[tuple[Text, Text], ...]
    threads: Annotated[int, Field(ge=1, le=1024)]
    cfg: tuple[tuple[Text, Text], ...] = ()
    bit_depth: Annotated[int, Field(ge=8, le=16)]


class StreamRecord(Part):
    """One elementary stream.

    ``frames``: source index of each picture in display order. ``leads``: positions among them of
    down-sampled decoded keys. ``lead_keys``: whether those are in the file ("paid") or made by the
    receiver ("injected"). ``coded``: (position, type, QP, bytes) of each picture in coding order,
    leads included. ``md5``: of each decoded picture in display order. ``qp_offsets``: what each
    picture's QP was asked to have on top of ``qp`` and its type's, in display order; empty: none.
    """

    name: Literal["hr", "lr"]
    file: EntryName
    scale: Ratio
    width: Side
    height: Side
    config: Config
    qp: int
    qp_offsets: tuple[Annotated[int, Field(ge=-128, le=128)], ...] = ()
    intra_period: Index
    frames: tuple[Index, ...]
    leads: tuple[Index, ...]
    lead_keys: LeadKeys
    coded: tuple[tuple[Index, Literal["I", "P", "B"], int, Index], ...]
    md5: tuple[Md5, ...]
    command: Command

    @model_validator(mode="after")
    def _agree(self) -> Self:
        count = len(self.frames)
        if self.qp_offsets and len(self.qp_offsets) != count:
            raise ValueError(f"stream {self.name} has not one QP offset for each picture")
        if not count or len(self.md5) != count or len(self.coded) != count:
            raise ValueError(f"stream {self.name} does not list its pictures alike everywhere")
        if sorted(position for position, *_ in self.coded) != list(range(count)):
            raise ValueError(f"stream {self.name} lists a picture twice or not at all")
        if list(self.frames) != sorted(set(self.frames)):
            raise ValueError(f"stream {self.name} is not in display order")
        if list(self.leads) != sorted(set(self.leads)):
            raise ValueError(f"stream {self.name} lists a lead twice or out of order")
        if any(position >= count for position in self.leads):
            raise ValueError(f"stream {self.name} has a lead beyond its end")
        if bool(self.leads) != (self.lead_keys != "none"):
            raise ValueError(f"stream {self.name} does not say how its leads get to the receiver")
        if self.name == "hr" and self.leads:
            raise ValueError("a key frame leads no other in its own stream")
        if not self.file.startswith(f"{self.name}."):
            raise ValueError(f"stream {self.name} has the file of another")
        if self.lead_keys == "injected" and 0 not in self.leads:
            raise ValueError(f"stream {self.name} does not begin with a lead")
        return self

    @property
    def pictures(self) -> tuple[CodedPicture, ...]:
        """All pictures in coding order."""
        return tuple(CodedPicture(*coded) for coded in self.coded)

    @property
    def transmitted_sizes(self) -> tuple[int, ...]:
        """Bytes of each picture that is in the file, in coding order."""
        leads = frozenset(self.leads) if self.lead_keys == "injected" else frozenset()
        return tuple(size for position, _, _, size in self.coded if position not in leads)

    @property
    def size_bytes(self) -> int:
        """Bytes of the stream in the file."""
        return sum(self.transmitted_sizes)

    def plan(self) -> StreamPlan:
        """The stream's plan, as the layout made it."""
        leads = frozenset(self.leads)
        pictures = tuple(Picture(f, lead=at in leads) for at, f in enumerate(self.frames))
        return StreamPlan(
            self.name, Fraction(self.scale), 0, self.config, self.intra_period, pictures
        )

    def settings(self, options: CodecOptions) -> CodingSettings:
        """What the stream was coded with."""
        injected = self.lead_keys == "injected"
        return CodingSettings(
            config=self.config,
            qp=self.qp,
            intra_period=self.intra_period,
            options=options,
            injected=injected,
            qp_offsets=self.qp_offsets,
        )


class WeightsRecord(Part):
    """Weights that the enhancer is meant to restore with: their name and their file's SHA-256."""

    name: Text
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def weights_records(weights: Sequence[tuple[str, str]]) -> tuple[WeightsRecord, ...]:
    """Pairs of name and SHA-256 as records."""
    return tuple(WeightsRecord(name=name, sha256=sha256) for name, sha256 in weights)


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
        """Of boundaries; where it is not 1, their size must come out of the LR size evenly."""
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
        """How source and LR size go together; None where all has source size."""
        r = self.resample
        if r is None:
            return None
        seq = self.sequence
        return SizePlan(
            seq.width, seq.height, r.padded_width, r.padded_height, r.lr_width, r.lr_height
        )

    @property
    def options(self) -> CodecOptions:
        """The codec's options."""
        codec = self.codec
        return CodecOptions(codec.preset, codec.extra, codec.threads, codec.cfg)

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
    """A run of frames of a file that is coded as a sequence of its own.

    ``first``: source index of its first frame. ``mode``: how it is coded, in short.
    """

    first: int
    mode: str
    manifest: Manifest


def rate_kbps(size_bytes: int, fps: Fraction, frames: int) -> float:
    """8 · bytes · fps / frames / 1000, in kbit/s."""
    return float(8 * size_bytes * fps / frames / 1000)
