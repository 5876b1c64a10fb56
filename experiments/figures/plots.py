"""RD plots and per-frame plots of an experiment, as matplotlib figures and as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from experiments.figures.axes import Plot, RateAxis, stem_of
from experiments.figures.frames import frames_figure
from experiments.figures.modes import decisions, modes_figure
from experiments.figures.offsets_of_run import qp_figures
from experiments.figures.rd import rd_figure
from experiments.figures.style import (
    FORMATS,
    Palette,
    figure_formats,
    in_grey,
    method_styles,
    mode_fills,
    save,
)
from experiments.figures.times import times_figure
from experiments.results.frames import GROUP, parts

KINDS = ("rd", "frames", "times", "modes", "qp")


def all_plots(
    points: pd.DataFrame,
    frames: pd.DataFrame,
    *,
    rate_axis: RateAxis = "log",
    palette: Palette = "colour",
) -> tuple[Plot, ...]:
    """An RD plot and, where there are frames, a per-frame plot for each sequence, codec and config.

    Bars of the times follow for each codec and config; decisions for adaptive methods; and where a
    layout has three QP offsets or more, what each pair of QPs gains. Both tables are cleaned ones.
    """
    styles = method_styles(points, palette)
    stems: set[str] = set()
    plots: list[Plot] = []

    def add(kind: str, names: Sequence[str], alt: str, figure: Figure) -> None:
        plots.append(Plot(kind, stem_of("_".join((kind, *names)), stems), alt, figure))

    for (codec, config, sequence), part in parts(points, GROUP):
        names, where = (sequence, codec, config), f"{sequence}, {codec} {config}"
        figure = rd_figure(part, styles, rate_axis=rate_axis)
        add("rd", names, f"RD plot of {where}: PSNR-Y over rate", figure)
        qp = middle_qp(part)
        of_part = frames[frames["point"].isin(part.loc[part["qp"] == qp, "point"])]
        if not of_part.empty:
            figure = frames_figure(of_part, styles, title=f"{where}, QP {qp:g}")
            add("frames", names, f"PSNR-Y and bits of each frame of {where} at QP {qp:g}", figure)
    decided = decisions(points, frames)
    fills = mode_fills(list(dict.fromkeys(decided["mode"])), palette)
    for (codec, config, sequence, method), part in parts(decided, (*GROUP, "method")):
        where = f"{sequence}, {codec} {config}, {method}"
        alt = f"Decisions of {where}: the mode of each GOP at each QP"
        add("modes", (sequence, codec, config, method), alt, modes_figure(part, fills, title=where))
    for kind, (sequence, codec, config, method), figure in qp_figures(points):
        alt = f"QP study of {sequence}, {codec} {config}, {method}"
        shown = in_grey(figure) if palette == "grey" else figure
        add("qp", (kind, sequence, codec, config, method), alt, shown)
    for (codec, config), part in parts(points, ("codec", "config")):
        times = times_figure(part, styles, title=f"{codec} {config}")
        if times is not None:
            alt = f"CPU time of {codec} {config} relative to the anchor: encoding and decoding"
            add("times", (codec, config), alt, times)
    return tuple(plots)


def write_plots(plots: Sequence[Plot], folder: Path) -> tuple[Path, ...]:
    """Write all plots into ``folder``, which must exist, and remove what was plotted before.

    Figures of points that the folder's experiment no longer has would be taken for its results.

    Raises:
        OSError: a file cannot be written.
    """
    formats = figure_formats()
    written = tuple(path for p in plots for path in save(p.figure, folder, p.stem, formats))
    ours = tuple(f"{kind}_" for kind in KINDS)
    for path in folder.iterdir():
        if path.name.startswith(ours) and path.suffix[1:] in FORMATS and path not in written:
            path.unlink()
    return written


def middle_qp(points: pd.DataFrame) -> float:
    """The middle QP (the upper of two) of those that all methods have: the one shown by frames."""
    sets = [set(map(float, part["qp"])) for _, part in parts(points, ("method",))]
    common = sorted(set.intersection(*sets) or set.union(*sets))
    return common[len(common) // 2]
