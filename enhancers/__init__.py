"""The enhancers, one module each, by name."""

from collections.abc import Callable

from codecpipe.enhancer import Enhancer
from codecpipe.errors import InputError
from codecpipe.resample import Filter
from enhancers.interpolation import Interpolation

ENHANCERS: dict[str, Callable[[], Enhancer]] = {
    "bicubic": lambda: Interpolation(Filter.BICUBIC),
    "lanczos": lambda: Interpolation(Filter.LANCZOS),
}


def get_enhancer(name: str) -> Enhancer:
    """The enhancer of that name.

    Raises:
        InputError: there is none.
    """
    if name not in ENHANCERS:
        raise InputError(f"there is no enhancer '{name}': choose one of {', '.join(ENHANCERS)}")
    return ENHANCERS[name]()
