"""The common parts of figures of rate points: axes, legends, titles, file names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, Locator, LogLocator, MaxNLocator, NullLocator

from experiments.figures.style import Style

RateAxis = Literal["log", "linear", "both"]


@dataclass(frozen=True)
class Plot:
    """A figure of a report."""

    kind: str
    """The part of the report that it belongs to."""
    stem: str
    """The stem of its files' names."""
    alt: str
    """A sentence on it for those who cannot see it."""
    figure: Figure


def look(style: Style) -> dict[str, Any]:
    """The line style of one method."""
    return {
        "color": style.colour,
        "marker": style.marker,
        "markersize": 6.8 if style.marker in "PX*" else 5,  # thin ones, lost in their white edge
        "linestyle": style.dashes,
        "markeredgecolor": "white",
        "markeredgewidth": 0.5,
    }


def ring(colour: str) -> dict[str, Any]:
    """The style of a ring around a point."""
    return {
        "linestyle": "",
        "marker": "o",
        "markersize": 8.5,
        "markerfacecolor": "none",
        "markeredgecolor": colour,
        "markeredgewidth": 1.1,
    }


def legend(
    figure: Figure, rows: pd.DataFrame, styles: Mapping[str, Style], *, keys: bool = False
) -> None:
    """A legend of the rows' methods below a figure."""
    methods = list(dict.fromkeys(map(str, rows["method"])))
    handles = [Line2D([], [], label=name, **look(styles[name])) for name in methods]
    if keys:
        handles.append(Line2D([], [], label="key frame", **ring("#555555")))
    longest = max(len(name) for name in methods)
    columns = max(1, min(3, 110 // (longest + 12), len(handles)))
    figure.legend(
        handles=handles, loc="outside lower center", ncols=columns, fontsize=8, handlelength=3.6
    )


def log_ticks(axis: Axis, low: float, high: float) -> None:
    """Plain numbers on a log axis, enough of them for a value between to be read off."""
    if high > 6 * low:
        plain_ticks(axis, LogLocator(subs=(1.0, 2.0, 5.0)))
    elif high > 2.5 * low:
        plain_ticks(axis, LogLocator(subs=(1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0)))
    else:
        plain_ticks(axis, MaxNLocator(5))


def plain_ticks(axis: Axis, locator: Locator) -> None:
    """Plain numbers at the places of a locator."""
    axis.set_major_locator(locator)
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(NullLocator())


def title_of(points: pd.DataFrame) -> str:
    """Sequence, codec, configuration and frames of some points."""
    row = points.iloc[0]
    title = f"{row['sequence']}, {row['codec']} {row['config']}"
    if {"width", "height"} <= set(points.columns):
        title += (
            f"   ({row['width']:g}×{row['height']:g}, {row['fps']:g} fps, {row['frames']:g} frames)"
        )
    return title


def stem_of(text: str, taken: set[str]) -> str:
    """A file name's stem from ``text``: no folders, no spaces, and none given twice."""
    plain = re.sub(r"[^A-Za-z0-9._+-]+", "-", text).strip("-.")
    stem, n = plain, 1
    while stem.lower() in taken:  # some file systems do not tell a from A
        n += 1
        stem = f"{plain}-{n}"
    taken.add(stem.lower())
    return stem
