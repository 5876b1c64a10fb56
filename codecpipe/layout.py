"""Frame layouts: which frame goes into which stream, at which scale, with which QP.

Every scheme of the papers is a value of one type, `FrameLayout`, made by a pure function of the
number of frames, the configuration and the options. Sources: CRS, Section II and V (eq. 14);
TDS, Section 3.2.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from functools import cached_property, lru_cache

from codecpipe.digest import Keyed, digest
from codecpipe.errors import InputError


class Config(StrEnum):
    """Coding configurations: all-intra, low-delay P, low-delay B, random access."""

    AI = "AI"
    LDP = "LDP"
    LDB = "LDB"
    RA = "RA"


@dataclass(frozen=True)
class LayoutOptions(Keyed):
    """The options of a layout."""

    scale: Fraction = Fraction(2)
    """k, source over LR size."""
    gop: int = 0
    """Frames from one key (or intra) frame to the next, 0 for one at the start only."""
    group: int = 5
    """N of TDS, odd."""
    delta_qp: int = 5
    """LR frames are coded at ``qp - delta_qp``."""
    shared_boundary: bool = False
    """TDS groups share the boundary frame between them."""
    inject: bool = True
    """LR frames are predicted from the down-sampled decoded key without paying for it."""
    lr_offsets: tuple[int, ...] = ()
    """A pattern of QP offsets of the LR inter pictures on top of all others.

    The i-th picture after a lead (or intra picture) gets ``lr_offsets[(i - 1) % len]``, so
    ``(3, 2, 3, 0)`` is a low-delay hierarchy of 4 pictures.
    """
    boundary_scale: Fraction = Fraction(1)
    """Source over boundary size in TDS.

    2 with a `scale` of 4 is the paper's 4x experiment (Section 4.4, Table 4); leads are then
    decoded boundaries scaled down once more.
    """

    def __post_init__(self) -> None:
        if self.scale < 1:
            raise InputError(f"a scale of {self.scale} would up-sample: give more than 1, e.g. 2")
        if self.gop < 0:
            raise InputError(f"a GOP of {self.gop} frames cannot be: give 0 (one GOP) or more")
        if self.group < 3 or self.group % 2 == 0:
            raise InputError(
                f"a TDS group of {self.group} frames cannot be: give an odd number ≥ 3"
            )
        ratio = self.scale / self.boundary_scale if self.boundary_scale > 0 else Fraction(0)
        if self.boundary_scale != 1 and (
            self.boundary_scale < 1 or ratio < 2 or ratio.denominator != 1
        ):
            raise InputError(
                f"boundaries at 1/{self.boundary_scale} do not go with LR frames at 1/{self.scale}:"
                " the LR scale must be 2, 3, 4 … times theirs, e.g. 4 and 2"
            )


@dataclass(frozen=True)
class Picture:
    """One picture of a stream, in display order."""

    frame: int
    """Its index in the source."""
    lead: bool = False
    """It is a down-sampled decoded key for prediction only; the HR stream has the frame shown."""


@dataclass(frozen=True)
class StreamPlan:
    """One stream to code: its pictures in display order and how it is coded."""

    name: str
    """Either "hr" (the anchor, key frames, boundaries at whichever scale) or "lr" (all others)."""
    scale: Fraction
    qp_offset: int
    config: Config
    intra_period: int
    """Pictures of this stream from one intra picture to the next, 0 for one at the start."""
    pictures: tuple[Picture, ...]
    rpr: bool = False
    """The codec itself may code pictures smaller, see `codecpipe.codec.CodingSettings`."""
    qp_offsets: tuple[int, ...] = ()
    """Each picture's offset on top of `qp_offset` and of the codec's own; empty for none."""

    @cached_property
    def shown(self) -> tuple[int, ...]:
        """Source indices of the frames that are shown from this stream."""
        return tuple(picture.frame for picture in self.pictures if not picture.lead)

    @cached_property
    def leads(self) -> tuple[int, ...]:
        """Positions in this stream of the down-sampled decoded keys."""
        return tuple(at for at, picture in enumerate(self.pictures) if picture.lead)

    @cached_property
    def digest(self) -> str:
        """A hash of which frames it shows, at which scale, led by which."""
        frames = " ".join(f"{p.frame}{'*' if p.lead else ''}" for p in self.pictures)
        return digest({"scale": self.scale, "frames": frames})


@dataclass(frozen=True)
class FrameLayout:
    """All frames of a sequence on their streams. The HR stream, where there is one, comes first."""

    name: str
    config: Config
    frames: int
    options: LayoutOptions
    streams: tuple[StreamPlan, ...]

    @property
    def key_frames(self) -> frozenset[int]:
        """Source indices of the frames coded at a higher resolution than the others."""
        scales = {stream.scale for stream in self.streams}
        if len(scales) == 1:
            return frozenset()
        return frozenset(i for s in self.streams if s.scale == min(scales) for i in s.shown)


def anchor(frames: int, config: Config, options: LayoutOptions) -> FrameLayout:
    """The plain codec on all frames at source resolution."""
    stream = _hr(_plain(range(frames)), config, _period(config, options.gop))
    return FrameLayout("anchor", config, frames=frames, options=options, streams=(stream,))


def rpr(frames: int, config: Config, options: LayoutOptions) -> FrameLayout:
    """All frames in one stream whose picture size the codec chooses GOP by GOP (VVC's RPR)."""
    plain = anchor(frames, config, options)
    return replace(plain, name="rpr", streams=(replace(plain.streams[0], rpr=True),))


def uniform(frames: int, config: Config, options: LayoutOptions) -> FrameLayout:
    """All frames at 1/k in one stream: classic down-sampling based coding."""
    stream = _lr(_plain(range(frames)), config, _period(config, options.gop), options=options)
    return FrameLayout("uniform", config, frames=frames, options=options, streams=(stream,))


def crs(frames: int, config: Config, options: LayoutOptions) -> FrameLayout:
    """Key frames intra at full size, the frames between them LR, predicted from the key (CRS).

    The LR stream has the down-sampled decoded keys as leads; in AI nothing is predicted, and it has
    none.
    """
    keys = range(0, frames, options.gop or frames)
    others = [i for i in range(frames) if i not in keys]
    streams = [_hr(_plain(keys), Config.AI, 1)]
    if others:
        if config is Config.AI:
            pictures = _plain(others)
        else:
            # Looking backwards only, a key with no frame after it would predict nothing.
            end = frames if config is Config.RA else others[-1] + 1
            pictures = tuple(Picture(i, lead=i in keys) for i in range(end))
        streams.append(_lr(pictures, config, _period(config, options.gop), options=options))
    return FrameLayout("crs", config, frames=frames, options=options, streams=tuple(streams))


def tds(frames: int, config: Config, options: LayoutOptions) -> FrameLayout:
    """First and last frame of each group of N at full size, the middle ones LR (TDS).

    The boundary frames form one HR stream in the chosen configuration. In LDP, LDB and RA each
    group's middle frames are led by its down-sampled decoded first boundary.
    Boundaries are at 1/`boundary_scale`, at the base QP whatever that is (the paper is silent).
    """
    step = options.group - 1 if options.shared_boundary else options.group
    keys: list[int] = []
    lr: list[Picture] = []
    for first in range(0, frames, step):
        last = min(first + options.group - 1, frames - 1)
        if not keys or keys[-1] != first:
            keys.append(first)
        if last > first:
            keys.append(last)
        middle = range(first + 1, last)
        if middle and config is not Config.AI:
            lr.append(Picture(first, lead=True))
        lr.extend(Picture(i) for i in middle)
    boundaries = _hr(_plain(keys), config, _hr_period(config, options))
    streams = [replace(boundaries, scale=options.boundary_scale)]
    if lr:
        period = _period(config, options.group - 1)
        streams.append(_lr(tuple(lr), config, period, options=options))
    return FrameLayout("tds", config, frames=frames, options=options, streams=tuple(streams))


LAYOUTS: dict[str, Callable[[int, Config, LayoutOptions], FrameLayout]] = {
    "anchor": anchor,
    "uniform": uniform,
    "crs": crs,
    "tds": tds,
    "rpr": rpr,
}


@lru_cache(maxsize=1024)
def make_layout(name: str, frames: int, config: Config, options: LayoutOptions) -> FrameLayout:
    """The layout of that name; one object for all jobs of a sweep that have it.

    Raises:
        InputError: no such layout, no frames, or QP offsets where no LR inter picture is.
    """
    if name not in LAYOUTS:
        raise InputError(f"there is no layout '{name}': choose one of {', '.join(LAYOUTS)}")
    if frames < 1:
        raise InputError("there are no frames to code: give at least one")
    if name not in ("anchor", "rpr") and options.scale == 1:
        raise InputError("a scale of 1 does not down-sample: give more than 1, e.g. 2")
    if name != "tds" and options.boundary_scale != 1:
        raise InputError(f"layout {name} has no boundaries to scale down: they are for layout tds")
    layout = LAYOUTS[name](frames, config, options)
    if not any(options.lr_offsets):
        return layout
    if name in ("anchor", "rpr"):
        raise InputError(f"layout {name} has no LR stream to give QP offsets to: leave them out")
    if config is Config.AI:
        raise InputError("AI has no inter pictures to give LR QP offsets to: leave them out")
    streams = tuple(_with_offsets(stream, options.lr_offsets) for stream in layout.streams)
    return replace(layout, streams=streams)


def _with_offsets(stream: StreamPlan, pattern: tuple[int, ...]) -> StreamPlan:
    """An LR stream with the pattern laid over its inter pictures; others as they are."""
    if stream.name == "hr":
        return stream
    offsets, since = [], 0
    for at, picture in enumerate(stream.pictures):
        intra = at == 0 or (stream.intra_period and at % stream.intra_period == 0)
        since = 0 if picture.lead or intra else since + 1
        offsets.append(pattern[(since - 1) % len(pattern)] if since else 0)
    return replace(stream, qp_offsets=tuple(offsets) if any(offsets) else ())


def _hr(pictures: tuple[Picture, ...], config: Config, intra_period: int) -> StreamPlan:
    return StreamPlan(
        name="hr",
        scale=Fraction(1),
        qp_offset=0,
        config=config,
        intra_period=intra_period,
        pictures=pictures,
    )


def _lr(
    pictures: tuple[Picture, ...], config: Config, intra_period: int, *, options: LayoutOptions
) -> StreamPlan:
    plan = _hr(pictures, config, intra_period)
    return replace(plan, name="lr", scale=options.scale, qp_offset=-options.delta_qp)


def _plain(frames: range | list[int]) -> tuple[Picture, ...]:
    return tuple(Picture(i) for i in frames)


def _period(config: Config, gop: int) -> int:
    return 1 if config is Config.AI else gop


def _hr_period(config: Config, options: LayoutOptions) -> int:
    """The HR stream holds about 2 of N frames: its intra period is the GOP's share of them."""
    if config is Config.AI:
        return 1
    if not options.gop:
        return 0
    per_group, step = (1, options.group - 1) if options.shared_boundary else (2, options.group)
    return max(1, round(Fraction(options.gop * per_group, step)))
