"""The enhancers, one module each, by name."""

from collections.abc import Callable, Sequence

from codecpipe.enhancer import Enhancer
from codecpipe.errors import InputError
from codecpipe.resample import Filter
from enhancers.choice import EnhancerChoice, PartedFactory, check_parts, parse_choice
from enhancers.interpolation import Interpolation

ENHANCERS: dict[str, Callable[[], Enhancer] | PartedFactory] = {
    "bicubic": lambda: Interpolation(Filter.BICUBIC),
    "lanczos": lambda: Interpolation(Filter.LANCZOS),
}


def get_enhancer(name: str, without: Sequence[str] = ()) -> Enhancer:
    """The enhancer of that name; ``without``: parts of it to leave out.

    ``name`` may say so itself: ``"crs without MAN,TCN"``.

    Raises:
        InputError: there is no such enhancer, or it has no such part; names those that exist.
    """
    choice = parse_choice(name, without)
    factory = _factory(choice)
    if isinstance(factory, PartedFactory):
        return factory(without=choice.without)
    return factory()


def check_enhancer(name: str) -> None:
    """Refuse what `get_enhancer` would refuse; makes nothing, so that it costs nothing.

    Raises:
        InputError: as `get_enhancer`.
    """
    _factory(parse_choice(name))


def wants_gpu(name: str) -> bool:
    """Whether the enhancer's restoring should be done where there is a GPU.

    Its factory says so, by an attribute ``wants_gpu``.

    Raises:
        InputError: as `get_enhancer`.
    """
    return bool(getattr(_factory(parse_choice(name)), "wants_gpu", False))


def _factory(choice: EnhancerChoice) -> Callable[[], Enhancer] | PartedFactory:
    factory = ENHANCERS.get(choice.name)
    if factory is None:
        have = ", ".join(ENHANCERS)
        raise InputError(f"there is no enhancer '{choice.name}': choose one of {have}")
    check_parts(choice, factory.parts if isinstance(factory, PartedFactory) else ())
    return factory
