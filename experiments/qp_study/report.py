"""The files of a study: tables, figures, and one self-contained page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from experiments.figures.axes import Plot, stem_of
from experiments.figures.offsets import cloud_figure, delta_figure, heat_figure
from experiments.figures.style import figure_formats, save
from experiments.offsets.local import heat_cells
from experiments.qp_study import sheets
from experiments.qp_study.analysis import Analysis
from experiments.qp_study.search import SearchReport
from experiments.report.page import images, render
from experiments.report.parts import meta_items
from experiments.tables.table import Table
from experiments.tables.writers.csv import csv
from experiments.tables.writers.markdown import markdown


def all_sheets(analysis: Analysis, searches: Sequence[SearchReport] = ()) -> dict[str, Table]:
    """The tables of a study by the stems of their files, the answer first."""
    paper, studies = analysis.paper, analysis.studies
    tables = {"search": sheets.search_sheet(searches)} if searches else {}
    tables["best_offsets"] = sheets.best_sheet(analysis.rows, paper)
    if len({setting.pattern for setting in analysis.settings}) > 1:
        tables["patterns"] = sheets.pattern_sheet(analysis.rows)
    tables["bd_by_delta"] = sheets.bd_sheet(analysis.rows)
    tables["best_by_rate"] = sheets.rate_sheet(studies, paper)
    tables["hull"] = sheets.hull_sheet(studies)
    tables["rate_difference"] = sheets.local_sheet(studies)
    return tables


def all_figures(analysis: Analysis) -> tuple[Plot, ...]:
    """BD over δ, heat maps (of means first) and clouds of every setting."""
    plots = []
    taken: set[str] = set()

    def add(kind: str, where: str, alt: str, figure: Figure) -> None:
        plots.append(Plot(kind, stem_of(f"qp_{kind}_{where}", taken), alt, figure))

    for setting in analysis.settings:
        label = setting.label
        title = f"BD-rate of fixed offsets: {label}"
        figure = delta_figure(analysis.rows_of(setting), analysis.paper, title)
        add("delta", label, f"BD-rate over δ, {label}", figure)
        mine = [study for study in analysis.studies if study.cloud.setting == setting]
        if len(mine) > 1:
            cells = heat_cells([study.differences for study in mine])
            figure = heat_figure(cells, f"Mean of {len(mine)} sequences\n{label}")
            add("heat", f"mean_{label}", f"Rate by δ and QP, mean, {label}", figure)
        for study in mine:
            name = study.cloud.sequence
            figure = heat_figure(heat_cells([study.differences]), f"{name}\n{label}")
            add("heat", f"{name}_{label}", f"Rate by δ and QP, {name}, {label}", figure)
            figure = cloud_figure(study, analysis.paper)
            add("cloud", f"{name}_{label}", f"R-D cloud of {name}, {label}", figure)
    return tuple(plots)


def write_study(
    analysis: Analysis, meta: Mapping[str, object], out: Path, searches: Sequence[SearchReport] = ()
) -> Path:
    """Write tables, figures and ``qp-study.html``, the path of which is returned, into ``out``.

    ``meta`` is all that repeating the study takes, see `experiments.report.write.write_report`.

    Raises:
        OSError: a file cannot be written.
    """
    title = str(meta.get("title") or "QP allocation")
    tables = all_sheets(analysis, searches)
    for stem, table in tables.items():
        text = csv([table], notes=True)
        (out / f"{stem}.csv").write_text(text, encoding="utf-8", newline="\n")
    text = markdown(list(tables.values()), title=title)
    (out / "qp-study.md").write_text(text, encoding="utf-8", newline="\n")
    plot_dir = out / "plots"
    plot_dir.mkdir(exist_ok=True)
    plots = all_figures(analysis)
    for plot in plots:
        save(plot.figure, plot_dir, plot.stem, figure_formats())
    html = out / "qp-study.html"
    text = render(
        "qp-study.html.j2",
        title=title,
        sheets=tables,
        images={
            kind: images({p.stem: p.alt for p in plots if p.kind == kind}, plot_dir)
            for kind in ("delta", "heat", "cloud")
        },
        settings=[setting.label for setting in analysis.settings],
        sequences=list(dict.fromkeys(s.cloud.sequence for s in analysis.studies)),
        paper=analysis.paper,
        definitions=_definitions(analysis.paper, analysis.method),
        meta=meta_items(meta),
    )
    html.write_text(text, encoding="utf-8", newline="\n")
    return html


def _definitions(paper: int, bd_method: str) -> dict[str, str]:
    """Definitions by term."""
    return {
        "δ": "QP of the key frames less the base QP of the LR frames. All LR frames of a stream"
        " have it; offsets within the stream (h…) come on top, and those that the codec itself"
        " gives its picture types.",
        "BD-rate of a δ": "Bjøntegaard delta rate over PSNR-Y of the curve of this δ at all QPs,"
        f" against the plain codec on all frames at source resolution ({bd_method}). Negative: a"
        " saving.",
        "Common interval": "The usual BD-rate is taken over the PSNR that a curve has in common"
        " with the anchor. That interval moves with δ: finer LR frames move it up, where"
        " down-sampling saves less. So the same BD-rate is also given over the one interval that"
        " the anchor and all offsets reach. Where the two disagree, the best δ by the usual"
        " BD-rate owes something to its interval.",
        "Best fixed offset": "The δ of the lowest BD-rate. For a class and overall: of the lowest"
        " mean of the sequences' BD-rates, among the δ whose means are of the most sequences.",
        "Gain": f"BD-rate of δ = {paper} less that of the best δ, both against the anchor, in"
        f" percentage points. Against δ = {paper}: the BD-rate with the curve of δ = {paper} as"
        " its anchor, over what these two have in common.",
        "Lower convex hull": "Of all pairs of QPs of a sequence, in the plane of PSNR-Y over rate:"
        " the points above every line between two others, from the lowest rate to the highest"
        " PSNR. It is what a choice of both QPs at each rate can reach; pairs on it need not have"
        " one δ.",
        "Best offset at a rate": "At the rate of each anchor point, the δ whose curve (log10 of"
        " the rate, as for BD) has the highest PSNR-Y. Curves are not extrapolated: only offsets"
        " that reach the rate are compared.",
        "Heat map": "Rate of a pair of QPs over the anchor's rate at the same PSNR-Y, less 100 %."
        " A dash: the anchor has no such PSNR. (n): mean over n sequences only. The frame is the"
        " lowest rate difference of a key-frame QP; pairs of one column differ in rate and PSNR.",
    }
