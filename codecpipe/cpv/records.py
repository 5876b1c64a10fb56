"""The records of ``manifest.json`` in a ``.cpv`` file: sequence, layout, codec, streams."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from codecpipe.codec import CodecOptions, CodedPicture, CodingSettings
from codecpipe.layout import Config, Picture, StreamPlan
from codecpipe.video.resample import Filter
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
    """The source's format."""

    name: Text
    width: Side
    height: Side
    fps: Ratio
    """A ratio such as ``30000/1001``."""
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
    """One elementary stream."""

    name: Literal["hr", "lr"]
    file: EntryName
    scale: Ratio
    width: Side
    height: Side
    config: Config
    qp: int
    qp_offsets: tuple[Annotated[int, Field(ge=-128, le=128)], ...] = ()
    """The offset that each picture's QP should have on top of `qp` and its type's, in display
    order; empty for none.
    """
    intra_period: Index
    frames: tuple[Index, ...]
    """The source index of each picture in display order."""
    leads: tuple[Index, ...]
    """The positions among them of down-sampled decoded keys."""
    lead_keys: LeadKeys
    """Whether those are in the file ("paid") or made by the receiver ("injected")."""
    coded: tuple[tuple[Index, Literal["I", "P", "B"], int, Index], ...]
    """(position, type, QP, bytes) of each picture in coding order, leads included."""
    md5: tuple[Md5, ...]
    """The MD5 of each decoded picture in display order."""
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
    def made_leads(self) -> frozenset[int]:
        """Positions of the leads that are not in the file: the receiver makes them."""
        return frozenset(self.leads if self.lead_keys == "injected" else ())

    @property
    def transmitted_sizes(self) -> tuple[int, ...]:
        """Bytes of each picture that is in the file, in coding order."""
        leads = self.made_leads
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
            name=self.name,
            scale=Fraction(self.scale),
            qp_offset=0,
            config=self.config,
            intra_period=self.intra_period,
            pictures=pictures,
        )

    def settings(self, options: CodecOptions) -> CodingSettings:
        """The settings that the stream was coded with."""
        return CodingSettings(
            config=self.config,
            qp=self.qp,
            intra_period=self.intra_period,
            options=options,
            injected=self.lead_keys == "injected",
            qp_offsets=self.qp_offsets,
        )


class WeightsRecord(Part):
    """Weights that the enhancer is meant to restore with: their name and their file's SHA-256."""

    name: Text
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def weights_records(weights: Sequence[tuple[str, str]]) -> tuple[WeightsRecord, ...]:
    """Pairs of name and SHA-256 as records."""
    return tuple(WeightsRecord(name=name, sha256=sha256) for name, sha256 in weights)
