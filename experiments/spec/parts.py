"""The parts of an experiment file: sequences, codecs, layouts, enhancers."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Annotated, Any, Protocol, Self

from pydantic import BeforeValidator, Field, model_validator

from codecpipe.adaptive.modes import (
    ADAPTIVE,
    DELTA_QP,
    Mode,
    default_modes,
    parse_mode,
    with_anchor,
)
from codecpipe.codec import CodecOptions
from codecpipe.format import VideoFormat
from codecpipe.gop import default_gop, gop_of_seconds
from codecpipe.layout import LAYOUTS, Config, LayoutOptions
from codecpipe.video.filename import frame_rate
from codecpipe.video.resample import Filter
from codecpipe.yaml_file import Part
from enhancers.names import EnhancerChoice, parse_choice


def _fraction(value: object, advice: str) -> object:
    if not isinstance(value, int | float | str):
        return value
    try:
        return Fraction(str(value))
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(f"'{value}' is {advice}") from error


def _ratio(value: object) -> object:
    return _fraction(value, 'not a scale: give 2, 4, "3/2" …')


def _rate(value: object) -> object:
    return frame_rate(value) if isinstance(value, int | float | str) else value


def _seconds(value: object) -> object:
    seconds = _fraction(value, "no time: give seconds such as 2 or 0.5")
    if isinstance(seconds, Fraction) and seconds <= 0:
        raise ValueError(f"a GOP of {value} s cannot be: give more than 0, or 'gop: 0' for one GOP")
    return seconds


Ratio = Annotated[Fraction, BeforeValidator(_ratio)]
Rate = Annotated[Fraction, BeforeValidator(_rate)]
Seconds = Annotated[Fraction, BeforeValidator(_seconds)]
Qps = Annotated[tuple[int, ...], Field(min_length=1)]
_NOT_OF_ADAPTIVE = ("scale", "group", "shared_boundary", "boundary_scale")
_ADAPTIVE_ONLY = ("modes", "fast")


class HasGop(Protocol):
    """A part whose GOP may be given in frames or in seconds."""

    gop: int | None
    gop_s: Fraction | None


def check_one_gop(part: HasGop) -> None:
    """Refuse a part that gives its GOP twice."""
    if part.gop is not None and part.gop_s is not None:
        raise ValueError("'gop' and 'gop_s' say the same: take one of them out")


def gop_frames(parts: Iterable[HasGop], config: Config, fps: Fraction, mini_gop: int) -> int:
    """Frames from key to key: as the first part says that gives a GOP, else one second.

    Seconds are rounded to whole mini-GOPs, in AI (which has none) to whole frames.
    """
    for part in parts:
        if part.gop is not None:
            return part.gop
        if part.gop_s is not None:
            return gop_of_seconds(part.gop_s, fps, 1 if config is Config.AI else mini_gop)
    return default_gop(config, fps, mini_gop)


class SequencePart(Part):
    """A sequence: ``file`` (relative to the experiment file), or ``sequence`` of a catalogue.

    Or several: all sequences of some ``classes`` ``of`` a catalogue.
    """

    file: str | None = None
    """A video file."""
    sequence: str | None = None
    """A name in a catalogue, such as ``hevc_ctc/C/RaceHorses`` or ``BQMall``; needs ``root``."""
    classes: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Classes of a catalogue: all their sequences, in its order; needs ``root``."""
    of: str | None = None
    """The catalogue of ``classes``: ``jvet_ctc``, ``hevc_ctc`` or one of your own."""
    name: str | None = None
    """The name in tables; without it the catalogue's name, else the file's."""
    class_name: str | None = Field(default=None, alias="class")
    """Class for the means; without it the catalogue's."""
    frames: Annotated[int, Field(ge=1)] | None = None
    """Code the first N; without it all, for ``sequence`` the CTC's number."""
    size: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,4}x[1-9][0-9]{0,4}$")] | None = None
    """WIDTHxHEIGHT of a raw file whose name does not say."""
    fps: Rate | None = None
    """Frame rate of a raw file whose name does not say: 50, 59.94, 30000/1001."""
    bit_depth: Annotated[int, Field(ge=8, le=16)] | None = None
    """Bit depth of a raw file whose name does not say."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = (self.file, self.sequence, self.classes)
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError(
                "each sequence takes either 'file' or 'sequence' (of a catalogue), or 'classes'"
                " (of a catalogue)"
            )
        if (self.classes is None) != (self.of is None):
            raise ValueError(
                "'classes' and 'of' go together: write e.g. {classes: [B, C], of: jvet_ctc}"
            )
        if self.classes is not None and self.model_fields_set - {"classes", "of", "frames"}:
            raise ValueError(
                "beside 'classes' and 'of' there is only 'frames': all else is the catalogue's"
            )
        return self


class CodecPart(Part):
    """A codec: its name in the registry, preset, extra parameters; QPs of its own if given."""

    codec: str
    """Name of the codec, as ``codecpipe doctor`` lists them."""
    name: str | None = None
    """The name in tables; without it codec and preset as given."""
    preset: Annotated[str, BeforeValidator(str)] = ""
    """The encoder's own, a number in quotes; without it the codec's default."""
    extra: Mapping[str, str | int | float] = Field(default_factory=dict)
    """Encoder parameters, such as ``{rd: 4}``; what codecpipe holds is refused."""
    threads: Annotated[int, Field(ge=1)] = 1
    """Threads of one encoder; hm, vtm: segments of an RA stream at a time."""
    qps: Qps | None = None
    """QPs for this codec in place of the experiment's."""

    @property
    def label(self) -> str:
        """The codec's name in tables."""
        return self.name or (f"{self.codec} {self.preset}".strip())

    def options(self, cfg: tuple[tuple[str, str], ...]) -> CodecOptions:
        """The codec's options; for `cfg` see `codecpipe.codec.CodecOptions`."""
        extra = tuple((key, str(value)) for key, value in self.extra.items())
        return CodecOptions(preset=self.preset, extra=extra, threads=self.threads, cfg=cfg)


