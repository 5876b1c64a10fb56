"""RD plots and per-frame plots of an experiment, as matplotlib figures and as files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import pandas as pd
from matplotlib.figure import Figure

from experiments.figures.axes import RateAxis, stem_of
from experiments.figures.frames import frames_figure
from experiments.figures.modes import decisions, modes_figure
from experiments.figures.offsets_of_run import qp_figures
from experiments.figures.rd import rd_figure
from experiments.figures.style import (
    FORMATS,
    Palette,
    Style,
    figure_formats,
    in_grey,
    method_styles,
    mode_fills,
    save,
)
from experiments.figures.times import times_figure
from experiments.results.frames import GROUP, parts

Kind = Literal["rd", "frames", "times", "modes", "qp"]


@dataclass(frozen=True)
class Plot:
    """One plot: what it shows, and its figure."""

    kind: Kind
    sequence: str
    """Empty where the plot is over all sequences."""
    codec: str
    config: str
    qp: float | None
    stem: str
    """The stem of its files' names."""
    figure: Figure
    method: str = ""
    """Empty where the plot is of all methods."""

    @property
    def alt(self) -> str:
        """A sentence on it for those who cannot see it."""
        place = (self.sequence, f"{self.codec} {self.config}", self.method)
        where = ", ".join(filter(None, place))
        if self.kind == "rd":
            return f"RD plot of {where}: PSNR-Y over rate"
        if self.kind == "times":
            return f"CPU time of {where} relative to the anchor: encoding and decoding"
        if self.kind == "modes":
            return f"Decisions of {where}: the mode of each GOP at each QP"
        if self.kind == "qp":
            return f"QP study of {where}"
        return f"PSNR-Y and bits of each frame of {where} at QP {self.qp:g}"


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
    for (codec, config, sequence), part in parts(points, GROUP):
        where = f"{sequence}_{codec}_{config}"
        figure = rd_figure(part, styles, rate_axis=rate_axis)
        plots.append(
            Plot("rd", sequence, codec, config, None, stem_of(f"rd_{where}", stems), figure)
        )
        qp = middle_qp(part)
        chosen = part.loc[part["qp"] == qp, "point"]
        of_part = frames[frames["point"].isin(chosen)]
        if of_part.empty:
            continue
        title = f"{sequence}, {codec} {config}, QP {qp:g}"
        figure = frames_figure(of_part, styles, title=title)
        stem = stem_of(f"frames_{where}", stems)
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
        stem = stem_of(f"modes_{sequence}_{codec}_{config}_{method}", stems)
        yield Plot("modes", sequence, codec, config, None, stem, figure, method)


def _qp_plots(points: pd.DataFrame, palette: Palette, stems: set[str]) -> Iterator[Plot]:
    for found in qp_figures(points):
        figure = in_grey(found.figure) if palette == "grey" else found.figure
        where = (found.sequence, found.codec, found.config)
        stem = stem_of(f"qp_{found.what}_{'_'.join(where)}_{found.method}", stems)
        yield Plot("qp", *where, None, stem, figure, found.method)


def _time_plots(
    points: pd.DataFrame, styles: Mapping[str, Style], stems: set[str]
) -> Iterator[Plot]:
    for (codec, config), part in parts(points, ("codec", "config")):
        figure = times_figure(part, styles, title=f"{codec} {config}")
        if figure is not None:
            stem = stem_of(f"times_{codec}_{config}", stems)
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
