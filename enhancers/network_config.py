"""The part that the configurations of all networks share: checks, and how they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from types import MappingProxyType
from typing import Any, ClassVar, Literal, Self, get_args

from codecpipe.errors import InputError

Group = Literal["y", "uv", "rgb"]
"""Planes that one network restores together: luma, both chroma planes, or all of them as RGB."""

GROUPS: tuple[Group, ...] = get_args(Group)
PLANE_COUNT: Mapping[Group, int] = MappingProxyType({"y": 1, "uv": 2, "rgb": 3})


@dataclass(frozen=True)
class NetworkConfig:
    """A network's sizes and options. Subclasses add fields, and say what these may be.

    Raises:
        InputError: a value that no network can be made with; says which can.
    """

    planes: int = 1
    """Planes of the picture: 1 for luma, 2 for U and V together, 3 for RGB."""
    without: tuple[str, ...] = ()
    """Parts left out, with their parameters: of `parts`, in alphabetical order."""

    method: ClassVar[str]
    """The method's name in messages."""
    parts: ClassVar[tuple[str, ...]] = ()
    """The parts that a network can do without, for ablations."""
    positive: ClassVar[frozenset[str]] = frozenset()
    """The fields that are whole numbers from 1; others may be 0."""
    choices: ClassVar[Mapping[str, tuple[Any, ...]]] = MappingProxyType({})
    """The values that some fields can have."""

    def __post_init__(self) -> None:
        for name in [one.name for one in fields(self) if one.type == "int"]:
            if name in self.choices:
                continue
            value, least = getattr(self, name), int(name in self.positive)
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise InputError(
                    f"{self.method}: {name} is {value!r}: give a whole number from {least}"
                )
        for name, allowed in self.choices.items():
            if getattr(self, name) not in allowed:
                known = ", ".join(map(str, allowed))
                raise InputError(
                    f"{self.method}: {name} is {getattr(self, name)!r}: choose among {known}"
                )
        if unknown := sorted(set(self.without) - set(self.parts)):
            known = ", ".join(self.parts)
            raise InputError(f"{self.method} has no part '{unknown[0]}': choose among {known}")
        object.__setattr__(self, "without", tuple(sorted(set(self.without))))

    def to_dict(self) -> dict[str, Any]:
        """All fields, as JSON has them; read back by `from_dict`."""
        return asdict(self) | {"without": list(self.without)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The configuration of `to_dict`; fields that are not there have their defaults.

        Raises:
            InputError: a field that there is not, or a value that cannot be used.
        """
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise InputError(
                f"{cls.method} has no option '{unknown[0]}': choose among"
                f" {', '.join(sorted(known))}"
            )
        without: Any = values.get("without", ())
        if isinstance(without, str) or not isinstance(without, Sequence):
            parts = ", ".join(cls.parts)
            raise InputError(f"{cls.method}: without is {without!r}: give a list of {parts}")
        return cls(**{**values, "without": tuple(without)})
