"""One look a method, the same in every plot, and figures that come out the same every time."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# Okabe & Ito, "Color Universal Design": black is the anchor's. The yellow is too light for a line.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
# Markers and dashes carry the difference in greyscale; the three cycles are of different lengths,
# so 11 methods and more stay apart.
_MARKERS = ("s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "*")
_DASHES: tuple[Any, ...] = ("--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)))
RC: dict[Any, Any] = {
    "svg.hashsalt": "codecpipe",  # else the ids in an SVG differ from run to run
    "svg.fonttype": "path",
    "text.parse_math": False,  # a "$" in a method's name is a dollar
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same on every machine
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#555555",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 1.5,
    "lines.markersize": 5,
    "axes.unicode_minus": True,
}


@dataclass(frozen=True)
class Style:
    """Colour (hex), marker and dash pattern of one method, as matplotlib names them."""

    colour: str
    marker: str
    dashes: Any


def method_styles(points: pd.DataFrame) -> dict[str, Style]:
    """Styles of all methods: anchors black and solid, the others in order of appearance."""
    anchors = list(dict.fromkeys(map(str, points.loc[points["is_anchor"].astype(bool), "method"])))
    styles = {name: Style("#000000", "o", "-") for name in anchors}
    others = [m for m in dict.fromkeys(map(str, points["method"])) if m not in styles]
    for n, name in enumerate(others):
        styles[name] = Style(
            _COLOURS[n % len(_COLOURS)], _MARKERS[n % len(_MARKERS)], _DASHES[n % len(_DASHES)]
        )
    return styles


def new_figure(width_in: float, height_in: float) -> Figure:
    """An empty figure with a canvas of its own: no pyplot, no global state, no display."""
    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def svg_bytes(figure: Figure) -> bytes:
    """The figure as SVG without a date, the same bytes for the same figure."""
    out = io.BytesIO()
    with mpl.rc_context(RC):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": "codecpipe"})
    return out.getvalue()


def save(figure: Figure, folder: Path, stem: str, formats: Sequence[str]) -> tuple[Path, ...]:
    """Write ``stem``.png (200 dpi) and/or ``stem``.svg into ``folder``; return the paths.

    Raises:
        OSError: a file cannot be written.
    """
    paths = []
    for suffix in formats:
        path = folder / f"{stem}.{suffix}"
        if suffix == "svg":
            path.write_bytes(svg_bytes(figure))
        else:
            with mpl.rc_context(RC):
                figure.savefig(path, dpi=200, metadata={"Software": None})
        paths.append(path)
    return tuple(paths)
