"""The directive ``model-keys MODULE.MODEL``: a table of the keys that a YAML file may have.

The table is made of the pydantic model that validates the file: a row a field with its type, its
default and the string that stands under the field in the source. A field without such a string is a
warning, and so stops the build.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
import types
from collections.abc import Mapping
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from docutils import nodes
from docutils.statemachine import StringList
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

LOGGER = logging.getLogger(__name__)
WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path"}
RATIOS = "number or ratio"
PLURALS = {"text": "texts", "whole number": "whole numbers", "number": "numbers", "map": "maps"}


class ModelKeys(SphinxDirective):
    """A table of the fields of the model that the argument names."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The table, parsed from Markdown."""
        module, _, name = self.arguments[0].rpartition(".")
        model = getattr(importlib.import_module(module), name)
        self.env.note_dependency(inspect.getfile(model))
        lines = ["| key | value | default | |", "| --- | --- | --- | --- |"]
        said = descriptions(model)
        for field, info in model.model_fields.items():
            key = info.alias or field
            text = said.get(field)
            if not text:
                LOGGER.warning(
                    "'%s.%s' has no description: put a string under the field",
                    name,
                    field,
                    location=self.get_location(),
                )
            row = (f"`{key}`", shown_type(info.annotation), shown_default(info), text or "")
            lines.append("| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |")
        container = nodes.container()
        self.state.nested_parse(StringList(lines, inspect.getfile(model)), 0, container)
        return list(container.children)


def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """The string under each field of the model and of its bases, on one line, by field."""
    found: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        if cls is BaseModel or not issubclass(cls, BaseModel):
            continue
        (node,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
        assert isinstance(node, ast.ClassDef)
        for field, after in zip(node.body, node.body[1:], strict=False):
            match field, after:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str(text))),
                ):
                    found[name] = " ".join(text.replace("``", "`").split())
    return found | {
        name: info.description for name, info in model.model_fields.items() if info.description
    }


def shown_type(kind: Any) -> str:
    """A type in the words of somebody who writes YAML."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return shown_type(parts[0])
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(shown_type(p) for p in parts if p is not types.NoneType))
    if origin is Literal:
        return ", ".join(f"`{part}`" for part in parts)
    if origin is tuple:
        inner = list(dict.fromkeys(shown_type(part) for part in parts if part is not Ellipsis))
        return f"list of {' and '.join(PLURALS.get(one, one) for one in inner)}"
    if origin in (Mapping, dict):
        return "map"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(f"`{member.value}`" for member in kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return "map"
    if kind is Fraction:
        return RATIOS
    return WORDS.get(kind, "anything")


def shown_default(info: FieldInfo) -> str:
    """The default as one would write it; a dash where the key is simply absent."""
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True)
    return "–" if value in (None, "", (), {}) else f"`{_yaml(value)}`"


def _yaml(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"[{', '.join(_yaml(one) for one in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, BaseModel):
        given = {name: getattr(value, name) for name in value.model_fields_set}
        return _yaml(next(iter(given.values()))) if len(given) == 1 else "{…}"
    return str(value)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("model-keys", ModelKeys)
    return {"parallel_read_safe": True}
