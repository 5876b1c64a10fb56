"""HTML pages: templates with tables, and figures inside them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

import jinja2

from experiments.tables.table import Footnotes
from experiments.tables.writers.html import html, html_notes

_TEMPLATES = Path(__file__).parent / "templates"


def images(alts: Mapping[str, str], folder: Path) -> list[dict[str, str]]:
    """Figures as ``source`` and ``alt`` of an ``img``, from SVG files in a folder.

    ``alts`` has a sentence for those who cannot see it by each file's stem. A data URI needs no
    file, and its ids cannot meet another's.
    """
    found = []
    for stem, alt in alts.items():
        svg = base64.b64encode((folder / f"{stem}.svg").read_bytes()).decode()
        found.append({"alt": alt, "source": f"data:image/svg+xml;base64,{svg}"})
    return found


def render(template: str, **context: object) -> str:
    """A page of its template, which has the table writers ``table`` and ``table_notes``."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(table=html, table_notes=html_notes, footnotes=Footnotes)
    return environment.get_template(template).render(**context)
