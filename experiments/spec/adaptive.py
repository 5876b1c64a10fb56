"""Layout adaptive in an experiment file: which keys it has, and its candidate modes."""

from codecpipe.adaptive.modes import ADAPTIVE, Mode, default_modes, parse_mode, with_anchor
from codecpipe.errors import InputError
from codecpipe.format import VideoFormat
from experiments.spec.parts import LayoutPart

_OTHERS_ONLY = ("scale", "group", "shared_boundary", "boundary_scale")


_ADAPTIVE_ONLY = ("modes", "fast")


def check_adaptive(part: LayoutPart) -> None:
    """Refuse keys that a layout does not have, and modes that there are not.

    Raises:
        InputError: with what to do.
    """
    is_adaptive = part.layout == ADAPTIVE
    for key in _OTHERS_ONLY if is_adaptive else _ADAPTIVE_ONLY:
        if getattr(part, key) != LayoutPart.model_fields[key].default:
            what = "gives its scales in 'modes'" if key == "scale" else f"has no '{key}'"
            raise InputError(f"layout '{part.layout}' {what}: take '{key}' out")
    if is_adaptive and part.modes is not None:
        _modes(part.modes, part.delta_qp)


def modes_of(part: LayoutPart, fmt: VideoFormat) -> tuple[Mode, ...]:
    """The candidates: those of the file, else the default ones that the size allows.

    Raises:
        InputError: the size allows none.
    """
    if part.modes is None:
        return default_modes(fmt, part.delta_qp)
    return _modes(part.modes, part.delta_qp)


def _modes(texts: tuple[str, ...], delta_qp: int) -> tuple[Mode, ...]:
    return with_anchor([parse_mode(text, delta_qp) for text in texts])
