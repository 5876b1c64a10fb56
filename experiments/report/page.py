"""HTML pages: templates with tables, and figures inside them."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import jinja2

from experiments.figures.axes import Plot
from experiments.tables.table import Footnotes
from experiments.tables.writers.html import html, html_notes

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class _Image:
    alt: str
    source: str


def images(plots: Iterable[Plot], kind: str, folder: Path) -> tuple[_Image, ...]:
    """Plots as data URIs: an SVG in an ``img`` needs no file, and its ids cannot meet another's."""
    return tuple(
        _Image(plot.alt, _data_uri(folder / f"{plot.stem}.svg"))
        for plot in plots
        if plot.kind == kind
    )


def _data_uri(svg: Path) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.read_bytes()).decode()


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
