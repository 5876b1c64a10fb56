"""YAML files that a user writes: their text, their content, and what is wrong with them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from codecpipe.errors import InputError


def read_text(path: Path, kind: str) -> str:
    """The text of a file; ``kind`` is what it should be, such as "an experiment".

    Raises:
        InputError: missing, or no text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"'{path}' cannot be read ({error.strerror}): check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"'{path}' is not a text file: give {kind} in YAML") from error


def parse_yaml(text: str, where: str) -> Any:
    """The content of a YAML text; ``where`` names it in messages.

    Raises:
        InputError: not YAML; names the line.
    """
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        raise InputError(f"'{where}' is not valid YAML{line}: correct it") from error


def complaint(error: ValidationError, advice: Mapping[str, str]) -> str:
    """The first entry that pydantic refuses, and what to do; ``advice``: by its type of error."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] in advice:
        return f"'{place}' {advice[first['type']]}"
    said = first["msg"].removeprefix("Value error, ")
    return f"{place}: {said[0].lower()}{said[1:]}" if place else said
