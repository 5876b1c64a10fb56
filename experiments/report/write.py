"""From the result tables of an experiment to a folder with BD tables, plots and ``report.html``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.figures.plots import all_plots, write_plots
from experiments.figures.style import Palette
from experiments.report.page import images, render
from experiments.report.parts import meta_items, remarks
from experiments.report.tables import methods_table, points_table, sequences_table, times_table
from experiments.report.terms import definitions
from experiments.results.frames import clean_frames, clean_points, parts
from experiments.results.load import shown_meta, write_points
from experiments.results.lr_frames import lr_points
from experiments.tables.bd import bd_rows
from experiments.tables.jvet import jvet_table
from experiments.tables.jvet_book import jvet_book
from experiments.tables.jvet_view import jvet_flat, jvet_markdown, jvet_tables
from experiments.tables.table import Table
from experiments.tables.view import bd_overviews, bd_texts, bd_view
from experiments.tables.writers.csv import csv

TITLE = "BD against the anchor"


@dataclass(frozen=True)
class ReportFiles:
    """The files that were written, and the results in short."""

    html: Path
    tables: tuple[Path, ...]
    """BD tables in CSV, Markdown and LaTeX, and the rate points of the LR frames."""
    jvet: tuple[Path, ...]
    """The table by class in Markdown, CSV and Excel."""
    plots: tuple[Path, ...]
    """In each format, see `experiments.figures.style`."""
    overviews: tuple[Table, ...]
    """The overall means: of all frames, then of the LR frames alone."""


def write_report(
    points: pd.DataFrame,
    frames: pd.DataFrame,
    meta: Mapping[str, Any],
    out_dir: Path,
    *,
    palette: Palette = "colour",
) -> ReportFiles:
    """Write ``points.csv``, ``frames.parquet``, all tables, plots and the report of an experiment.

    Args:
        points: one row a rate point (rates in kbps, PSNR in dB, times in s).
        frames: one row a frame of a point; may be empty, then what needs frames is left out.
        meta: what it takes to repeat the experiment. ``title`` and ``git_commit``,
            ``command_line``, ``experiment_yaml``, ``encoder_command_lines``, ``versions``,
            ``machine``, ``seeds``, ``sources`` come in this order, anything else after them, but
            for ``bd_method`` (pchip, cubic or akima), ``catalogues`` (see `jvet_table`) and
            ``remarks``, sentences to stand above the numbers before those that rows give.
        out_dir: made if it is not there; files of the same names are replaced.
        palette: ``grey`` draws all figures in greys.

    Raises:
        InputError: there is no rate point, a column is missing, or the BD method is unknown.
        OSError: a file cannot be written.
    """
    clean = clean_points(points), clean_frames(frames)  # what cannot be reported leaves no file
    write_points(points, frames, out_dir)
    points, frames = clean
    bd_method = str(meta.get("bd_method", "pchip"))
    rows = bd_rows(points, bd_method=bd_method)
    lr = lr_points(frames, points)
    lr_rows = bd_rows(lr, bd_method=bd_method, times=False) if not lr.empty else ()
    jvet = jvet_table(rows, meta.get("catalogues", ()))
    plots = all_plots(points, frames, palette=palette)

    plot_dir = out_dir / "plots"
    plot_dir.mkdir(parents=True, exist_ok=True)
    tables = {
        **bd_texts(rows, "bd_all_frames", f"{TITLE}, all frames"),
        **bd_texts(lr_rows, "bd_lr_frames", f"{TITLE}, LR frames alone (key frames not counted)"),
        "points_lr_frames.csv": lr.to_csv(index=False),
    }
    jvet_csv = csv([jvet_flat(jvet)], notes=True)
    jvet_texts = {"jvet.md": jvet_markdown(jvet), "jvet.csv": jvet_csv}
    for name, text in (tables | jvet_texts).items():
        (out_dir / name).write_text(text, encoding="utf-8", newline="\n")
    book = out_dir / "jvet.xlsx"
    book.write_bytes(jvet_book(points, rows, jvet))
    plot_files = write_plots(plots, plot_dir)
    depths = points.get("measured_bit_depth", pd.Series(dtype=float)).dropna()
    anchors = list(dict.fromkeys(map(str, points.loc[points["is_anchor"], "method"])))
    text = render(
        "report.html.j2",
        title=str(meta.get("title") or "Rate-distortion report"),
        anchors=anchors,
        runs=[" ".join(key) for key, _ in parts(points, ("codec", "config"))],
        sequences=sequences_table(points),
        methods=methods_table(points),
        qps=[f"{qp:g}" for qp in sorted(set(points["qp"]))],
        jvet=jvet_tables(jvet) if jvet.classes > 1 else None,
        jvet_rule=jvet.rule,
        all_frames=bd_view(rows),
        lr_frames=bd_view(lr_rows),
        plots={
            kind: images({p.stem: p.alt for p in plots if p.kind == kind}, plot_dir)
            for kind in ("rd", "frames", "modes", "qp", "times")
        },
        remarks=(*meta.get("remarks", ()), *remarks(points)),
        times=times_table(points, rows),
        points=points_table(points),
        definitions=definitions(bd_method, anchors, {int(depth) for depth in depths}),
        meta=meta_items(shown_meta(meta)),
    )
    html = out_dir / "report.html"
    html.write_text(text, encoding="utf-8", newline="\n")
    overviews = bd_overviews(rows, lr_rows, bd_method)
    return ReportFiles(
        html=html,
        tables=tuple(out_dir / name for name in tables),
        jvet=(*(out_dir / name for name in jvet_texts), book),
        plots=plot_files,
        overviews=overviews,
    )
