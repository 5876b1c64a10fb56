"""The candidates that each GOP is coded in one of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from codecpipe.digest import Keyed
from codecpipe.errors import InputError
from codecpipe.format import VideoFormat
from codecpipe.layout import Config, FrameLayout, LayoutOptions, make_layout
from codecpipe.video.resample import plan_size

ADAPTIVE = "adaptive"
DELTA_QP = 5
LR_LAYOUTS = ("crs", "uniform")
MAX_MODES = 16


@dataclass(frozen=True)
class Mode(Keyed):
    """One candidate: a layout, its scale k, and LR frames at ``qp - delta_qp``.

    The anchor's scale is 1 and its ``delta_qp`` is 0.
    """

    layout: str
    scale: Fraction = Fraction(1)
    delta_qp: int = 0

    @property
    def is_lr(self) -> bool:
        """Whether there are LR frames in it."""
        return self.layout in LR_LAYOUTS

    @property
    def label(self) -> str:
        """Such as ``anchor``, ``crs k2``, ``uniform k4 δ8``."""
        if not self.is_lr:
            return self.layout
        delta = "" if self.delta_qp == DELTA_QP else f" δ{self.delta_qp}"
        return f"{self.layout} k{self.scale}{delta}"

    def make(self, frames: int, config: Config, options: LayoutOptions) -> FrameLayout:
        """The ordinary layout of so many frames; scale and ``delta_qp`` are the mode's own."""
        if self.is_lr:
            options = replace(options, scale=self.scale, delta_qp=self.delta_qp)
        else:
            options = replace(options, lr_offsets=())
        return make_layout(self.layout, frames, config=config, options=options)


ANCHOR = Mode("anchor")
_TEXT = re.compile(
    r"(?P<layout>[a-z]+)"
    r"(\s+k?(?P<scale>[0-9]{1,4}(/[0-9]{1,4}|\.[0-9]{1,4})?)(\s+[dδ]?(?P<delta>-?[0-9]{1,2}))?)?"
)


def parse_mode(text: str, delta_qp: int = DELTA_QP) -> Mode:
    """The mode of a text such as ``crs 2``, ``uniform k4 d8`` or ``anchor``.

    A text without an offset gets `delta_qp`.

    Raises:
        InputError: the text names no mode.
    """
    found = _TEXT.fullmatch(text.strip())
    layout = found["layout"] if found else ""
    if layout == ANCHOR.layout and found and found["scale"] is None:
        return ANCHOR
    if not found or layout not in LR_LAYOUTS or found["scale"] is None:
        raise InputError(
            f"'{text}' is no mode of layout adaptive: give anchor, or crs or uniform with a scale,"
            " such as 'crs 2'"
        )
    numerator, _, denominator = found["scale"].partition("/")
    if denominator and not int(denominator):
        raise InputError(f"'{text}' divides by 0: give a scale such as 2, 4 or 3/2")
    scale = Fraction(numerator) / Fraction(denominator or 1)
    if scale <= 1:
        raise InputError(f"the scale of '{text}' does not down-sample: give more than 1, e.g. 2")
    return Mode(layout, scale, delta_qp if found["delta"] is None else int(found["delta"]))


def with_anchor(modes: Sequence[Mode]) -> tuple[Mode, ...]:
    """The candidates with the anchor first: it always is one, so that no GOP has to lose.

    Raises:
        InputError: one is there twice, there is none beside the anchor, or there are too many.
    """
    found = (ANCHOR, *(mode for mode in modes if mode != ANCHOR))
    twice = [mode.label for mode in found if found.count(mode) > 1]
    if twice:
        raise InputError(f"mode '{twice[0]}' of layout adaptive is there twice: take one out")
    if len(found) == 1:
        raise InputError(
            "layout adaptive has nothing to choose from beside the anchor: give modes such as"
            " 'crs 2' and 'uniform 2'"
        )
    if len(found) > MAX_MODES:
        raise InputError(
            f"layout adaptive takes {MAX_MODES} modes at most and has {len(found)}: take some out"
        )
    return found


def default_modes(fmt: VideoFormat, delta_qp: int = DELTA_QP) -> tuple[Mode, ...]:
    """The anchor, and crs and uniform at 2 and 4; InputError where a size is too small for 2."""
    scales = [Fraction(2)]
    plan_size(fmt.width, fmt.height, scales[0])
    if min(fmt.width, fmt.height) >= 4 * 16:
        scales.append(Fraction(4))
    return with_anchor([Mode(name, scale, delta_qp) for name in LR_LAYOUTS for scale in scales])
