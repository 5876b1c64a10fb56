"""The figures of a study: R-D clouds with their hull, BD-rate over δ, heat maps of δ × QP."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import LogLocator, MaxNLocator

from experiments.figures.axes import plain_ticks, ring
from experiments.figures.style import RC, new_figure, nth_style
from experiments.offsets.best import OffsetRow, SequenceStudy
from experiments.offsets.clouds import Cloud, GridPoint
from experiments.offsets.local import HeatCell, Pair

Height = Callable[[GridPoint], float]
"""Where a point lies over its rate."""

# Lightness rises along it, so that δ can be told in greyscale, too; its yellow end is left out.
_DELTAS = colormaps["viridis"].resampled(256)

# Blue saves, orange costs; both get darker with size, and each cell has its number.
_HEAT = LinearSegmentedColormap.from_list("heat", colormaps["PuOr_r"](np.linspace(0.12, 0.88, 65)))

MOST_PERCENT = 50.0
"""Rate difference at which a heat map's colour ends."""

LABEL_STEP = 0.055
"""Between labelled points of a hull, in log10 of the rate, so that labels stay apart."""

_PAPER: dict[str, Any] = {"color": "#D55E00", "linestyle": "--", "linewidth": 1.4, "zorder": 2.6}
_HULL: dict[str, Any] = {"color": "#444444", "linestyle": "-", "linewidth": 1.1, "zorder": 2.7}
_RING: dict[str, Any] = ring("#000000") | {"markersize": 8, "markeredgewidth": 1.0, "zorder": 4}

_LINES = 6
"""Looks of sequences, which then begin again."""


def _psnr(point: GridPoint) -> float:
    return point.psnr_y


def cloud_figure(study: SequenceStudy, paper: int) -> Figure:
    """PSNR-Y in dB over rate in kbps of all pairs, coloured by δ; hull, anchor and paper's δ.

    Below it, how far each pair lies under the hull, in dB.
    """
    cloud = study.cloud
    with mpl.rc_context(RC):
        figure = new_figure(7.6, 6.4)
        axes, below = figure.subplots(2, 1, sharex=True, height_ratios=[2.1, 1])
        axes.set_title(f"{cloud.sequence}, {cloud.setting.label}", fontsize=10)
        _line(axes, cloud.anchor, color="#000000", marker="o", linestyle="-", zorder=2.5)
        for point in cloud.anchor:
            _label(axes, point, f"QP {point.qp}", (20, -12))
        of_paper = cloud.of(paper)
        _line(axes, study.hull, **_HULL)
        loss = partial(_under, study.hull)
        for part, height in ((axes, _psnr), (below, loss)):
            if of_paper:
                _line(part, of_paper, height, **_PAPER)
            dots = _dots(part, cloud, height)
            _line(part, study.hull, height, **_RING)
        last = -math.inf
        for point in study.hull:
            place = math.log10(point.rate_kbps / study.hull[0].rate_kbps)
            if place - last > LABEL_STEP:
                last = place
                _label(below, point, f"{point.delta}", (0, 7), height=loss)
        below.set_ylim(top=0.3 * max(-loss(point) for point in cloud.points) + 0.02)
        if len(cloud.deltas) > 1:
            bar = figure.colorbar(dots, ax=(axes, below), pad=0.02)
            names = [str(delta).replace("-", "−") for delta in cloud.deltas]
            bar.set_ticks(list(range(len(names))), labels=names)
            bar.ax.tick_params(which="minor", length=0)
            bar.set_label("δ = QP of key frames − QP of LR frames")
        axes.set_xscale("log")
        plain_ticks(axes.xaxis, LogLocator(subs=(1.0, 2.0, 3.0, 5.0)))
        below.set_xlabel("rate [kbps], log scale")
        axes.set_ylabel("PSNR-Y [dB]")
        below.set_ylabel("under the hull [dB]")
        below.margins(y=0.12)
        handles = [
            Line2D([], [], color="#000000", marker="o", label="anchor"),
            Line2D([], [], **(_HULL | _RING | {"linestyle": "-"}), label="convex hull and its δ"),
        ]
        if of_paper:
            handles.append(Line2D([], [], **_PAPER, label=f"δ = {paper}"))
        figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize=8)
    return figure


def delta_figure(rows: Sequence[OffsetRow], paper: int, title: str) -> Figure:
    """BD-rate in percent over δ: one line a sequence, the means heavy; the best of each ringed.

    Left as usual, each δ over what it has in common with the anchor; right over one interval.
    """
    with mpl.rc_context(RC):
        figure = new_figure(10.4, 4.8)
        figure.suptitle(title, fontsize=10)
        pair = figure.subplots(1, 2, sharey=True)
        for axes, common in zip(pair, (False, True), strict=True):
            said = "over one interval of PSNR" if common else "as usual"
            axes.set_title(f"BD-rate {said}", fontsize=9, loc="left")
            axes.axvline(paper, color="#888888", linewidth=1.0, linestyle=(0, (2, 2)), zorder=1)
            top = axes.get_xaxis_transform()
            axes.text(paper, 0.99, f" δ = {paper}", transform=top, fontsize=8, va="top")
            for row, look in zip(rows, _looks(rows), strict=True):
                cells, best = (row.common, row.best_common) if common else (row.bd, row.best)
                known = [(d, c.value) for d, c in sorted(cells.items()) if c.value is not None]
                if not known:
                    continue
                axes.plot(*zip(*known, strict=True), label=row.label, **look)
                if best is not None:
                    axes.plot([best], [cells[best].value or 0.0], **_RING)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=16))
            axes.set_xlabel("δ = QP of key frames − QP of LR frames")
        pair[0].set_ylabel("BD-rate against the anchor [%]")
        handles, _ = pair[0].get_legend_handles_labels()
        handles.append(Line2D([], [], **_RING, label="best"))
        figure.legend(
            handles=handles, loc="outside lower center", ncols=4, fontsize=8, handlelength=3.6
        )
    return figure


