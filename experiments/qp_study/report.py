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
from experiments.qp_study.terms import definitions
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
    analysis: Analysis,
    meta: Mapping[str, object],
    out: Path,
    searches: Sequence[SearchReport] = (),
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
        images={kind: images(plots, kind, plot_dir) for kind in ("delta", "heat", "cloud")},
        settings=[setting.label for setting in analysis.settings],
        sequences=list(dict.fromkeys(s.cloud.sequence for s in analysis.studies)),
        paper=analysis.paper,
        definitions=definitions(analysis.paper, analysis.method),
        meta=meta_items(meta),
    )
    html.write_text(text, encoding="utf-8", newline="\n")
    return html
