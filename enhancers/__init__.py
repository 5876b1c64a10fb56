"""The enhancers by name: filters, and networks with the weights that they are run with."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

from codecpipe.enhancer import Enhancer
from codecpipe.errors import InputError
from codecpipe.video.resample import Filter
from enhancers.crs.method import CrsFactory
from enhancers.engine.options import EngineOptions
from enhancers.interpolation import Interpolation
from enhancers.names import (
    EnhancerChoice,
    PartedFactory,
    WeightedFactory,
    check_parts,
    parse_choice,
)
from enhancers.srfr.method import SrfrFactory
from enhancers.weights.file import SUFFIX, read_meta
from enhancers.weights.resolve import Resolved, resolve

Factory = Callable[[], Enhancer] | PartedFactory | WeightedFactory

ENHANCERS: dict[str, Factory] = {
    "bicubic": lambda: Interpolation(Filter.BICUBIC),
    "lanczos": lambda: Interpolation(Filter.LANCZOS),
    "crs": CrsFactory(),
    "crs-full": CrsFactory("full"),
    "crs-small": CrsFactory("small"),
    "crs-tiny": CrsFactory("tiny"),
    "srfr": SrfrFactory(),
    "srfr-full": SrfrFactory("full"),
    "srfr-small": SrfrFactory("small"),
    "srfr-tiny": SrfrFactory("tiny"),
}
"""Networks may be followed by their weights: ``crs:NAME``, ``crs:FILE.safetensors``."""


def get_enhancer(
    name: str, without: Sequence[str] = (), options: EngineOptions | None = None
) -> Enhancer:
    """The enhancer of that name; ``without``: parts of it to leave out.

    ``name`` may say so itself: ``"crs without MAN,TCN"``. ``options``: how a network is run. Its
    weights are looked for when there is a video: they must fit its codec, configuration, scale.

    Raises:
        InputError: there is no such enhancer, it has no such part, or it is no network and a GPU is
            asked for.
    """
    choice = parse_choice(name, without)
    factory = _factory(choice)
    options = options or EngineOptions()
    if isinstance(factory, WeightedFactory):
        return factory.weighted(
            name=str(choice), without=choice.without, weights=choice.weights, options=options
        )
    if options.device == "cuda":
        raise InputError(f"{choice.base} does not run on a GPU: leave --device out")
    if isinstance(factory, PartedFactory):
        return factory(without=choice.without)
    return factory()


def load(name: str | Path, options: EngineOptions | None = None) -> Enhancer:
    """The enhancer of that name, or of the weights file at that path.

    Raises:
        InputError: as `get_enhancer`, or there is no such file.
    """
    text = str(name)
    if text.endswith(SUFFIX) and text.partition(":")[0] not in ENHANCERS:
        text = f"{read_meta(Path(text)).method}:{text}"
    return get_enhancer(text, options=options)


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


def enhancer_weights(
    name: str, codec: str, config: str, scale: Fraction, layout: str = "crs"
) -> Resolved | None:
    """The weights that an enhancer restores such a video with; None for one that has none.

    Raises:
        InputError: as `get_enhancer`; no weights fit, or they need key frames and the layout has
            none.
    """
    choice = parse_choice(name)
    factory = _factory(choice)
    if not isinstance(factory, WeightedFactory):
        return None
    return resolve(
        factory.wanted(
            without=choice.without,
            weights=choice.weights,
            codec=codec,
            config=config,
            scale=scale,
            layout=layout,
        )
    )


def _factory(choice: EnhancerChoice) -> Factory:
    factory = ENHANCERS.get(choice.base)
    if factory is None:
        have = ", ".join(ENHANCERS)
        raise InputError(f"there is no enhancer '{choice.base}': choose one of {have}")
    weighted = isinstance(factory, WeightedFactory)
    if choice.weights and not weighted:
        raise InputError(f"{choice.base} has no weights: leave ':{choice.weights}' out")
    if choice.name.endswith(":"):
        raise InputError(f"'{choice.name}' names no weights: leave the colon out, or name some")
    if isinstance(factory, WeightedFactory) and choice.weights and choice.base != factory.method:
        raise InputError(
            f"'{choice.name}' names a variant and weights: write {factory.method}:{choice.weights}"
        )
    parts = factory.parts if isinstance(factory, PartedFactory | WeightedFactory) else ()
    check_parts(choice, parts)
    return factory
