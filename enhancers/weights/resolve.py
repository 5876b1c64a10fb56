"""From an enhancer's name and a video to one weights file, or a sentence on why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from codecpipe.errors import InputError
from enhancers.weights.file import SUFFIX, read_meta, weights_sha256
from enhancers.weights.meta import WeightsMeta
from enhancers.weights.registry import REGISTRY, find, load_registry


@dataclass(frozen=True)
class Wanted:
    """What weights are looked for.

    ``method``, ``variant`` (None: the best), ``named`` (a name of the registry or the path of a
    file; empty: any that fit the video), ``without``: as the enhancer's name has them. ``codec`` to
    ``layout``: the video's. ``keys_part``: the only part of the network that needs key frames at
    full size; None: all of it does.
    """

    method: str
    variant: str | None
    named: str
    without: tuple[str, ...]
    codec: str
    config: str
    scale: Fraction
    layout: str
    keys_part: str | None = None


@dataclass(frozen=True)
class Resolved:
    """A weights file; ``name``: in the registry, or the file's."""

    name: str
    path: Path
    sha256: str
    meta: WeightsMeta


def resolve(wanted: Wanted, registry: Path = REGISTRY) -> Resolved:
    """The weights to use. Weights that are named are used whatever codec and configuration.

    Raises:
        InputError: there are none; they are for another scale or method, or were trained with the
            parts that are to be left out; or the video's layout has no key frames and they need
            some.
    """
    found = _named(wanted, registry) if wanted.named else _fitting(wanted, registry)
    meta = found.meta
    if meta.method != wanted.method:
        raise InputError(
            f"the weights {found.name} are for {meta.method}, not for {wanted.method}: name others"
        )
    if meta.scale != wanted.scale:
        raise InputError(
            f"the weights {found.name} are for k = {meta.scale}, and this video has"
            f" k = {wanted.scale}: name others"
        )
    # Weights that are named may have been trained without parts, and nobody need say so again.
    if sorted(meta.without) != sorted(wanted.without) and (wanted.without or not wanted.named):
        raise InputError(
            f"the weights {found.name} were trained {_without(meta.without)}, not"
            f" {_without(wanted.without)}: train some so ('codecpipe train'), and name their file"
        )
    if wanted.layout == "uniform" and wanted.keys_part not in meta.without:
        or_else = f", or use weights trained without {wanted.keys_part}" if wanted.keys_part else ""
        raise InputError(
            f"{wanted.method} needs key frames at full size, which layout uniform has not: code in"
            f" layout crs or tds{or_else}"
        )
    return found


def _named(wanted: Wanted, registry: Path) -> Resolved:
    if wanted.named.endswith(SUFFIX):
        path = Path(wanted.named)
        return Resolved(path.name, path, weights_sha256(path), read_meta(path))
    for entry in load_registry(registry):
        if entry.name == wanted.named:
            entry.check()
            return Resolved(entry.name, entry.path, entry.sha256, entry.meta())
    raise InputError(
        f"there are no weights '{wanted.named}': {_have(wanted.method, registry)}, or name a"
        f" {SUFFIX} file"
    )


def _fitting(wanted: Wanted, registry: Path) -> Resolved:
    video = (wanted.codec, wanted.config, wanted.scale)
    entry = find(wanted.method, wanted.variant, *video, wanted.without, registry=registry)
    if entry is None:
        name = wanted.method + (f"-{wanted.variant}" if wanted.variant else "")
        left_out = f" {_without(wanted.without)}" if wanted.without else ""
        raise InputError(
            f"there are no weights of {name}{left_out} for {wanted.codec} {wanted.config},"
            f" k = {wanted.scale}: {_have(wanted.method, registry)}, or train some with 'codecpipe"
            f" train' and name the file, {wanted.method}:FILE{SUFFIX}"
        )
    entry.check()
    return Resolved(entry.name, entry.path, entry.sha256, entry.meta())


def _without(parts: Sequence[str]) -> str:
    return f"without {','.join(parts)}" if parts else "with all parts"


def _have(method: str, registry: Path) -> str:
    names = [entry.name for entry in load_registry(registry) if entry.method == method]
    return f"choose among {', '.join(names)}" if names else "none come with this version"
