"""What the configurations of all networks have in common: checks, and how they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Self

from codecpipe.errors import InputError


@dataclass(frozen=True)
class NetworkConfig:
    """A method's sizes and options; its fields and what they may be are the subclass's.

    ``method``: its name in messages. ``parts``: what its field ``without`` can name. ``at_least``:
    the least value of each field that is a whole number. ``choices``: the values of others.
    """

    method: ClassVar[str]
    parts: ClassVar[tuple[str, ...]]
    at_least: ClassVar[Mapping[str, int]]
    choices: ClassVar[Mapping[str, tuple[Any, ...]]]

    def check(self) -> None:
        """Refuse whole numbers that are too small, and values that are no choice.

        Raises:
            InputError: says which can be had.
        """
        for name, least in self.at_least.items():
            value = getattr(self, name)
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

    def in_order(self, without: Sequence[str]) -> tuple[str, ...]:
        """Parts left out, each once and in alphabetical order.

        Raises:
            InputError: there is no such part.
        """
        if unknown := sorted(set(without) - set(self.parts)):
            known = ", ".join(self.parts)
            raise InputError(f"{self.method} has no part '{unknown[0]}': choose among {known}")
        return tuple(sorted(set(without)))

    def to_dict(self) -> dict[str, Any]:
        """All fields, as JSON has them; read back by `from_dict`."""
        found = asdict(self)
        return {**found, "without": list(found["without"])}

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
        without = values.get("without", ())
        if isinstance(without, str) or not isinstance(without, Sequence):
            parts = ", ".join(cls.parts)
            raise InputError(f"{cls.method}: without is {without!r}: give a list of {parts}")
        return cls(**{**values, "without": tuple(without)})
