"""Which enhancer, and which of its named parts are left out, as one canonical string."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Protocol, runtime_checkable

from codecpipe.enhancer import Enhancer
from codecpipe.errors import InputError
from enhancers.engine.options import EngineOptions
from enhancers.weights.file import SUFFIX
from enhancers.weights.resolve import Wanted


@runtime_checkable
class PartedFactory(Protocol):
    """A factory whose enhancers work with some of their parts left out, for ablations.

    ``parts``: their names, as the method's paper has them, without commas and spaces.
    """

    parts: tuple[str, ...]

    def __call__(self, *, without: tuple[str, ...]) -> Enhancer:
        """The enhancer without these parts, all of which are in ``parts``."""
        ...


@runtime_checkable
class WeightedFactory(Protocol):
    """A factory of enhancers that need trained weights: those of networks.

    ``method``: its name before ``:weights``. ``parts``: see `PartedFactory`. ``wants_gpu``:
    restoring should be done where there is a GPU.
    """

    @property
    def method(self) -> str: ...  # noqa: D102

    @property
    def parts(self) -> tuple[str, ...]: ...  # noqa: D102

    @property
    def wants_gpu(self) -> bool: ...  # noqa: D102

    def weighted(
        self, *, name: str, without: tuple[str, ...], weights: str, options: EngineOptions
    ) -> Enhancer:
        """The enhancer; which weights fit is found out when there is a video.

        ``name``: what it is called. ``weights``: those that are named, or empty.
        """
        ...

    def wanted(
        self,
        *,
        without: tuple[str, ...],
        weights: str,
        codec: str,
        config: str,
        scale: Fraction,
        layout: str,
    ) -> Wanted:
        """What `enhancers.weights.resolve.resolve` is to look for."""
        ...


@dataclass(frozen=True)
class EnhancerChoice:
    """A name in the registry and the parts left out, each once and in alphabetical order.

    After the name and a colon may stand which weights: ``crs:mine.safetensors``.
    """

    name: str
    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "without", tuple(sorted(set(self.without))))

    @property
    def base(self) -> str:
        """The name in the registry of enhancers: ``crs`` of ``crs:mine.safetensors``."""
        return self.name.partition(":")[0]

    @property
    def weights(self) -> str:
        """The weights that are named: ``my.safetensors`` of ``crs:my.safetensors``; or empty."""
        return self.name.partition(":")[2]

    def within(self, folder: Path) -> EnhancerChoice:
        """The same, with the path of a weights file taken from ``folder`` on."""
        if not self.weights.endswith(SUFFIX):
            return self
        return replace(self, name=f"{self.base}:{(folder / self.weights).absolute()}")

    @property
    def portable(self) -> EnhancerChoice:
        """The same, with the mere name of a weights file: what results and keys of points have."""
        if not self.weights.endswith(SUFFIX):
            return self
        return replace(self, name=f"{self.base}:{Path(self.weights).name}")

    def __str__(self) -> str:
        """``crs``, or ``crs without MAN,TCN``: read back by :func:`parse_choice`."""
        return self.name + (f" without {','.join(self.without)}" if self.without else "")


def parse_choice(text: str, without: Sequence[str] = ()) -> EnhancerChoice:
    """The choice that ``text`` says, with the parts in ``without`` left out, too.

    Raises:
        InputError: "without" is there, and no part after it.
    """
    found = re.fullmatch(r"(.*?)(?:\s+without\b(.*))?", text.strip())
    name, listed = found.groups() if found else (text, None)
    parts = () if listed is None else tuple(part.strip() for part in listed.split(","))
    if not all(parts):
        raise InputError(f"'{text}' leaves out no part: write e.g. 'NAME without PART,PART'")
    return EnhancerChoice(name, (*parts, *without))


def check_parts(choice: EnhancerChoice, parts: Sequence[str]) -> None:
    """Refuse to leave out a part that is not among ``parts``, those that the enhancer has.

    Raises:
        InputError: names the parts that there are.
    """
    unknown = [part for part in choice.without if part not in parts]
    if unknown and not parts:
        raise InputError(f"{choice.name} has no parts: leave 'without' out")
    if unknown:
        raise InputError(
            f"{choice.name} has no part '{unknown[0]}': choose among {', '.join(parts)}"
        )
