"""Frame layouts: which frame goes into which stream, at which scale, with which QP.

Every scheme of the papers is a value of one type, `FrameLayout`, made by a pure function of the
number of frames, the configuration and the options. Sources: CRS, Section II and V (eq. 14);
TDS, Section 3.2.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from codecpipe.errors import InputError


class Config(StrEnum):
    """Coding configurations: all-intra, low-delay P, low-delay B, random access."""

    AI = "AI"
    LDP = "LDP"
    LDB = "LDB"
    RA = "RA"


@dataclass(frozen=True)
class LayoutOptions:
    """What can be chosen about a layout.

    ``scale``: k, source over LR size. ``gop``: frames from one key (or intra) frame to the next,
    0 for one at the start only. ``group``: N of TDS, odd. ``delta_qp``: LR frames are coded at
    ``qp - delta_qp``. ``shared_boundary``: TDS groups share the boundary frame between them.
    ``inject``: predict LR frames from the down-sampled decoded key without paying for it.
    """

    scale: Fraction = Fraction(2)
    gop: int = 0
    group: int = 5
    delta_qp: int = 5
    shared_boundary: bool = False
    inject: bool = True

    def __post_init__(self) -> None:
        if self.scale < 1:
            raise InputError(f"a scale of {self.scale} would up-sample: give more than 1, e.g. 2")
        if self.gop < 0:
            raise InputError(f"a GOP of {self.gop} frames cannot be: give 0 (one GOP) or more")
        if self.group < 3 or self.group % 2 == 0:
            raise InputError(
                f"a TDS group of {self.group} frames cannot be: give an odd number ≥ 3"
            )


@dataclass(frozen=True)
class Picture:
    """One picture of a stream, in display order.

    ``frame``: index in the source. ``lead``: it is a down-sampled decoded key, there for
    prediction only; what is shown of that frame comes from the HR stream.
    """

    frame: int
    lead: bool = False


@dataclass(frozen=True)
class StreamPlan:
    """One stream to code: its pictures in display order and how it is coded.

    ``intra_period``: pictures of this stream from one intra picture to the next, 0 for one.
    ``rpr``: the codec itself may code pictures smaller, see `codecpipe.codec.CodingSettings`.
    """

    name: str
    scale: Fraction
    qp_offset: int
    config: Config
    intra_period: int
    pictures: tuple[Picture, ...]
    rpr: bool = False

    @property
    def shown(self) -> tuple[int, ...]:
        """Source indices of the frames that are shown from this stream."""
        return tuple(picture.frame for picture in self.pictures if not picture.lead)

    @property
    def leads(self) -> tuple[int, ...]:
        """Positions in this stream of the down-sampled decoded keys."""
        return tuple(at for at, picture in enumerate(self.pictures) if picture.lead)


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
        """Source indices of the frames coded at full size beside others that are not."""
        if all(stream.scale == 1 for stream in self.streams):
            return frozenset()
        return frozenset(i for stream in self.streams if stream.scale == 1 for i in stream.shown)

    def stream_of(self) -> tuple[int, ...]:
        """For each frame the index of the stream that it is shown from."""
        where = [-1] * self.frames
        for index, stream in enumerate(self.streams):
            for frame in stream.shown:
                where[frame] = index
        return tuple(where)


def anchor(frames: int, config: Config, options: LayoutOptions) -> FrameLayout:
    """The plain codec on all frames at source resolution."""
    stream = StreamPlan(
        "hr", Fraction(1), 0, config, _period(config, options.gop), _plain(range(frames))
    )
    return FrameLayout("anchor", config, frames, options, (stream,))


def rpr(frames: int, config: Config, options: LayoutOptions) -> FrameLayout:
    """All frames in one stream whose picture size the codec chooses GOP by GOP (VVC's RPR)."""
    (stream,) = anchor(frames, config, options).streams
    return FrameLayout("rpr", config, frames, options, (replace(stream, rpr=True),))


def uniform(frames: int, config: Config, options: LayoutOptions) -> FrameLayout:
    """All frames at 1/k in one stream: classic down-sampling based coding."""
    stream = StreamPlan(
        "lr",
        options.scale,
        -options.delta_qp,
        config,
        _period(config, options.gop),
        _plain(range(frames)),
    )
    return FrameLayout("uniform", config, frames, options, (stream,))


def crs(frames: int, config: Config, options: LayoutOptions) -> FrameLayout:
    """Key frames intra at full size, the frames between them LR, predicted from the key (CRS).

    The LR stream holds the down-sampled decoded keys as leads; in AI nothing is predicted, and
    there are none.
    """
    keys = range(0, frames, options.gop or frames)
    others = [i for i in range(frames) if i not in keys]
    streams = [StreamPlan("hr", Fraction(1), 0, Config.AI, 1, _plain(keys))]
    if others:
        if config is Config.AI:
            pictures = _plain(others)
        else:
            # Looking backwards only, a key with no frame after it would predict nothing.
            end = frames if config is Config.RA else others[-1] + 1
            pictures = tuple(Picture(i, lead=i in keys) for i in range(end))
        streams.append(
            StreamPlan(
                "lr",
                options.scale,
                -options.delta_qp,
                config,
                _period(config, options.gop),
                pictures,
            )
        )
    return FrameLayout("crs", config, frames, options, tuple(streams))


def tds(frames: int, config: Config, options: LayoutOptions) -> FrameLayout:
    """First and last frame of each group of N at full size, the middle ones LR (TDS).

    The boundary frames form one HR stream in the chosen configuration. In LDP, LDB and RA each
    group's middle frames are led by its down-sampled decoded first boundary.
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
    streams = [StreamPlan("hr", Fraction(1), 0, config, _hr_period(config, options), _plain(keys))]
    if lr:
        period = 1 if config is Config.AI else options.group - 1
        streams.append(
            StreamPlan("lr", options.scale, -options.delta_qp, config, period, tuple(lr))
        )
    return FrameLayout("tds", config, frames, options, tuple(streams))


LAYOUTS: dict[str, Callable[[int, Config, LayoutOptions], FrameLayout]] = {
    "anchor": anchor,
    "uniform": uniform,
    "crs": crs,
    "tds": tds,
    "rpr": rpr,
}


def make_layout(name: str, frames: int, config: Config, options: LayoutOptions) -> FrameLayout:
    """The layout of that name.

    Raises:
        InputError: no such layout, or no frames.
    """
    if name not in LAYOUTS:
        raise InputError(f"there is no layout '{name}': choose one of {', '.join(LAYOUTS)}")
    if frames < 1:
        raise InputError("there are no frames to code: give at least one")
    if name not in ("anchor", "rpr") and options.scale == 1:
        raise InputError("a scale of 1 does not down-sample: give more than 1, e.g. 2")
    return LAYOUTS[name](frames, config, options)


def default_gop(config: Config, fps: Fraction, mini_gop: int = 8) -> int:
    """One second in whole mini-GOPs, as the JVET CTC do (of 8: 24 → 24, 30 → 32, 60 → 64 frames).

    ``mini_gop``: the codec's, see `codecpipe.codec.Codec.mini_gop`.
    """
    if config is Config.AI:
        return 1
    return max(mini_gop, (round(fps) + mini_gop // 2) // mini_gop * mini_gop)


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
    per_group = 1 if options.shared_boundary else 2
    step = options.group - 1 if options.shared_boundary else options.group
    return max(1, round(Fraction(options.gop * per_group, step)))
