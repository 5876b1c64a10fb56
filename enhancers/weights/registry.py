"""The weights that come along with codecpipe: ``registry.yaml`` beside the files it lists."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import Field, field_validator

from codecpipe.errors import InputError
from codecpipe.yaml_file import Part, read_model
from enhancers.weights.file import read_meta, weights_sha256
from enhancers.weights.meta import WeightsMeta

REGISTRY = Path(__file__).with_name("registry.yaml")


class WeightsEntry(Part):
    """An entry of the registry."""

    name: str
    """The name that users give."""
    path: Path = Field(alias="file")
    """The weights file: beside the registry, where it is given by its name alone."""
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
    remark: str
    without: tuple[str, ...] = ()
    """Parts that the networks were trained without."""

    @field_validator("path")
    @classmethod
    def _in_the_folder(cls, file: Path) -> Path:
        if file.name != str(file):
            raise ValueError(f"'{file}' is not in the folder of the registry: correct it")
        return file

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
        """The metadata of the file; for errors see `enhancers.weights.file.read_meta`."""
        return read_meta(self.path)


class _Registry(Part):
    weights: tuple[WeightsEntry, ...]


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
    listed = read_model(path, _Registry, "a registry of weights").weights
    entries = tuple(one.model_copy(update={"path": path.parent / one.path}) for one in listed)
    names = [entry.name for entry in entries]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"'{path}' lists '{name}' twice: give each its own name")
    return entries
