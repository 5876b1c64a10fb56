"""The interface of a codec. Implementations live in the package ``encoders``."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from codecpipe.digest import Keyed
from codecpipe.format import Frame, VideoFormat
from codecpipe.layout import Config
from codecpipe.programs.process import Limits, ToolRun

LEAD_QP_OFFSET = -12
"""The QP offset of injected leads against the base QP; finer gains nothing more."""


@dataclass(frozen=True)
class CodecOptions(Keyed):
    """The options of the encoder, the same for all streams of a file."""

    preset: str = ""
    """The encoder's own name of a preset, "" for the codec's default."""
    extra: tuple[tuple[str, str], ...] = ()
    """Encoder parameters beyond ours, as (key, value)."""
    threads: int = 1
    """Threads of one encoder."""
    cfg: tuple[tuple[str, str], ...] = ()
    """The codec software's own files that are read after its main one: (name, first 16 digits of
    the SHA-256).
    """


@dataclass(frozen=True)
class CodingSettings(Keyed):
    """The settings of one stream."""

    config: Config
    qp: int
    """The base QP."""
    intra_period: int
    """Pictures from one intra picture to the next; 0 for one at the start only."""
    options: CodecOptions
    injected: bool = False
    """The intra pictures are leads that the receiver makes itself.

    They must not depend on the pictures after them, and cost nothing, so they are coded
    `LEAD_QP_OFFSET` finer: close to the down-sampled decoded key itself, as the papers have it in
    the reference buffer.
    """
    rpr: bool = False
    """The codec may change the size of its pictures from GOP to GOP and shows them all at full size
    (VVC's reference picture resampling).
    """
    qp_offsets: tuple[int, ...] = ()
    """Each picture's offset in display order, on top of the one that the codec gives its type;
    empty for none. A codec that cannot do it refuses.
    """


@dataclass(frozen=True)
class CodingTask:
    """One stream to be coded: the format of its frames at the coded depth, and where it goes."""

    fmt: VideoFormat
    fps: Fraction
    settings: CodingSettings
    out: Path
    limits: Limits


@dataclass(frozen=True)
class CodedPicture:
    """One picture of an elementary stream, as found in the stream itself, in coding order."""

    display: int
    """Its position in display order."""
    picture_type: str
    """I, P or B."""
    qp: int
    """The QP of its (first) slice, on the codec's own scale."""
    size_bytes: int
    """The size of its access unit, parameter sets included."""


class Codec(Protocol):
    """A standard codec: encoder and decoder as subprocesses.

    Every method raises `InputError` for what the codec cannot do and `ToolError` when a program
    fails.
    """

    @property
    def name(self) -> str:
        """Its name in the registry and in files."""

    @property
    def suffix(self) -> str:
        """File suffix of its elementary streams, such as ``.hevc``."""

    @property
    def fast_preset(self) -> str:
        """Its fastest preset, for a look at what coding costs; its only one where it has one."""

    @property
    def core_s_per_megapixel(self) -> float:
        """Rough core seconds for 10⁶ luma samples, at the usual presets and QPs."""

    def version(self) -> str:
        """Version of the encoder, as it prints it itself."""

    def coded_depth(self, bit_depth: int) -> int:
        """The bit depth in which a source of ``bit_depth`` is coded (never lower)."""

    def resolve(self, options: CodecOptions) -> CodecOptions:
        """The same options with the default preset; refuses what the codec must not get."""

    def cfg_for(self, name: str, class_name: str, fmt: VideoFormat) -> tuple[tuple[str, str], ...]:
        """`CodecOptions.cfg` of what the codec's software has for a test sequence or its class."""

    def mini_gop(self, config: Config) -> int:
        """Pictures of which the codec wants a multiple from intra picture to intra picture."""

    def remedy(self, version: str, ffmpeg: str) -> str:
        """The way to get another version of the codec, as the end of a sentence."""

    def check(self, settings: CodingSettings) -> None:
        """Refuse a configuration, QP or intra period that the codec does not have."""

    def notes(self, settings: CodingSettings, stream: Path | None = None) -> tuple[str, ...]:
        """Notes on this configuration, or on the coded stream, for readers of results."""

    def encode(self, frames: Iterable[Frame], task: CodingTask) -> ToolRun:
        """Encode frames into the elementary stream ``task.out``."""

    def decode(
        self, stream: Path, fmt: VideoFormat, limits: Limits, on_done: Callable[[ToolRun], None]
    ) -> Iterator[Frame]:
        """Decode an elementary stream, frames in display order."""

    def pictures(self, stream: Path) -> tuple[CodedPicture, ...]:
        """The pictures of a stream in coding order; their sizes add up to the file's."""


CodecOf = Callable[[str], Codec]
"""Gives the codec of a name."""
