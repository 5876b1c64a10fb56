"""Bars of what methods cost: CPU time of encoding, and of decoding with enhancement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from experiments.figures.style import RC, Style, new_figure
from experiments.results.frames import parts
from experiments.tables.means import geometric_mean

_KEY = ("sequence", "qp")
_PANELS = {"encoding": ("encode_s",), "decoding": ("decode_s", "enhance_s")}
_TEXT: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": 8}


def times_figure(points: pd.DataFrame, styles: Mapping[str, Style], *, title: str) -> Figure | None:
    """CPU time by method in % of the anchor's, of one codec and configuration.

    A bar is a geometric mean over the sequences and QPs that both have, as EncT and DecT are; its
    parts are in the ratio of their seconds. Beside it stand the mean seconds of a rate point, which
    are what is drawn where there is no anchor. None where no time was measured.
    """
    panels = []
    for name, due in _PANELS.items():
        known = [column for column in due if column in points.columns]
        if known and points[known[0]].gt(0).any():
            panels.append((name, known))
    if not panels:
        return None
    methods = sorted(
        dict.fromkeys(map(str, points["method"])),
        key=lambda name: not points.loc[points["method"] == name, "is_anchor"].any(),
    )
    with mpl.rc_context(RC | {"axes.grid": False}):
        figure = new_figure(7.6, 1.35 + 0.3 * len(methods))
        figure.suptitle(f"{title}: CPU time (mean seconds of a rate point)", fontsize=10)
        row = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
        for axes, (name, columns) in zip(row, panels, strict=True):
            _draw(axes, points, methods, columns, styles)
            axes.set_title(name, fontsize=9, loc="left")
        row[0].set_yticks(range(len(methods)), methods)
        row[0].invert_yaxis()
        if "enhance_s" in panels[-1][1] and points["enhance_s"].gt(0).any():
            shown = [
                Patch(facecolor="#666666", edgecolor="#666666", label="codec"),
                Patch(facecolor="white", edgecolor="#666666", hatch="////", label="enhancement"),
            ]
            figure.legend(handles=shown, loc="outside lower center", ncols=2, fontsize=8)
    return figure


def _draw(
    axes: Axes,
    points: pd.DataFrame,
    methods: Sequence[str],
    columns: Sequence[str],
    styles: Mapping[str, Style],
) -> None:
    anchor = points[points["is_anchor"]]
    relative = not anchor.empty
    axes.set_xlabel("% of the anchor's time" if relative else "CPU time [s]")
    longest = 0.0
    for at, method in enumerate(methods):
        mine = points[points["method"] == method]
        colour = styles[method].colour
        seconds = [float(np.nan_to_num(mine[column].mean())) for column in columns]
        ratio = _percent(anchor, mine, columns)
        if relative and ratio is None:
            axes.annotate("no time to compare with", (0, at), xytext=(4, 0), **_TEXT)
            continue
        scale = 1.0 if ratio is None or not sum(seconds) else ratio / sum(seconds)
        left = 0.0
        for column, second in zip(columns, seconds, strict=True):
            width = scale * second
            look: dict[str, Any] = {"facecolor": colour, "edgecolor": colour, "linewidth": 0.8}
            if column == "enhance_s":
                look |= {"facecolor": "white", "hatch": "////"}
            axes.barh(at, width, 0.62, left=left, **look)
            left += width
        said = f"{sum(seconds):.3g} s"
        said = said if ratio is None else f"{ratio:.0f} % ({said})"
        axes.annotate(said, (left, at), xytext=(4, 0), **_TEXT)
        longest = max(longest, left)
    axes.set_xlim(0, 1.5 * longest)  # room for the text beside the longest bar


def _percent(anchor: pd.DataFrame, test: pd.DataFrame, columns: Sequence[str]) -> float | None:
    """Time in % of the anchor's; None where no sequence and QP is common to both."""
    both = [
        {key: float(part[list(columns)].sum(axis=1).iloc[0]) for key, part in parts(rows, _KEY)}
        for rows in (anchor, test)
    ]
    ratios = [
        both[1][k] / base for k, base in both[0].items() if base > 0 and both[1].get(k, 0) > 0
    ]
    return 100 * geometric_mean(ratios) if ratios else None
