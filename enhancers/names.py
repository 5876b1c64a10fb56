"""The name of an enhancer, with its weights and the parts left out, as one canonical string."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from codecpipe.errors import InputError
from enhancers.weights.file import SUFFIX


@dataclass(frozen=True)
class EnhancerChoice:
    """A name in the registry of enhancers, and what is said beside it."""

    name: str
    """The name; after a colon may stand which weights: ``NAME:mine.safetensors``."""
    without: tuple[str, ...] = ()
    """Parts left out, each once and in alphabetical order."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "without", tuple(sorted(set(self.without))))

    @property
    def base(self) -> str:
        """The name in the registry of enhancers, without weights."""
        return self.name.partition(":")[0]

    @property
    def weights(self) -> str:
        """The weights that are named: ``my.safetensors`` of ``NAME:my.safetensors``; or empty."""
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
        """``NAME``, or ``NAME without PART,PART``: read back by :func:`parse_choice`."""
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
    """Refuse, with an `InputError`, to leave out a part that is not one of the ``parts``."""
    unknown = [part for part in choice.without if part not in parts]
    if unknown and not parts:
        raise InputError(f"{choice.name} has no parts: leave 'without' out")
    if unknown:
        raise InputError(
            f"{choice.name} has no part '{unknown[0]}': choose among {', '.join(parts)}"
        )
