"""HTML pages: templates, and figures inside them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2

from experiments.figures.plots import Plot

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class _Image:
    alt: str
    source: str


def images(plots: Sequence[Plot], kind: str, folder: Path) -> tuple[_Image, ...]:
    """Plots as data URIs: an SVG in an ``img`` needs no file, and its ids cannot meet another's."""
    return tuple(
        _Image(
            alt=_alt(plot),
            source=_data_uri(folder / f"{plot.stem}.svg"),
        )
        for plot in plots
        if plot.kind == kind
    )


def _data_uri(svg: Path) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.read_bytes()).decode()


def _alt(plot: Plot) -> str:
    where = ", ".join(filter(None, (plot.sequence, f"{plot.codec} {plot.config}", plot.method)))
    if plot.kind == "rd":
        return f"RD plot of {where}: PSNR-Y over rate"
    if plot.kind == "times":
        return f"CPU time of {where} relative to the anchor: encoding and decoding"
    if plot.kind == "modes":
        return f"Decisions of {where}: the mode of each GOP at each QP"
    if plot.kind == "qp":
        return f"QP study of {where}"
    return f"PSNR-Y and bits of each frame of {where} at QP {plot.qp:g}"


def render(**context: object) -> str:
    """``report.html`` of its template."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["minus"] = lambda text: str(text).replace("-", "−")
    return environment.get_template("report.html.j2").render(**context)
