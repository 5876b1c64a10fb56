"""RD curves of one sequence."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.axes import RateAxis, legend, log_ticks, look, title_of
from experiments.figures.style import RC, Style, new_figure
from experiments.results.frames import parts


def rd_figure(
    points: pd.DataFrame, styles: Mapping[str, Style], *, rate_axis: RateAxis = "log"
) -> Figure:
    """PSNR-Y in dB over rate in kbps of the points of one sequence, codec and configuration.

    All methods are drawn; the anchor's points carry their QPs.
    """
    with mpl.rc_context(RC):
        scales = ("linear", "log") if rate_axis == "both" else (rate_axis,)
        figure = new_figure(7.2 if len(scales) == 1 else 11.0, 4.8)
        figure.suptitle(title_of(points), fontsize=10)
        row = figure.subplots(1, len(scales), squeeze=False, sharey=True)[0]
        for axes, scale in zip(row, scales, strict=True):
            _draw_rd(axes, points, styles, log=scale == "log")
        legend(figure, points, styles)
    return figure


def _draw_rd(axes: Axes, points: pd.DataFrame, styles: Mapping[str, Style], *, log: bool) -> None:
    for (method,), part in parts(points, ("method",)):
        style = styles[method]
        curve = part.dropna(subset=["rate_kbps", "psnr_y"]).sort_values("rate_kbps", kind="stable")
        rate, psnr = curve["rate_kbps"].to_list(), curve["psnr_y"].to_list()
        is_anchor = bool(part["is_anchor"].any())
        axes.plot(rate, psnr, **look(style), zorder=2.5 if is_anchor else 2)
        for x, y, qp in zip(rate, psnr, curve["qp"], strict=True) if is_anchor else ():
            axes.annotate(
                f"QP {qp:g}",
                (x, y),
                xytext=(6, -10),
                textcoords="offset points",
                fontsize=7.5,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.6},
            )
    if log:
        axes.set_xscale("log")
        log_ticks(axes.xaxis, *axes.dataLim.intervalx)
    axes.margins(x=0.08, y=0.08)
    axes.set_xlabel("rate [kbps]" + (", log scale" if log else ""))
    axes.set_ylabel("PSNR-Y [dB]")
