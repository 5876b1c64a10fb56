"""A method as one value: what it is, what it needs, and where the code is that runs and trains it.

Light: a method's network, its restoring and its training are named by "module:attribute", and are
imported (torch with them) when they are used first.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from codecpipe.errors import InputError
from enhancers.network_config import Group, NetworkConfig

C = TypeVar("C", bound=NetworkConfig)

KEYLESS = "uniform"
"""The layout without key frames."""


@dataclass(frozen=True)
class Window:
    """Each frame is restored from neighbours in a window, and from key frames."""

    frames: int
    """LR frames in the window, the restored one included."""
    keys: int = 0
    """Key frames, at most: the one before, or those on both sides."""


@dataclass(frozen=True)
class Recurrence:
    """A frame is restored from frames that were restored before, within one group of pictures."""


@dataclass(frozen=True)
class Chunks:
    """The whole sequence is restored, forwards and backwards, so many frames at a time."""

    frames: int
    """Frames of a chunk."""
    overlap: int = 0
    """Frames that two chunks have in common."""


Tiles = Literal["exact", "approximate", "impossible"]
"""How a frame that is restored in tiles compares with one that is restored as a whole."""


@dataclass(frozen=True)
class Method(Generic[C]):
    """A method: networks of one make, how they restore and how they are trained."""

    name: str
    """Its name in the registry of enhancers, in training files and in weights files."""
    title: str
    """Its name in words."""
    variants: Mapping[str, C]
    """Its sizes, the best first, for luma, low delay and k = 2: see `config`."""
    network: str
    """The network's class, "module:attribute", made with a configuration."""
    restoring: str
    """An `enhancers.engine.restore.Restoring`, "module:attribute"."""
    training: str
    """Makes an `enhancers.training.task.TrainingKind` of this method, "module:attribute"."""
    cost: Callable[[C, int, int], int]
    """Floating-point operations for one restored plane of height × width samples, two for each
    multiply-add; without what is computed once a key frame."""
    temporal: Window | Recurrence | Chunks
    """Which frames a frame is restored from."""
    tiles: Tiles
    """Whether tiles give what whole frames give."""
    layouts: tuple[str, ...]
    """Frame layouts that it restores."""
    scales: tuple[int, ...] = (2, 4)
    """Values of k that it restores."""
    planes: tuple[Group, ...] = ("y", "uv")
    """Groups of planes that there can be networks for; one for rgb is the only one."""
    needs_keys: bool = False
    """Whether its networks need key frames at full size."""
    key_part: str | None = None
    """The part that they are needed for, where networks can do without it."""
    plan: str = ""
    """The class of its training files, a `enhancers.training.plan.TrainingPlan` with keys of its
    own, "module:attribute"; empty: it has none of its own."""

    @property
    def config_class(self) -> type[C]:
        """The class of its configurations."""
        return type(next(iter(self.variants.values())))

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that its networks can do without."""
        return self.config_class.parts

    def config(self, variant: str, **changes: Any) -> C:
        """The configuration of a variant with these fields changed; `InputError`: there is none."""
        kind = self.config_class
        if variant not in self.variants:
            known = ", ".join(self.variants)
            raise InputError(f"{kind.method} has no variant '{variant}': choose one of {known}")
        return kind.from_dict(self.variants[variant].to_dict() | changes)

    def needs_keys_without(self, without: Collection[str]) -> bool:
        """Whether a network without these parts needs key frames at full size."""
        return self.needs_keys and self.key_part not in without

    def check_layout(self, layout: str, without: Collection[str]) -> None:
        """Refuse, with an `InputError`, what networks without these parts do not restore."""
        if layout == KEYLESS and self.needs_keys_without(without):
            spare = self.key_part
            or_else = f", or use weights trained without {spare}" if spare else ""
            raise InputError(
                f"{self.name} needs key frames at full size, which layout {layout} has not: code in"
                f" layout {self.key_layouts}{or_else}"
            )
        if layout not in self.layouts:
            raise InputError(
                f"{self.name} does not restore layout {layout}: code in layout"
                f" {' or '.join(self.layouts)}, or choose another enhancer"
            )

    @property
    def key_layouts(self) -> str:
        """The layouts with key frames that it restores, in words."""
        return " or ".join(layout for layout in self.layouts if layout != KEYLESS)


def loaded(reference: str) -> Any:
    """The object that "module:attribute" names; imports the module."""
    module, _, attribute = reference.partition(":")
    return getattr(importlib.import_module(module), attribute)
