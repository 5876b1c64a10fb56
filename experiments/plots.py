"""RD plots and per-frame plots of an experiment, as matplotlib figures and as files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, Locator, LogLocator, MaxNLocator, NullLocator

from experiments.plot_modes import decisions, modes_figure
from experiments.plot_qp import qp_figures
from experiments.plot_style import (
    FORMATS,
    RC,
    Palette,
    Style,
    figure_formats,
    in_grey,
    method_styles,
    mode_fills,
    new_figure,
    save,
)
from experiments.plot_times import times_figure
from experiments.result_frames import GROUP, clean_frames, clean_points, parts

RateAxis = Literal["log", "linear", "both"]
Kind = Literal["rd", "frames", "times", "modes", "qp"]

DENSE = 48  # frames above which a marker on each would hide the line


@dataclass(frozen=True)
class Plot:
    """One plot: what it shows, its figure and the stem of its file names.

    ``sequence`` is empty where it is over all of them, ``method`` where it is of all of them.
    """

    kind: Kind
    sequence: str
    codec: str
    config: str
    qp: float | None
    stem: str
    figure: Figure
    method: str = ""


def all_plots(
    points: pd.DataFrame,
    frames: pd.DataFrame,
    *,
    rate_axis: RateAxis = "log",
    palette: Palette = "colour",
) -> tuple[Plot, ...]:
    """An RD plot and, where there are frames, a per-frame plot for each sequence, codec and config.

    Bars of the times follow for each codec and config; decisions for adaptive methods; and where a
    layout has three QP offsets or more, what each pair of QPs gains.

    Raises:
        InputError: there is no rate point, or a column is missing.
    """
    points, frames = clean_points(points), clean_frames(frames)
    styles = method_styles(points, palette)
    stems: set[str] = set()
    plots: list[Plot] = []
    for (codec, config, sequence), part in parts(points, GROUP):
        where = f"{sequence}_{codec}_{config}"
        figure = rd_figure(part, styles, rate_axis=rate_axis)
        plots.append(Plot("rd", sequence, codec, config, None, _stem(f"rd_{where}", stems), figure))
        qp = middle_qp(part)
        chosen = part.loc[part["qp"] == qp, "point"]
        of_part = frames[frames["point"].isin(chosen)]
        if of_part.empty:
            continue
        title = f"{sequence}, {codec} {config}, QP {qp:g}"
        figure = frames_figure(of_part, styles, title=title)
        stem = _stem(f"frames_{where}", stems)
        plots.append(Plot("frames", sequence, codec, config, qp, stem, figure))
    plots += _mode_plots(points, frames, palette, stems)
    plots += _qp_plots(points, palette, stems)
    plots += _time_plots(points, styles, stems)
    return tuple(plots)


def _mode_plots(
    points: pd.DataFrame, frames: pd.DataFrame, palette: Palette, stems: set[str]
) -> Iterator[Plot]:
    decided = decisions(points, frames)
    fills = mode_fills(list(dict.fromkeys(decided["mode"])), palette)
    for (codec, config, sequence, method), part in parts(decided, (*GROUP, "method")):
        title = f"{sequence}, {codec} {config}, {method}"
        figure = modes_figure(part, fills, title=title)
        stem = _stem(f"modes_{sequence}_{codec}_{config}_{method}", stems)
        yield Plot("modes", sequence, codec, config, None, stem, figure, method)


def _qp_plots(points: pd.DataFrame, palette: Palette, stems: set[str]) -> Iterator[Plot]:
    for found in qp_figures(points):
        figure = in_grey(found.figure) if palette == "grey" else found.figure
        where = (found.sequence, found.codec, found.config)
        stem = _stem(f"qp_{found.what}_{'_'.join(where)}_{found.method}", stems)
        yield Plot("qp", *where, None, stem, figure, found.method)


def _time_plots(
    points: pd.DataFrame, styles: Mapping[str, Style], stems: set[str]
) -> Iterator[Plot]:
    for (codec, config), part in parts(points, ("codec", "config")):
        figure = times_figure(part, styles, title=f"{codec} {config}")
        if figure is not None:
            stem = _stem(f"times_{codec}_{config}", stems)
            yield Plot("times", "", codec, config, None, stem, figure)


def write_plots(
    plots: Sequence[Plot], folder: Path, formats: Sequence[str] | None = None
) -> tuple[Path, ...]:
    """Write all plots into ``folder``, which must exist, and remove what was plotted before.

    Figures of points that the folder's experiment no longer has would be taken for its results.

    Raises:
        OSError: a file cannot be written.
    """
    chosen = figure_formats() if formats is None else formats
    written = tuple(path for p in plots for path in save(p.figure, folder, p.stem, chosen))
    ours = tuple(f"{kind}_" for kind in get_args(Kind))
    for path in folder.iterdir():
        if path.name.startswith(ours) and path.suffix[1:] in FORMATS and path not in written:
            path.unlink()
    return written


def middle_qp(points: pd.DataFrame) -> float:
    """The middle QP (the upper of two) of those that all methods have: the one shown by frames."""
    sets = [set(map(float, part["qp"])) for _, part in parts(points, ("method",))]
    common = sorted(set.intersection(*sets) or set.union(*sets))
    return common[len(common) // 2]


def rd_figure(
    points: pd.DataFrame, styles: Mapping[str, Style], *, rate_axis: RateAxis = "log"
) -> Figure:
    """PSNR-Y in dB over rate in kbps of the points of one sequence, codec and configuration.

    All methods are drawn; the anchor's points carry their QPs.
    """
    with mpl.rc_context(RC):
        scales = ("linear", "log") if rate_axis == "both" else (rate_axis,)
        figure = new_figure(7.2 if len(scales) == 1 else 11.0, 4.8)
        figure.suptitle(_title(points), fontsize=10)
        for axes, scale in zip(
            figure.subplots(1, len(scales), squeeze=False, sharey=True)[0], scales, strict=True
        ):
            _draw_rd(axes, points, styles, log=scale == "log")
        _legend(figure, list(dict.fromkeys(map(str, points["method"]))), styles)
    return figure


def _draw_rd(axes: Axes, points: pd.DataFrame, styles: Mapping[str, Style], *, log: bool) -> None:
    for (method,), part in parts(points, ("method",)):
        style = styles[method]
        curve = part.dropna(subset=["rate_kbps", "psnr_y"]).sort_values("rate_kbps", kind="stable")
        rate, psnr = curve["rate_kbps"].to_list(), curve["psnr_y"].to_list()
        is_anchor = bool(part["is_anchor"].any())
        axes.plot(rate, psnr, **_look(style), zorder=2.5 if is_anchor else 2)
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
        _log_rate(axes)
    axes.margins(x=0.08, y=0.08)
    axes.set_xlabel("rate [kbps]" + (", log scale" if log else ""))
    axes.set_ylabel("PSNR-Y [dB]")


def frames_figure(frames: pd.DataFrame, styles: Mapping[str, Style], *, title: str) -> Figure:
    """PSNR-Y in dB and bits of each frame at one QP, one line a method; key frames are ringed."""
    with mpl.rc_context(RC):
        figure = new_figure(7.2, 5.4)
        figure.suptitle(title, fontsize=10)
        top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[2.4, 1])
        keys_shown = False
        for nth, ((method,), part) in enumerate(parts(frames, ("method",))):
            style = styles[method]
            line = part.sort_values("frame", kind="stable")
            index = line["frame"].to_list()
            look = _look(style)
            if len(line) > DENSE:
                # A few markers, each method's on its own frames, tell lines apart in greyscale.
                look |= {"markevery": (nth * 2, len(line) // 10), "linewidth": 1.0}
            look |= {"markersize": 3.5}
            top.plot(index, line["psnr_y"].to_list(), **look)
            bottom.plot(index, (line["bits"] / 1000).to_list(), **look | {"linewidth": 1.0})
            # In an anchor a "key frame" is an intra picture like all the codec's own: not marked.
            keys = line[line["key_frame"].astype(bool) & ~line["is_anchor"].astype(bool)]
            keys_shown = keys_shown or not keys.empty
            top.plot(keys["frame"].to_list(), keys["psnr_y"].to_list(), **_ring(style.colour))
        top.set_ylabel("PSNR-Y [dB]")
        bottom.set_ylabel("kbit")
        bottom.set_xlabel("frame, in display order")
        bottom.xaxis.set_major_locator(MaxNLocator(integer=True))
        low, high = float(frames["bits"].min()) / 1000, float(frames["bits"].max()) / 1000
        if low > 0:  # a skipped frame may have no bits, and a log axis no place for it
            bottom.set_yscale("log")
            _log_ticks(bottom.yaxis, low, high)
        bottom.set_title(
            "bits of each frame" + (", log scale" if low > 0 else ""), fontsize=8.5, loc="left"
        )
        methods = list(dict.fromkeys(map(str, frames["method"])))
        _legend(figure, methods, styles, keys=keys_shown)
    return figure


def _look(style: Style) -> dict[str, Any]:
    return {
        "color": style.colour,
        "marker": style.marker,
        "markersize": 6.8 if style.marker in "PX*" else 5,  # thin ones, lost in their white edge
        "linestyle": style.dashes,
        "markeredgecolor": "white",
        "markeredgewidth": 0.5,
    }


def _ring(colour: str) -> dict[str, Any]:
    return {
        **{"linestyle": "", "marker": "o", "markersize": 8.5, "markerfacecolor": "none"},
        **{"markeredgecolor": colour, "markeredgewidth": 1.1},
    }


def _legend(
    figure: Figure, methods: Sequence[str], styles: Mapping[str, Style], *, keys: bool = False
) -> None:
    handles = [Line2D([], [], label=name, **_look(styles[name])) for name in methods]
    if keys:
        handles.append(Line2D([], [], label="key frame", **_ring("#555555")))
    longest = max(len(name) for name in methods)
    columns = max(1, min(3, 110 // (longest + 12), len(handles)))
    figure.legend(
        handles=handles, loc="outside lower center", ncols=columns, fontsize=8, handlelength=3.6
    )


def _log_rate(axes: Axes) -> None:
    axes.set_xscale("log")
    low, high = axes.dataLim.intervalx
    _log_ticks(axes.xaxis, low, high)


def _log_ticks(axis: Axis, low: float, high: float) -> None:
    """Plain numbers on a log axis, enough of them for a value between to be read off."""
    locator: Locator
    if high > 6 * low:
        locator = LogLocator(subs=(1.0, 2.0, 5.0))
    elif high > 2.5 * low:
        locator = LogLocator(subs=(1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0))
    else:
        locator = MaxNLocator(5)
    axis.set_major_locator(locator)
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(NullLocator())


def _title(points: pd.DataFrame) -> str:
    row = points.iloc[0]
    title = f"{row['sequence']}, {row['codec']} {row['config']}"
    if {"width", "height"} <= set(points.columns):
        title += (
            f"   ({row['width']:g}×{row['height']:g}, {row['fps']:g} fps, {row['frames']:g} frames)"
        )
    return title


def _stem(text: str, taken: set[str]) -> str:
    """A file name's stem from ``text``: no folders, no spaces, and none given twice."""
    plain = re.sub(r"[^A-Za-z0-9._+-]+", "-", text).strip("-.")
    stem, n = plain, 1
    while stem.lower() in taken:  # some file systems do not tell a from A
        n += 1
        stem = f"{plain}-{n}"
    taken.add(stem.lower())
    return stem