class EnhancerPart(Part):
    """An enhancer."""

    enhancer: str
    """Its name."""
    without: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Parts of it to leave out."""
    name: str | None = None
    """Its name in tables."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        """``crs`` and ``crs without MAN`` are short for a map."""
        return {"enhancer": value} if isinstance(value, str) else value

    @property
    def choice(self) -> EnhancerChoice:
        """The enhancer and its parts in one form, whichever way they were written."""
        return parse_choice(self.enhancer, self.without or ())

    @property
    def label(self) -> str:
        """Its name in tables."""
        return self.name or str(self.choice)


class LayoutPart(Part):
    """A layout and its options, see `codecpipe.layout.LayoutOptions`."""

    layout: str
    """``anchor``, ``uniform``, ``crs``, ``tds``, ``rpr`` (vtm) or ``adaptive``."""
    name: str | None = None
    """Its name in tables."""
    scale: Ratio = Fraction(2)
    """k, more than 1: ``2``, ``4``, ``"3/2"``."""
    gop: Annotated[int, Field(ge=0)] | None = None
    """Frames from key to key of this layout, in place of the experiment's."""
    gop_s: Seconds | None = None
    """The GOP in seconds, instead of `gop`."""
    kernel: Filter | None = None
    """The filter for down-sampling, where it is not the experiment's."""
    group: int = 5
    """``tds``: N, odd, at least 3."""
    delta_qp: int = 5
    """LR frames are coded at qp − delta_qp."""
    shared_boundary: bool = False
    """``tds``: groups share the boundary frame."""
    boundary_scale: Ratio = Fraction(1)
    """``tds``: k of the boundary frames; ``scale`` must be 2, 3 … times as much."""
    inject: bool = True
    """False: transmit the LR copies of the keys."""
    lr_offsets: tuple[int, ...] = ()
    """Pattern of QP offsets of LR pictures, such as ``[3, 2, 3, 0]``."""
    modes: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """The candidates of layout adaptive, see `codecpipe.adaptive`."""
    fast: bool = False
    """Layout adaptive chooses from one low-cost pass."""
    qps: Qps | None = None
    """QPs for this layout; they come before the codec's."""
    enhancers: Annotated[tuple[EnhancerPart, ...], Field(min_length=1)] | None = None
    """The enhancers for this layout, where they are not the experiment's."""

    @model_validator(mode="after")
    def _fits_its_layout(self) -> Self:
        names = (*LAYOUTS, ADAPTIVE)
        if self.layout not in names:
            raise ValueError(
                f"there is no layout '{self.layout}': choose one of {', '.join(names)}"
            )
        if self.layout in ("anchor", "rpr"):
            if self.kernel is not None:
                raise ValueError(f"'{self.label}' does not down-sample: take its 'kernel' out")
            if self.enhancers is not None:
                raise ValueError(f"'{self.label}' has nothing to restore: take its 'enhancers' out")
        is_adaptive = self.layout == ADAPTIVE
        for key in _NOT_OF_ADAPTIVE if is_adaptive else _ADAPTIVE_ONLY:
            if getattr(self, key) != LayoutPart.model_fields[key].default:
                what = "gives its scales in 'modes'" if key == "scale" else f"has no '{key}'"
                raise ValueError(f"layout '{self.layout}' {what}: take '{key}' out")
        if is_adaptive and self.modes is not None:
            _modes(self.modes, self.delta_qp)
        self.options(self.gop or 0)
        check_one_gop(self)
        return self

    @property
    def label(self) -> str:
        """Layout and options in short, e.g. ``crs k2 δ5``."""
        if self.name or self.layout in ("anchor", "rpr"):
            return self.name or self.layout
        parts = [self.layout, f"k{self.scale}", f"δ{self.delta_qp}"]
        if self.layout == ADAPTIVE:
            parts = [self.layout, "fast"] if self.fast else [self.layout]
            if self.delta_qp != DELTA_QP:
                parts.append(f"δ{self.delta_qp}")
        if self.layout == "tds":
            parts.insert(1, f"N{self.group}{'s' if self.shared_boundary else ''}")
        if self.boundary_scale != 1:
            parts.insert(-1, f"b{self.boundary_scale}")
        if self.gop_s is not None:
            parts.append(f"GOP {float(self.gop_s):g}s")
        if not self.inject and self.layout in ("crs", "tds", ADAPTIVE):
            parts.append("paid")
        if any(self.lr_offsets):
            parts.append("h" + ",".join(map(str, self.lr_offsets)))
        if self.kernel is not None:
            parts.append(f"{self.kernel.value}↓")
        return " ".join(parts)

    def options(self, gop: int) -> LayoutOptions:
        """The layout's options with a GOP of so many frames."""
        return LayoutOptions(
            scale=self.scale,
            gop=gop,
            group=self.group,
            delta_qp=self.delta_qp,
            shared_boundary=self.shared_boundary,
            boundary_scale=self.boundary_scale,
            inject=self.inject,
            lr_offsets=self.lr_offsets,
        )

    def candidate_modes(self, fmt: VideoFormat) -> tuple[Mode, ...]:
        """The modes of layout adaptive: those of the file, else those that the size allows.

        Raises:
            InputError: the size allows none.
        """
        if self.modes is None:
            return default_modes(fmt, self.delta_qp)
        return _modes(self.modes, self.delta_qp)


def _modes(texts: tuple[str, ...], delta_qp: int) -> tuple[Mode, ...]:
    return with_anchor([parse_mode(text, delta_qp) for text in texts])
