"""A figure of one comparison: both curves, and the area that BD-rate is the mean width of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from bdrate.curve import Array, CheckedCurve, RDCurve, check_curve
from bdrate.errors import BadArgumentError
from bdrate.interpolate import fit
from bdrate.result import BDResult
from bdrate.table import format_delta

# Okabe and Ito's blue and vermilion; marker, filling and line style tell them apart in grey.
_SIZES = {"linewidth": 1.8, "markersize": 7, "markeredgewidth": 1.6}
_STYLES: tuple[dict[str, Any], ...] = (
    {"color": "#0072B2", "marker": "o", "linestyle": "-", "markerfacecolor": "#0072B2"} | _SIZES,
    {"color": "#D55E00", "marker": "s", "linestyle": "--", "markerfacecolor": "white"} | _SIZES,
)
_SUFFIXES = (".png", ".svg", ".pdf")


def plot_comparison(anchor: RDCurve, test: RDCurve, result: BDResult, path: str | Path) -> Path:
    """Draw the two curves of ``result`` as they were interpolated, and write ``path``.

    The shaded area between the curves, over the common quality interval, divided by the interval's
    length is the mean difference of log rate. Where there is no BD-rate the curves alone are drawn.

    Raises:
        BadArgumentError: the path ends in something other than ``.png``, ``.svg`` or ``.pdf``.
        BDError: a curve is not valid, as in ``compare``.
    """
    path = Path(path)
    if path.suffix.lower() not in _SUFFIXES:
        raise BadArgumentError(f"cannot write {path}: name it .png, .svg or .pdf.")
    curves = (check_curve(anchor, "anchor"), check_curve(test, "test"))
    figure = Figure(figsize=(6.4, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for curve, style, role in zip(curves, _STYLES, ("Anchor", "Test"), strict=True):
        sign = anchor.sign
        rate, value = _path_of(curve, result)
        axes.plot(rate, sign * value, **style | {"marker": ""})
        axes.plot(curve.rate, sign * curve.value, **style | {"linestyle": ""})
        label = f"{role}: {curve.curve.label}" if curve.curve.label else role
        # One legend entry with both line and marker.
        axes.plot([], [], label=label, **style)
    _shade(axes, curves, result)
    _decorate(axes, anchor, result)
    figure.savefig(path, dpi=150)
    return path


def _path_of(curve: CheckedCurve, result: BDResult) -> tuple[Array, Array]:
    """Return rates and values along the interpolant, the one that BD-rate used if there is one."""
    if result.bd_rate_percent is not None:
        value = np.linspace(curve.value[0], curve.value[-1], 400)
        return 10 ** fit(curve.value, curve.log_rate, result.method)(value), value
    log_rate = np.linspace(curve.log_rate[0], curve.log_rate[-1], 400)
    return 10**log_rate, fit(curve.log_rate, curve.value, result.method)(log_rate)


def _shade(axes: Axes, curves: tuple[CheckedCurve, CheckedCurve], result: BDResult) -> None:
    low, high = result.quality_low, result.quality_high
    if result.bd_rate_percent is None or low is None or high is None:
        return
    quality = np.linspace(low, high, 400)
    value = curves[0].curve.sign * quality
    left, right = (10 ** fit(c.value, c.log_rate, result.method)(value) for c in curves)
    axes.fill_betweenx(quality, left, right, color="0.85", lw=0, zorder=0, label="integration area")
    for edge in (low, high):
        axes.axhline(edge, color="0.45", lw=0.9, linestyle=":", zorder=0)


def _decorate(axes: Axes, anchor: RDCurve, result: BDResult) -> None:
    info = anchor.info
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    # Matplotlib labels whole decades only, and a curve rarely spans one.
    steps = (1.0, 2.0, 5.0) if high / low > 8 else (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0)
    axes.xaxis.set_major_locator(LogLocator(subs=steps, numticks=20))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda rate, _: f"{rate:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(visible=True, color="0.9", lw=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    unit = f" [{info.unit}]" if info.unit else ""
    axes.set_xlabel("Bitrate [kbps]")
    axes.set_ylabel(info.title + unit + ("" if anchor.rises else " (lower is better)"))
    if not anchor.rises:
        axes.invert_yaxis()
    title = f"no BD-rate ({result.rate_problem.partition(':')[0]})"
    if result.bd_rate_percent is not None:
        title = f"BD-rate {format_delta(result.bd_rate_percent)} %"
    axes.set_title(f"{title}, {info.title}, {result.method}", fontsize=12)
    axes.legend(loc="lower right", frameon=True, framealpha=0.9, edgecolor="0.8")
