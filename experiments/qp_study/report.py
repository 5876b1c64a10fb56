"""The files of a study: tables, figures, and one self-contained page."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
from matplotlib.figure import Figure

from experiments.figures.offsets import cloud_figure, delta_figure, heat_figure
from experiments.figures.style import figure_formats, save
from experiments.offsets.local import HeatCell
from experiments.qp_study import sheets
from experiments.qp_study.analysis import Analysis
from experiments.qp_study.search_table import SearchReport, search_sheet
from experiments.qp_study.terms import definitions
from experiments.report.parts import meta_items

_TEMPLATES = Path(__file__).parents[1] / "report" / "templates"


@dataclass(frozen=True)
class StudyFiles:
    """What was written: the page, tables as CSV, all tables as Markdown, figures."""

    html: Path
    tables: tuple[Path, ...]
    plots: tuple[Path, ...]


@dataclass(frozen=True)
class Plot:
    """One figure: ``kind`` is ``delta``, ``heat`` or ``cloud``."""

    kind: str
    stem: str
    alt: str
    figure: Figure


def all_sheets(
    analysis: Analysis, searches: Sequence[SearchReport] = ()
) -> tuple[sheets.Sheet, ...]:
    """The tables of a study, the answer first."""
    paper, studies = analysis.paper, analysis.studies
    patterns = len({setting.pattern for setting in analysis.settings}) > 1
    return (
        *((search_sheet(searches),) if searches else ()),
        sheets.best_sheet(analysis.rows, paper),
        *((sheets.pattern_sheet(analysis.rows),) if patterns else ()),
        sheets.bd_sheet(analysis.rows),
        sheets.rate_sheet(zip(studies, analysis.by_rate, strict=True), paper),
        sheets.hull_sheet(studies),
        sheets.local_sheet(zip(studies, analysis.differences, strict=True)),
    )


def all_figures(analysis: Analysis) -> tuple[Plot, ...]:
    """BD over δ, heat maps (of means first) and clouds of every setting."""
    plots = []
    taken: set[str] = set()

    def add(kind: str, label: str, alt: str, figure: Figure) -> None:
        plots.append(Plot(kind, _stem(f"qp_{kind}_{label}", taken), alt, figure))

    for setting in analysis.settings:
        label = setting.label
        title = f"BD-rate of fixed offsets: {label}"
        figure = delta_figure(analysis.rows_of(setting), analysis.paper, title)
        add("delta", label, f"BD-rate over δ, {label}", figure)
        mine = [
            (study, cells)
            for study, cells in zip(analysis.studies, analysis.differences, strict=True)
            if study.cloud.setting == setting
        ]
        if len(mine) > 1:
            title = f"Mean of {len(mine)} sequences\n{label}"
            figure = heat_figure(analysis.mean_difference(setting), title)
            add("heat", f"mean_{label}", f"Rate by δ and QP, mean, {label}", figure)
        for study, cells in mine:
            name = study.cloud.sequence
            where = f"{name}_{label}"
            shown = {pair: HeatCell(value) for pair, value in cells.items()}
            figure = heat_figure(shown, f"{name}\n{label}")
            add("heat", where, f"Rate by δ and QP, {name}, {label}", figure)
            figure = cloud_figure(study, analysis.paper)
            add("cloud", where, f"R-D cloud of {name}, {label}", figure)
    return tuple(plots)


def write_study(
    analysis: Analysis,
    meta: Mapping[str, object],
    out: Path,
    *,
    bd_method: str,
    searches: Sequence[SearchReport] = (),
) -> StudyFiles:
    """Write tables, figures and ``qp-study.html`` into ``out``, which must exist.

    ``meta``: what it takes to repeat the study, see `experiments.report.write.write_report`.

    Raises:
        OSError: a file cannot be written.
    """
    title = str(meta.get("title") or "QP allocation")
    tables = all_sheets(analysis, searches)
    paths = []
    for sheet in tables:
        path = out / f"{sheet.stem}.csv"
        path.write_text(sheet.csv_text(), encoding="utf-8", newline="\n")
        paths.append(path)
    markdown = "\n".join([f"# {title}", "", *(sheet.markdown_text() for sheet in tables)])
    (out / "qp-study.md").write_text(markdown, encoding="utf-8", newline="\n")
    plot_dir = out / "plots"
    plot_dir.mkdir(exist_ok=True)
    plots = all_figures(analysis)
    formats = figure_formats()
    files = tuple(path for p in plots for path in save(p.figure, plot_dir, p.stem, formats))
    html = out / "qp-study.html"
    html.write_text(
        _render(
            title=title,
            sheets={sheet.stem: sheet for sheet in tables},
            images={
                kind: [_image(p, plot_dir) for p in plots if p.kind == kind]
                for kind in ("delta", "heat", "cloud")
            },
            settings=[setting.label for setting in analysis.settings],
            sequences=list(dict.fromkeys(s.cloud.sequence for s in analysis.studies)),
            paper=analysis.paper,
            definitions=definitions(analysis.paper, bd_method),
            meta=meta_items(meta),
        ),
        encoding="utf-8",
        newline="\n",
    )
    return StudyFiles(html, (*paths, out / "qp-study.md"), files)


def _render(**context: object) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("qp-study.html.j2").render(**context)


def _image(plot: Plot, folder: Path) -> tuple[str, str]:
    """Its text and its SVG as a data URI."""
    svg = (folder / f"{plot.stem}.svg").read_bytes()
    return plot.alt, "data:image/svg+xml;base64," + base64.b64encode(svg).decode()


def _stem(text: str, taken: set[str]) -> str:
    """A file name's stem: no folders, no spaces, and none given twice."""
    plain = re.sub(r"[^A-Za-z0-9._+-]+", "-", text).strip("-.")
    stem, n = plain, 1
    while stem.lower() in taken:
        n += 1
        stem = f"{plain}-{n}"
    taken.add(stem.lower())
    return stem
