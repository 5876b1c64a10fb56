"""From an enhancer's name and a video to one weights file, or a sentence on why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from codecpipe.errors import InputError
from enhancers.weights.file import SUFFIX, read_meta, weights_sha256
from enhancers.weights.meta import WeightsMeta
from enhancers.weights.registry import REGISTRY, WeightsEntry, load_registry


@dataclass(frozen=True)
class WeightsQuery:
    """Which weights are looked for."""

    method: str
    variants: tuple[str, ...]
    """The sizes of the network that will do, the best first."""
    named: str
    """A name of the registry or the path of a file; empty: any that fit the video."""
    without: tuple[str, ...]
    """Parts that the network is to do without."""
    codec: str
    config: str
    scale: Fraction
    """k of the video, as its codec and coding configuration before."""


@dataclass(frozen=True)
class WeightsFile:
    """A weights file that was found."""

    name: str
    """Its name in the registry, or the file's."""
    path: Path
    sha256: str
    meta: WeightsMeta


def resolve(query: WeightsQuery, registry: Path = REGISTRY) -> WeightsFile:
    """The weights to use. Weights that are named are used whatever codec and configuration.

    Raises:
        InputError: there are none; they are for another scale or method, or were trained with the
            parts that are to be left out.
    """
    found = _named(query, registry) if query.named else _fitting(query, registry)
    meta = found.meta
    if meta.method != query.method:
        raise InputError(
            f"the weights {found.name} are for {meta.method}, not for {query.method}: name others"
        )
    if meta.scale != query.scale:
        raise InputError(
            f"the weights {found.name} are for k = {meta.scale}, and this video has"
            f" k = {query.scale}: name others"
        )
    # Weights that are named may have been trained without parts, and nobody need say so again.
    if sorted(meta.without) != sorted(query.without) and (query.without or not query.named):
        raise InputError(
            f"the weights {found.name} were trained {_without(meta.without)}, not"
            f" {_without(query.without)}: train some so ('codecpipe train'), and name their file"
        )
    return found


def _named(query: WeightsQuery, registry: Path) -> WeightsFile:
    if query.named.endswith(SUFFIX):
        path = Path(query.named)
        return WeightsFile(path.name, path, weights_sha256(path), read_meta(path))
    for entry in load_registry(registry):
        if entry.name == query.named:
            return _checked(entry)
    raise InputError(
        f"there are no weights '{query.named}': {_have(query.method, registry)}, or name a"
        f" {SUFFIX} file"
    )


def _fitting(query: WeightsQuery, registry: Path) -> WeightsFile:
    """The best weights; those trained without parts are for who leaves out just these."""
    found = [
        entry
        for entry in load_registry(registry)
        if entry.method == query.method
        and entry.scale == query.scale
        and query.codec in entry.codec.split(",")
        and query.config in entry.config.split(",")
        and sorted(entry.without) == sorted(query.without)
        and entry.variant in query.variants
    ]
    if found:
        return _checked(min(found, key=lambda entry: query.variants.index(entry.variant)))
    kind = f"-{query.variants[0]}" if len(query.variants) == 1 else ""
    left_out = f" {_without(query.without)}" if query.without else ""
    raise InputError(
        f"there are no weights of {query.method}{kind}{left_out} for {query.codec}"
        f" {query.config}, k = {query.scale}: {_have(query.method, registry)}, or train some"
        f" with 'codecpipe train' and name the file, {query.method}:FILE{SUFFIX}"
    )


def _checked(entry: WeightsEntry) -> WeightsFile:
    entry.check()
    return WeightsFile(entry.name, entry.path, entry.sha256, entry.meta())


def _without(parts: Sequence[str]) -> str:
    return f"without {','.join(parts)}" if parts else "with all parts"


def _have(method: str, registry: Path) -> str:
    names = [entry.name for entry in load_registry(registry) if entry.method == method]
    return f"choose among {', '.join(names)}" if names else "none come with this version"
