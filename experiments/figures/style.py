"""One look a method, the same in every plot, and figures that come out the same every time."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

from codecpipe.errors import InputError

FORMATS = ("png", "svg", "pdf")
Palette = Literal["colour", "grey"]
PALETTES: tuple[Palette, ...] = ("colour", "grey")

# Okabe & Ito, "Color Universal Design": black is the anchor's. The yellow is too light for a line.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_GREYS = ("#444444", "#8c8c8c", "#666666", "#a6a6a6", "#333333", "#787878")

# Areas: hatches carry the difference in greyscale, drawn in black on fills light enough for it.
_FILLS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#F0E442", "#8FB8D8", "#BBBBBB")
_GREY_FILLS = ("#d9d9d9", "#b3b3b3", "#f2f2f2", "#8c8c8c", "#cccccc", "#a6a6a6", "#e6e6e6")
_HATCHES = ("", "///", "...", "xxx", "\\\\\\", "+++", "ooo", "---", "|||")

# Markers and dashes carry the difference in greyscale; the three cycles are of different lengths,
# so 11 methods and more stay apart.
_MARKERS = ("s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "*")
_DASHES: tuple[Any, ...] = ("--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)))

RC: dict[Any, Any] = {
    "svg.hashsalt": "codecpipe",  # else the ids in an SVG differ from run to run
    "svg.fonttype": "path",
    "pdf.fonttype": 42,  # text stays text, in TrueType: publishers refuse Type 3
    "pdf.compression": 6,
    "hatch.linewidth": 0.6,
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

_NO_METADATA = {"png": ("Software",), "pdf": ("CreationDate", "Producer", "Creator")}


@dataclass(frozen=True)
class Style:
    """Colour (hex), marker and dash pattern of one method, as matplotlib names them."""

    colour: str
    marker: str
    dashes: Any


@dataclass(frozen=True)
class Fill:
    """Colour (hex) and hatch of an area."""

    colour: str
    hatch: str


def method_styles(points: pd.DataFrame, palette: Palette = "colour") -> dict[str, Style]:
    """Styles of all methods: anchors black and solid, the others in order of appearance."""
    colours = _GREYS if palette == "grey" else _COLOURS
    anchors = list(dict.fromkeys(map(str, points.loc[points["is_anchor"].astype(bool), "method"])))
    styles = {name: Style("#000000", "o", "-") for name in anchors}
    others = [m for m in dict.fromkeys(map(str, points["method"])) if m not in styles]
    return styles | {name: nth_style(n, colours) for n, name in enumerate(others)}


def nth_style(n: int, colours: Sequence[str] = _COLOURS) -> Style:
    """The style of the method (or sequence) number `n` that is no anchor."""
    return Style(colours[n % len(colours)], _MARKERS[n % len(_MARKERS)], _DASHES[n % len(_DASHES)])


def mode_fills(modes: Sequence[str], palette: Palette = "colour") -> dict[str, Fill]:
    """Fills of coding modes: the anchor's plain and white, the others in order of their names."""
    fills = _GREY_FILLS if palette == "grey" else _FILLS
    found = {mode: Fill("#ffffff", "") for mode in modes if mode == "anchor"}
    for n, mode in enumerate(sorted(set(modes) - set(found))):
        found[mode] = Fill(fills[n % len(fills)], _HATCHES[n % len(_HATCHES)])
    return found


def new_figure(width_in: float, height_in: float) -> Figure:
    """An empty figure with a canvas of its own: no pyplot, no global state, no display."""
    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def in_grey(figure: Figure) -> Figure:
    """The same figure with every colour and colour map turned into its grey (ITU-R BT.709 luma)."""
    for artist in figure.findobj():
        if isinstance(artist, ScalarMappable):
            colours = artist.cmap(np.linspace(0, 1, 256))
            artist.set_cmap(ListedColormap([_grey(one) for one in colours]))
        if isinstance(artist, Line2D):
            artist.set_color(_grey(artist.get_color()))
            artist.set_markeredgecolor(_grey(artist.get_markeredgecolor()))
            if str(artist.get_markerfacecolor()) != "none":
                artist.set_markerfacecolor(_grey(artist.get_markerfacecolor()))
        elif isinstance(artist, Text):
            artist.set_color(_grey(artist.get_color()))
        elif isinstance(artist, Patch):
            artist.set_edgecolor(_grey(artist.get_edgecolor()))
            artist.set_facecolor(_grey(artist.get_facecolor()))
    return figure


def _grey(colour: Any) -> tuple[float, float, float, float]:
    red, green, blue, alpha = to_rgba(colour)
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return luma, luma, luma, alpha


def figure_formats() -> tuple[str, ...]:
    """The formats that figures are written in: all, or those that CODECPIPE_FIGURES names.

    A PDF holds its fonts, which take half a second to put in; a report may have many figures.

    Raises:
        InputError: it names another.
    """
    said = os.environ.get("CODECPIPE_FIGURES", "")
    formats = tuple(name.strip() for name in said.split(",") if name.strip())
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise InputError(
            f"CODECPIPE_FIGURES names '{unknown[0]}': write some of {','.join(FORMATS)}"
        )
    return formats or FORMATS


def svg_bytes(figure: Figure) -> bytes:
    """The figure as SVG without a date, the same bytes for the same figure."""
    out = io.BytesIO()
    with mpl.rc_context(RC):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": "codecpipe"})
    return out.getvalue()


def save(figure: Figure, folder: Path, stem: str, formats: Sequence[str]) -> tuple[Path, ...]:
    """Write ``stem``.png (200 dpi), ``stem``.svg, ``stem``.pdf into ``folder``; return the paths.

    No file says when it was made: the same figure gives the same bytes.

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
                figure.savefig(path, dpi=200, metadata=dict.fromkeys(_NO_METADATA[suffix]))
        paths.append(path)
    return tuple(paths)
