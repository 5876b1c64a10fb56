"""Keys of results: hashes of named facts.

A key depends on the names and values of its facts, not on their order or on how Python prints
them. A dataclass that is `Keyed` states its fields by name and leaves out those at their default,
so a new field with a default leaves the keys of finished results as they are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

DIGITS = 24
"""Hexadecimal digits of a digest: 96 bits."""


class Keyed:
    """Base of a dataclass whose values are parts of keys."""

    def key(self: DataclassInstance) -> dict[str, object]:
        """The fields by name, without those at their default."""
        named = ((one, getattr(self, one.name)) for one in fields(self))
        return {one.name: value for one, value in named if value != _default(one)}


def digest(facts: Mapping[str, object]) -> str:
    """A hash of facts by name, `DIGITS` long; a fact that is None counts as not given.

    Values are texts, numbers, ratios, `Keyed` dataclasses, lists and maps of these.

    Raises:
        TypeError: a value is something else, whose text might change with the next version.
    """
    given = {name: fact for name, fact in facts.items() if fact is not None}
    text = json.dumps(given, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def _plain(value: object) -> object:
    if isinstance(value, Keyed):
        return value.key()  # type: ignore[misc]
    if isinstance(value, Fraction):
        return str(value)
    raise TypeError(f"a {type(value).__name__} cannot be part of a key: give its facts by name")


def _default(one: Field[Any]) -> object:
    return one.default if one.default_factory is MISSING else one.default_factory()
