"""From the result tables of an experiment to a folder with BD tables, plots and ``report.html``."""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
import pandas as pd

from experiments.excel import workbook
from experiments.jvet_files import jvet_csv, jvet_markdown, jvet_view
from experiments.jvet_table import jvet_table
from experiments.plot_style import Palette
from experiments.plots import Plot, RateAxis, all_plots, write_plots
from experiments.report_parts import (
    meta_items,
    method_rows,
    point_table,
    remarks,
    sequence_rows,
    time_rows,
)
from experiments.report_terms import definitions
from experiments.result_frames import clean_frames, clean_points, parts
from experiments.table_files import write_tables
from experiments.table_view import view
from experiments.tables import bd_rows, lr_points

ALL_FRAMES_TITLE = "BD against the anchor, all frames"
LR_FRAMES_TITLE = "BD against the anchor, LR frames alone (key frames not counted)"
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class ReportFiles:
    """What was written: report, BD tables (CSV, Markdown, LaTeX), plots (PNG, SVG, PDF).

    ``jvet``: the table by class in Markdown, CSV and Excel.
    """

    html: Path
    tables: tuple[Path, ...]
    jvet: tuple[Path, ...]
    plots: tuple[Path, ...]


def write_report(
    points: pd.DataFrame,
    frames: pd.DataFrame,
    meta: Mapping[str, object],
    out_dir: Path,
    *,
    bd_method: str = "pchip",
    rate_axis: RateAxis = "log",
    catalogues: Collection[str] = (),
    remarks_of_runs: Sequence[str] = (),
    palette: Palette = "colour",
) -> ReportFiles:
    """Write all tables, plots and the report of one experiment into ``out_dir``.

    Args:
        points: one row a rate point (rates in kbps, PSNR in dB, times in s).
        frames: one row a frame of a point; may be empty, then what needs frames is left out.
        meta: what it takes to repeat the experiment. ``title`` and ``git_commit``,
            ``command_line``, ``experiment_yaml``, ``encoder_command_lines``, ``versions``,
            ``machine``, ``seeds``, ``sources`` come in this order, anything else after them.
        out_dir: made if it is not there; files of the same names are replaced.
        bd_method: ``pchip``, ``cubic`` or ``akima``.
        rate_axis: of the RD plots.
        catalogues: those that the sequences were taken from, see `jvet_table.jvet_table`.
        palette: ``grey`` draws all figures in greys.
        remarks_of_runs: sentences to stand above the numbers, before those that rows give.

    Raises:
        InputError: there is no rate point, a column is missing, or ``bd_method`` is unknown.
        OSError: a file cannot be written.
    """
    points, frames = clean_points(points), clean_frames(frames)
    rows = bd_rows(points, bd_method=bd_method)
    lr = lr_points(frames, points)
    lr_rows = bd_rows(lr, bd_method=bd_method, times=False) if not lr.empty else ()
    jvet = jvet_table(rows, catalogues)
    plots = all_plots(points, frames, rate_axis=rate_axis, palette=palette)

    plot_dir = out_dir / "plots"
    plot_dir.mkdir(parents=True, exist_ok=True)
    lr_file = out_dir / "points_lr_frames.csv"
    lr_file.write_text(lr.to_csv(index=False), encoding="utf-8", newline="\n")
    tables = (
        *write_tables(rows, out_dir, "bd_all_frames", ALL_FRAMES_TITLE),
        *write_tables(lr_rows, out_dir, "bd_lr_frames", LR_FRAMES_TITLE),
        lr_file,
    )
    jvet_files = tuple(out_dir / f"jvet.{suffix}" for suffix in ("md", "csv", "xlsx"))
    jvet_files[0].write_text(jvet_markdown(jvet), encoding="utf-8", newline="\n")
    jvet_files[1].write_text(jvet_csv(jvet), encoding="utf-8", newline="\n")
    jvet_files[2].write_bytes(workbook(points, rows, jvet))
    plot_files = write_plots(plots, plot_dir)
    html = out_dir / "report.html"
    anchors = list(dict.fromkeys(map(str, points.loc[points["is_anchor"], "method"])))
    text = _render(
        title=str(meta.get("title") or "Rate-distortion report"),
        anchors=anchors,
        runs=[" ".join(key) for key, _ in parts(points, ("codec", "config"))],
        sequences=sequence_rows(points),
        methods=method_rows(points),
        qps=[f"{qp:g}" for qp in sorted(set(points["qp"]))],
        jvet=jvet_view(jvet) if jvet.classes > 1 else None,
        jvet_rule=jvet.rule,
        all_frames=view(rows),
        lr_frames=view(lr_rows),
        rd_plots=_images(plots, "rd", plot_dir),
        frame_plots=_images(plots, "frames", plot_dir),
        mode_plots=_images(plots, "modes", plot_dir),
        qp_plots=_images(plots, "qp", plot_dir),
        time_plots=_images(plots, "times", plot_dir),
        remarks=(*remarks_of_runs, *remarks(points)),
        times=time_rows(points, rows),
        points=point_table(points),
        definitions=definitions(bd_method, anchors, _bit_depths(points)),
        meta=meta_items(meta),
    )
    html.write_text(text, encoding="utf-8", newline="\n")
    return ReportFiles(html=html, tables=tables, jvet=jvet_files, plots=plot_files)


@dataclass(frozen=True)
class _Image:
    alt: str
    source: str


def _images(plots: Sequence[Plot], kind: str, folder: Path) -> tuple[_Image, ...]:
    """Plots as data URIs: an SVG in an ``img`` needs no file, and its ids cannot meet another's."""
    return tuple(
        _Image(
            alt=_alt(plot),
            source=_data_uri(folder / f"{plot.stem}.svg"),
        )
        for plot in plots
        if plot.kind == kind
    )


def _data_uri(svg: Path) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.read_bytes()).decode()


def _bit_depths(points: pd.DataFrame) -> list[int]:
    if "measured_bit_depth" not in points.columns:
        return []
    return sorted({int(depth) for depth in points["measured_bit_depth"].dropna()})


def _alt(plot: Plot) -> str:
    where = ", ".join(filter(None, (plot.sequence, f"{plot.codec} {plot.config}", plot.method)))
    if plot.kind == "rd":
        return f"RD plot of {where}: PSNR-Y over rate"
    if plot.kind == "times":
        return f"CPU time of {where} relative to the anchor: encoding and decoding"
    if plot.kind == "modes":
        return f"Decisions of {where}: the mode of each GOP at each QP"
    if plot.kind == "qp":
        return f"QP study of {where}"
    return f"PSNR-Y and bits of each frame of {where} at QP {plot.qp:g}"


def _render(**context: object) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["minus"] = lambda text: str(text).replace("-", "−")
    return environment.get_template("report.html.j2").render(**context)
