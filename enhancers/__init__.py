"""The enhancers by name: filters, and networks with the weights that they are run with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from codecpipe.enhancer import Enhancer
from codecpipe.errors import InputError
from codecpipe.video.resample import Filter
from enhancers.engine.enhancer import NetworkEnhancer
from enhancers.engine.method import Method
from enhancers.engine.options import EngineOptions
from enhancers.interpolation import Interpolation
from enhancers.methods import METHODS
from enhancers.names import EnhancerChoice, check_parts, parse_choice
from enhancers.weights.file import SUFFIX, read_meta
from enhancers.weights.resolve import WeightsFile

FILTERS: Mapping[str, Filter] = MappingProxyType(
    {kernel.value: kernel for kernel in (Filter.BICUBIC, Filter.LANCZOS)}
)


class _Network(NamedTuple):
    """A method, and the variant that a name asks for; None: the best that there is."""

    method: Method[Any]
    variant: str | None


def _networks() -> dict[str, _Network]:
    """The networks by name: ``METHOD``, and ``METHOD-VARIANT`` for each of its variants."""
    return {
        name: _Network(method, variant)
        for method in METHODS.values()
        for name, variant in (
            (method.name, None),
            *((f"{method.name}-{variant}", variant) for variant in method.variants),
        )
    }


ENHANCERS = (*FILTERS, *_networks())
"""All names. A method's may be followed by its weights: ``crs:NAME``, ``crs:FILE.safetensors``."""


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
    return _made(parse_choice(name, without), options or EngineOptions())


def load(name: str | Path, options: EngineOptions | None = None) -> Enhancer:
    """The enhancer of that name, or of the weights file at that path.

    ``"lanczos"``, ``"crs"``, ``"crs:NAME"`` as `get_enhancer` has them; a path ends with
    ``.safetensors``, and its file says which method it is of.

    Raises:
        InputError: as `get_enhancer`; there is no such file, or its method is not known here.
    """
    text = str(name)
    named = isinstance(name, str) and text.partition(":")[0] in _networks()
    if named or not text.endswith(SUFFIX):
        return get_enhancer(text, options=options)
    method = read_meta(Path(text)).method
    if method not in METHODS:
        raise InputError(
            f"'{text}' has weights of the method '{method}', which this version of codecpipe does"
            " not know: update it"
        )
    return _made(EnhancerChoice(f"{method}:{text}"), options or EngineOptions())


def check_enhancer(name: str) -> None:
    """Refuse what `get_enhancer` would refuse; makes nothing, so that it costs nothing.

    Raises:
        InputError: as `get_enhancer`.
    """
    _network(parse_choice(name))


def wants_gpu(name: str) -> bool:
    """Whether the enhancer's restoring should be done where there is a GPU.

    Raises:
        InputError: as `get_enhancer`.
    """
    return _network(parse_choice(name)) is not None


def enhancer_weights(
    name: str, codec: str, config: str, scale: Fraction, layout: str = "crs"
) -> WeightsFile | None:
    """The weights that an enhancer restores such a video with; None for one that has none.

    Raises:
        InputError: as `get_enhancer`; no weights fit, or they need key frames and the layout has
            none.
    """
    choice = parse_choice(name)
    network = _network(choice)
    if network is None:
        return None
    return network.method.weights_for(
        variant=network.variant,
        named=choice.weights,
        without=choice.without,
        codec=codec,
        config=config,
        scale=scale,
        layout=layout,
    )


def _made(choice: EnhancerChoice, options: EngineOptions) -> Enhancer:
    network = _network(choice)
    if network is not None:
        return NetworkEnhancer(
            name=str(choice),
            method=network.method,
            variant=network.variant,
            without=choice.without,
            weights=choice.weights,
            options=options,
        )
    if options.device == "cuda":
        raise InputError(f"{choice.base} does not run on a GPU: leave --device out")
    return Interpolation(FILTERS[choice.base])


def _network(choice: EnhancerChoice) -> _Network | None:
    """The network that a choice names; None for a filter.

    Raises:
        InputError: as `get_enhancer`.
    """
    network = _networks().get(choice.base)
    if network is None and choice.base not in FILTERS:
        have = ", ".join((*FILTERS, *_networks()))
        raise InputError(f"there is no enhancer '{choice.base}': choose one of {have}")
    if network is None and choice.weights:
        raise InputError(f"{choice.base} has no weights: leave ':{choice.weights}' out")
    if choice.name.endswith(":"):
        raise InputError(f"'{choice.name}' names no weights: leave the colon out, or name some")
    if network is not None and network.variant is not None and choice.weights:
        raise InputError(
            f"'{choice.name}' names a variant and weights: write"
            f" {network.method.name}:{choice.weights}"
        )
    check_parts(choice, network.method.parts if network is not None else ())
    return network
