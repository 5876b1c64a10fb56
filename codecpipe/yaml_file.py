"""YAML files that a user writes, read and checked: an error names the entry in one sentence."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from codecpipe.errors import InputError


class Part(BaseModel):
    """A part of a YAML file: it refuses unknown keys, and nothing changes it later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


M = TypeVar("M", bound=BaseModel)
_ADVICE = {
    "missing": "is missing: add it",
    "tuple_type": "is not a list: write it as [a, b]",
    "model_type": "has no keys: write it as {key: value}",
    "too_long": "is too long a list: take entries out",
}


def read_model(path: Path, model: type[M], kind: str) -> M:
    """The content of the file at `path`; `kind` names such files, e.g. "an experiment file".

    Raises:
        InputError: the file cannot be read, is not YAML, or does not fit `model`.
    """
    return parse_model(read_text(path, kind), model, kind=kind, where=str(path))


def parse_model(text: str, model: type[M], kind: str, where: str) -> M:
    """The content of a YAML text that comes from `where`; see `read_model`."""
    return check_model(parse_yaml(text, where), model, kind=kind, where=where)


def check_model(content: object, model: type[M], kind: str, where: str) -> M:
    """The `model` of what a YAML parser returned for the file `where`; see `read_model`."""
    if not isinstance(content, dict):
        fields = model.model_fields.items()
        due = [f"'{one.alias or key}:'" for key, one in fields if one.is_required()]
        raise InputError(f"'{where}' is not {kind}: it has no {', '.join(due)}")
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise InputError(f"'{where}': {complaint(error, content, kind)}") from error


def read_text(path: Path, kind: str) -> str:
    """The text of the file at `path`, which should be `kind`; see `read_model`."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"'{path}' cannot be read ({error.strerror}): check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"'{path}' is not a text in UTF-8: give {kind} in YAML") from error


def parse_yaml(text: str, where: str) -> Any:
    """The content of a YAML text that comes from `where`; the error names the line."""
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        raise InputError(f"'{where}' is not valid YAML{line}: correct it") from error


def complaint(error: ValidationError, content: object, kind: str) -> str:
    """A sentence on the entry of `content` that pydantic refused first, and what to do about it."""
    entry, first = refused(error, content)
    if first["type"] == "value_error":
        said = first["msg"].removeprefix("Value error, ")
        return f"'{entry}': {said}" if entry else said
    if first["type"] == "extra_forbidden":
        advice = f"is not a key of {kind}: correct its spelling or take it out"
    elif first["type"] == "too_short":
        short = "is too short a list: add what is missing"
        advice = short if first["input"] else "is an empty list: give at least one entry"
    else:
        due = first["msg"][0].lower() + first["msg"][1:]
        default = f"is {reprlib.repr(first['input'])}, but {due}: correct it"
        advice = _ADVICE.get(first["type"], default)
    return f"'{entry}' {advice}"


def refused(error: ValidationError, content: object) -> tuple[str, ErrorDetails]:
    """The entry of `content` that pydantic refused first, "" for all of it, and its error."""
    listed = error.errors()
    # Among the forms in which an entry can be written, the one that was meant says most.
    meant = (one for one in listed if one["type"] in ("value_error", "extra_forbidden"))
    first = next(meant, listed[0])
    return _entry(first["loc"], content), first


def _entry(loc: tuple[int | str, ...], content: object) -> str:
    """The keys that lead to an entry, e.g. ``clips.0.size``; an item's name instead of its index.

    pydantic's `loc` has more parts than that where an entry may be written in several forms.
    """
    parts, here = [], content
    for at, part in enumerate(loc):
        if isinstance(here, Mapping) and part in here:
            here = here[part]
            parts.append(str(part))
        elif isinstance(here, list | tuple) and isinstance(part, int) and part < len(here):
            here = here[part]
            name = here.get("name") if isinstance(here, Mapping) else None
            parts.append(str(name or part))
        elif at == len(loc) - 1 and isinstance(here, Mapping) and isinstance(part, str):
            parts.append(part)  # a missing key
    return ".".join(parts)
