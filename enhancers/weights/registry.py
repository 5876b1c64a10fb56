"""The weights that come along with codecpipe: ``registry.yaml`` beside the files it lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from codecpipe.errors import InputError
from enhancers.weights.file import read_meta, weights_sha256
from enhancers.weights.meta import WeightsMeta

FOLDER = Path(__file__).parent
REGISTRY = FOLDER / "registry.yaml"

_KEYS = frozenset("name file sha256 method variant codec config layouts scale qps remark".split())
_OPTIONAL = frozenset({"without"})


@dataclass(frozen=True)
class WeightsEntry:
    """An entry of the registry."""

    name: str
    """The name that users give."""
    path: Path
    """Path of the weights file."""
    sha256: str
    """SHA-256 of the weights file, in hexadecimal."""
    method: str
    variant: str
    codec: str
    """Codecs they were trained for, comma-separated."""
    config: str
    """Coding configurations they were trained for, comma-separated."""
    layouts: tuple[str, ...]
    """Frame layouts they are meant for."""
    scale: int
    """k."""
    qps: tuple[int, ...]
    """Base QPs they were trained at."""
    remark: str = ""
    without: tuple[str, ...] = ()
    """Parts that the networks were trained without."""

    def check(self) -> None:
        """Refuse a file that is not the one the registry means.

        Raises:
            InputError: it is missing or another.
        """
        if weights_sha256(self.path) != self.sha256:
            raise InputError(
                f"'{self.path}' is not the file that codecpipe came with: install codecpipe again"
            )

    def meta(self) -> WeightsMeta:
        """The metadata of the file.

        Raises:
            InputError: see `enhancers.weights.file.read_meta`.
        """
        return read_meta(self.path)


def load_registry(path: Path = REGISTRY) -> tuple[WeightsEntry, ...]:
    """All weights that a registry lists, in its order. The files themselves are not opened.

    Raises:
        InputError: it cannot be read, or is not a registry.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise InputError(f"'{path}' cannot be read: install codecpipe again") from error
    return _load(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=8)
def _load(path: Path, _size: int, _changed: int) -> tuple[WeightsEntry, ...]:
    """`load_registry`; a plan asks thousands of times, so each state of a file is read once."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise InputError(f"'{path}' cannot be read: install codecpipe again") from error
    listed = content.get("weights") if isinstance(content, dict) else None
    if not isinstance(listed, list):
        raise InputError(f"'{path}' has no list 'weights': install codecpipe again")
    entries = tuple(_entry(one, path) for one in listed)
    names = [entry.name for entry in entries]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"'{path}' lists '{name}' twice: give each its own name")
    return entries


def find(
    *,
    method: str,
    variants: Sequence[str],
    codec: str,
    config: str,
    scale: object,
    without: Sequence[str] = (),
    registry: Path = REGISTRY,
) -> WeightsEntry | None:
    """The best weights for these, None where there are none.

    ``variants``: those that will do, the best first. Weights trained without parts are found where
    just those parts are left out.
    """
    found = [
        entry
        for entry in load_registry(registry)
        if (entry.method, entry.scale) == (method, scale)
        and codec in entry.codec.split(",")
        and config in entry.config.split(",")
        and sorted(entry.without) == sorted(without)
        and entry.variant in variants
    ]
    return min(found, key=lambda entry: variants.index(entry.variant), default=None)


def _entry(content: Any, path: Path) -> WeightsEntry:
    if not isinstance(content, dict) or not _KEYS <= content.keys() <= _KEYS | _OPTIONAL:
        raise InputError(
            f"an entry of '{path}' has not just the keys {', '.join(sorted(_KEYS))}: correct it"
        )
    file = str(content["file"])
    if Path(file).name != file:
        raise InputError(f"'{path}' names '{file}', which is not in its folder: correct it")
    try:
        return WeightsEntry(
            name=str(content["name"]),
            path=path.parent / file,
            sha256=str(content["sha256"]),
            method=str(content["method"]),
            variant=str(content["variant"]),
            codec=str(content["codec"]),
            config=str(content["config"]),
            layouts=tuple(map(str, content["layouts"])),
            scale=int(content["scale"]),
            qps=tuple(int(qp) for qp in content["qps"]),
            remark=str(content["remark"]),
            without=tuple(map(str, content.get("without", ()))),
        )
    except (TypeError, ValueError) as error:
        raise InputError(f"an entry of '{path}' is not as it should be ({error})") from error