def heat_figure(cells: Mapping[Pair, HeatCell], title: str) -> Figure:
    """Rate against the anchor's at equal PSNR-Y in percent, by (QP, δ), with printed numbers.

    Cells without a value stay white with a dash; the best δ of each QP has a frame.
    """
    qps = sorted({qp for qp, _ in cells})
    deltas = sorted({delta for _, delta in cells})
    values = {pair: cell.value for pair, cell in cells.items() if cell.value is not None}
    grid = np.array([[values.get((qp, delta), math.nan) for qp in qps] for delta in deltas])
    with mpl.rc_context(RC | {"axes.grid": False}):
        figure = new_figure(max(4.6, 1.9 + 0.78 * len(qps)), max(2.6, 1.5 + 0.3 * len(deltas)))
        axes = figure.subplots()
        axes.set_title(title, fontsize=10)
        # Savings end at −100 and losses nowhere: colours are for the part around the anchor.
        known = np.abs(grid[np.isfinite(grid)])
        most = float(min(MOST_PERCENT, max(known.max(), 1.0))) if len(known) else 1.0
        image = axes.imshow(
            np.ma.masked_invalid(grid),
            cmap=_HEAT,
            norm=TwoSlopeNorm(0.0, -most, most),
            aspect="auto",
            origin="lower",
        )
        for y, delta in enumerate(deltas):
            for x, qp in enumerate(qps):
                if (qp, delta) in cells:
                    _number(axes, x, y, cells[qp, delta], most)
        for x, qp in enumerate(qps):
            column = [(cells.get((qp, delta)), y) for y, delta in enumerate(deltas)]
            whole = [(cell.value, y) for cell, y in column if cell and cell.count == cell.total]
            if whole:
                _frame(axes, x, min(whole)[1])
        axes.set_xticks(range(len(qps)), [str(qp) for qp in qps])
        axes.set_yticks(range(len(deltas)), [str(delta).replace("-", "−") for delta in deltas])
        axes.tick_params(length=0)
        axes.set_xlabel("QP of key frames")
        axes.set_ylabel("δ")
        over = bool((grid[np.isfinite(grid)] > most).any())
        bar = figure.colorbar(image, ax=axes, pad=0.02, extend="max" if over else "neither")
        bar.set_label("rate against the anchor at equal PSNR-Y [%]")
    return figure


def _looks(rows: Sequence[OffsetRow]) -> list[dict[str, Any]]:
    """Sequences in colours with markers; means black and heavy, of classes in grey."""
    looks: list[dict[str, Any]] = []
    at = 0
    for row in rows:
        if row.scope == "sequence":
            style = nth_style(at % _LINES)
            look = {"color": style.colour, "marker": style.marker, "linestyle": style.dashes}
            looks.append(look | {"markersize": 4})
            at += 1
        else:
            overall = row.scope == "overall"
            looks.append({"color": "#000000" if overall else "#888888", "linewidth": 2.4})
    return looks


def _under(hull: Sequence[GridPoint], point: GridPoint) -> float:
    """PSNR-Y less that of the hull at the same rate: ≤ 0 but for rounding."""
    rates = [one.rate_kbps for one in hull]
    return point.psnr_y - float(np.interp(point.rate_kbps, rates, [one.psnr_y for one in hull]))


def _line(axes: Axes, points: Sequence[GridPoint], height: Height = _psnr, **look: Any) -> None:
    ordered = sorted(points, key=lambda point: point.rate_kbps)
    axes.plot([p.rate_kbps for p in ordered], [height(p) for p in ordered], **look)


def _dots(axes: Axes, cloud: Cloud, height: Height) -> PathCollection:
    deltas = cloud.deltas
    edges = np.arange(len(deltas) + 1) - 0.5  # of places: offsets may have gaps between them
    return axes.scatter(
        [point.rate_kbps for point in cloud.points],
        [height(point) for point in cloud.points],
        c=[deltas.index(point.delta) for point in cloud.points],
        cmap=_DELTAS,
        norm=BoundaryNorm(edges, 256) if len(deltas) > 1 else None,
        s=20,
        edgecolors="#333333",
        linewidths=0.3,
        zorder=3,
    )


def _label(
    axes: Axes, point: GridPoint, text: str, shift: tuple[int, int], *, height: Height = _psnr
) -> None:
    axes.annotate(
        text.replace("-", "−"),
        (point.rate_kbps, height(point)),
        xytext=shift,
        textcoords="offset points",
        ha="center",
        fontsize=7,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.4},
        zorder=5,
    )


def _frame(axes: Axes, x: int, y: int) -> None:
    """Black within white: seen on light and on dark cells."""
    for colour, width in (("#ffffff", 3.6), ("#000000", 1.5)):
        frame = Rectangle((x - 0.45, y - 0.44), 0.9, 0.88, fill=False, edgecolor=colour)
        frame.set_linewidth(width)
        axes.add_patch(frame)


def _number(axes: Axes, x: int, y: int, cell: HeatCell, most: float) -> None:
    if cell.value is None:
        axes.text(x, y, "–", ha="center", va="center", fontsize=7.5, color="#777777")
        return
    few = f" ({cell.count})" if cell.count < cell.total else ""
    colour = "white" if abs(cell.value) > 0.62 * most else "black"
    text = f"{cell.value:+.1f}".replace("-", "−") + few
    axes.text(x, y, text, ha="center", va="center", fontsize=7.5, color=colour)
