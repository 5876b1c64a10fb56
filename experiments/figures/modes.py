"""The choices of an adaptive layout: one tile a GOP, one row a QP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, MultipleLocator

from experiments.figures.style import RC, Fill, new_figure
from experiments.results.frames import records

_EDGE: dict[str, Any] = {"edgecolor": "#222222", "linewidth": 0.5}


def decisions(points: pd.DataFrame, frames: pd.DataFrame) -> pd.DataFrame:
    """The frames of adaptive points that have a ``mode``, with their points' ``gop``; maybe none.

    ``mode`` says how a frame's GOP is coded, such as ``anchor`` or ``crs k2``.
    """
    if "mode" not in frames.columns or "layout" not in points.columns:
        return frames.head(0).assign(mode=[], gop=[])
    adaptive = points[points["layout"] == "adaptive"]
    gops = dict(zip(adaptive["point"], adaptive.get("gop", 0 * adaptive["qp"]), strict=True))
    mode = frames["mode"].astype(object).fillna("").astype(str)
    chosen = frames[frames["point"].isin(gops.keys()) & (mode != "")]
    return chosen.assign(mode=chosen["mode"].astype(str), gop=chosen["point"].map(gops))


def modes_figure(frames: pd.DataFrame, fills: Mapping[str, Fill], *, title: str) -> Figure:
    """The decisions of one sequence, codec, configuration and method."""
    qps = sorted(set(frames["qp"]))
    with mpl.rc_context(RC | {"axes.grid": False}):
        figure = new_figure(7.2, 1.35 + 0.34 * len(qps))
        figure.suptitle(title, fontsize=10)
        axes = figure.subplots()
        for at, qp in enumerate(qps):
            for first, count, mode in _tiles(frames[frames["qp"] == qp]):
                fill = fills[mode]
                colour, hatch = fill.colour, fill.hatch
                axes.barh(at, count, 0.8, left=first, facecolor=colour, hatch=hatch, **_EDGE)
        axes.set_yticks(range(len(qps)), [f"QP {qp:g}" for qp in qps])
        axes.tick_params(axis="y", length=0)
        count = int(frames["frame"].max()) + 1
        axes.set_xlim(0, count)
        gop = int(frames["gop"].max())
        # Where GOPs begin, of long sequences every second, third … of them.
        step = gop * -(-count // (12 * gop)) if gop else 0
        axes.xaxis.set_major_locator(MultipleLocator(step) if step else MaxNLocator(integer=True))
        axes.set_xlabel("frame, in display order")
        axes.spines["left"].set_visible(False)
        met = [mode for mode in fills if mode in set(frames["mode"])]
        handles = [
            Patch(facecolor=fills[m].colour, hatch=fills[m].hatch, label=m, **_EDGE) for m in met
        ]
        figure.legend(
            handles=handles,
            loc="outside lower center",
            ncols=min(len(met), max(1, 90 // (max(map(len, met)) + 8))),
            fontsize=8,
            handlelength=2.6,
            handleheight=1.2,
        )
    return figure


def _tiles(frames: pd.DataFrame) -> Iterator[tuple[int, int, str]]:
    """First frame, number of frames and mode of runs of one mode; a new GOP starts a new one."""

    def run_of(at_row: tuple[int, dict[str, Any]]) -> tuple[int, int, str]:
        at, row = at_row
        frame, gop = int(row["frame"]), int(row["gop"])
        return frame - at, frame // gop if gop else 0, str(row["mode"])

    rows = enumerate(records(frames.sort_values("frame", kind="stable")))
    for (_, _, mode), run in groupby(rows, run_of):
        found = [int(row["frame"]) for _, row in run]
        yield found[0], len(found), mode
