"""The dataset cache: what ``codecpipe dataset build`` decoded, opened for training."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from codecpipe.errors import InputError
from enhancers.training.plan import Planes

Array = npt.NDArray[Any]
VERSION = 1


class _Entry(BaseModel):
    """Entries have more than training needs."""

    model_config = ConfigDict(extra="ignore", frozen=True)


_E = TypeVar("_E", bound=_Entry)


class Clip(_Entry):
    """A source clip."""

    name: str
    split: str
    scene: str
    """Clips of one scene are never in different splits."""
    bit_depth: int = Field(8, alias="source_bit_depth")
    source: dict[str, Any] = {}
    """Where it is from: its licence and hash."""


class _Item(_Entry):
    clip: str
    codec: str
    config: str
    layout: str
    scale: str | int | float
    qp: int
    folder: str


class _Decoded(_Entry):
    bit_depth: int
    frames: int
    keys: tuple[int, ...]
    qp: tuple[float, ...]


class _Dataset(_Entry):
    version: int
    clips: tuple[Clip, ...]
    items: tuple[_Item, ...]


class Group(NamedTuple):
    """LR frames between two keys, by their indices: ``frames`` are all from one to the other."""

    before: int
    frames: range
    after: int


@dataclass(frozen=True)
class Item:
    """One coding of a clip: its decoded pictures, and the source, as arrays on disk.

    Nothing is read before it is asked for.
    """

    dataset: Path
    clip: Clip
    codec: str
    config: str
    layout: str
    scale: int
    """k."""
    qp: int
    """The base QP it was coded at."""
    folder: Path

    @cached_property
    def decoded(self) -> _Decoded:
        """The depth, key frames and the QP of each frame, of ``item.json``."""
        return _read(self.folder / "item.json", _Decoded, "build the dataset again")

    @property
    def bit_depth(self) -> int:
        """Bit depth of the decoded pictures."""
        return self.decoded.bit_depth

    @cached_property
    def key_frames(self) -> tuple[int, ...]:
        """Frame indices of the keys, rising."""
        return self.decoded.keys

    @cached_property
    def lr_frames(self) -> tuple[int, ...]:
        """Frame indices of all that is no key."""
        keys = frozenset(self.key_frames)
        return tuple(index for index in range(self.decoded.frames) if index not in keys)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The LR frames that have a key on either side, rising."""
        ends = zip(self.key_frames, self.key_frames[1:], strict=False)
        return tuple(Group(a, range(a + 1, b), b) for a, b in ends if b > a + 1)

    def lr(self, planes: Planes) -> Array:
        """LR pictures of all frames [N, C, h, w], mapped from disk."""
        return _planes(self.folder / f"lr_{planes.value}.npy")

    def keys(self, planes: Planes) -> Array:
        """Decoded HR keys [K, C, H, W], mapped from disk."""
        return _planes(self.folder / f"key_{planes.value}.npy")

    def source(self, planes: Planes) -> Array:
        """Source pictures [N, C, H, W] at the source's depth, mapped from disk."""
        return _planes(self.dataset / "clips" / self.clip.name / f"{planes.value}.npy")

    @cached_property
    def lr_size(self) -> tuple[int, int]:
        """(height, width) of LR pictures in luma samples."""
        shape = self.lr(Planes.Y).shape
        return int(shape[-2]), int(shape[-1])


def _planes(path: Path) -> Array:
    try:
        array: Array = np.load(path, mmap_mode="r")
    except (OSError, ValueError) as error:
        raise InputError(f"'{path}' is missing or damaged: build the dataset again") from error
    return array[:, None] if array.ndim == 3 else array


def _read(path: Path, kind: type[_E], advice: str) -> _E:
    try:
        return kind.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise InputError(f"there is no '{path}': {advice}") from error
    except (OSError, ValueError, ValidationError) as error:
        raise InputError(f"'{path}' is damaged: {advice}") from error


def open_datasets(folders: Iterable[Path]) -> tuple[Item, ...]:
    """All items of some datasets, in their order.

    Raises:
        InputError: no dataset is there, or one of another version; a scene is in two splits.
    """
    items = tuple(item for folder in folders for item in _open(folder))
    _check_scenes(items)
    return items


def _open(folder: Path) -> list[Item]:
    advice = "make a dataset with 'codecpipe dataset build' and name its folder"
    dataset = _read(folder / "dataset.json", _Dataset, advice)
    if dataset.version != VERSION:
        raise InputError(
            f"'{folder}' is a dataset of version {dataset.version}, and this codecpipe reads"
            f" version {VERSION}: build it again"
        )
    clips = {clip.name: clip for clip in dataset.clips}
    items = []
    for item in dataset.items:
        if item.clip not in clips:
            raise InputError(
                f"'{folder}': an item is of the clip '{item.clip}', which is not listed:"
                " build the dataset again"
            )
        scale = Fraction(str(item.scale))
        if scale.denominator != 1:
            continue  # no network has a scale that is no whole number
        items.append(
            Item(
                dataset=folder,
                clip=clips[item.clip],
                codec=item.codec,
                config=item.config,
                layout=item.layout,
                scale=int(scale),
                qp=item.qp,
                folder=folder / item.folder,
            )
        )
    return items


def _check_scenes(items: Sequence[Item]) -> None:
    split_of: dict[str, Clip] = {}
    for item in items:
        clip = item.clip
        other = split_of.setdefault(clip.scene, clip)
        if other.split != clip.split:
            raise InputError(
                f"clips '{other.name}' ({other.split}) and '{clip.name}' ({clip.split}) show the"
                f" same scene '{clip.scene}': give both the same split and build the dataset again"
            )
