"""The enhancers by name: filters, and networks with the weights that they are run with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

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


def _networks() -> dict[str, tuple[Method[Any], str | None]]:
    """The networks by name, ``METHOD`` or ``METHOD-VARIANT``: each a method and its variant.

    Without a variant the best that there is will be taken.
    """
    found: dict[str, tuple[Method[Any], str | None]] = {}
    for method in METHODS.values():
        found[method.name] = (method, None)
        found |= {f"{method.name}-{variant}": (method, variant) for variant in method.variants}
    return found


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
    return _made(parse_choice(name, without), options)


def load(name: str | Path, options: EngineOptions | None = None) -> Enhancer:
    """The enhancer of that name, or of the weights file at that path.

    Names are as for `get_enhancer`; a path ends with ``.safetensors``, and its file says which
    method it is of.

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
    return _made(EnhancerChoice(f"{method}:{text}"), options)


def check_enhancer(name: str) -> None:
    """Refuse what `get_enhancer` would refuse, with the same errors."""
    get_enhancer(name)


def wants_gpu(name: str) -> bool:
    """Whether restoring should be done where there is a GPU; errors as those of `get_enhancer`."""
    return isinstance(get_enhancer(name), NetworkEnhancer)


def enhancer_weights(
    name: str, codec: str, config: str, scale: Fraction, layout: str = "crs"
) -> WeightsFile | None:
    """The weights that an enhancer restores such a video with; None for one that has none.

    Raises:
        InputError: as `get_enhancer`; no weights fit, or they need key frames and the layout has
            none.
    """
    found = get_enhancer(name)
    if not isinstance(found, NetworkEnhancer):
        return None
    return found.weights_for(codec, config, scale, layout)


def _made(choice: EnhancerChoice, options: EngineOptions | None) -> Enhancer:
    options = options or EngineOptions()
    networks = _networks()
    method, variant = networks.get(choice.base, (None, None))
    if method is None and choice.base not in FILTERS:
        have = ", ".join((*FILTERS, *networks))
        raise InputError(f"there is no enhancer '{choice.base}': choose one of {have}")
    if method is None and choice.weights:
        raise InputError(f"{choice.base} has no weights: leave ':{choice.weights}' out")
    if choice.name.endswith(":"):
        raise InputError(f"'{choice.name}' names no weights: leave the colon out, or name some")
    if method is not None and variant is not None and choice.weights:
        raise InputError(
            f"'{choice.name}' names a variant and weights: write {method.name}:{choice.weights}"
        )
    check_parts(choice, method.parts if method is not None else ())
    if method is not None:
        return NetworkEnhancer(
            name=str(choice),
            method=method,
            variant=variant,
            without=choice.without,
            weights=choice.weights,
            options=options,
        )
    if options.device == "cuda":
        raise InputError(f"{choice.base} does not run on a GPU: leave --device out")
    return Interpolation(FILTERS[choice.base])
