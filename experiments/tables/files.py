"""The files of a BD table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from experiments.tables.rows import BDRow
from experiments.tables.table import INTERVAL_LABEL, Table, interval_row
from experiments.tables.view import bd_flat, bd_view
from experiments.tables.writers.csv import csv
from experiments.tables.writers.latex import latex
from experiments.tables.writers.markdown import markdown

NOTHING = "There is nothing to compare."


def write_tables(rows: Sequence[BDRow], out_dir: Path, stem: str, title: str) -> tuple[Path, ...]:
    """Write ``stem``.csv (all digits), .md and .tex into ``out_dir``; return their paths.

    Raises:
        OSError: a file cannot be written.
    """
    shown = bd_view(rows)
    texts = {
        "csv": csv([bd_flat(rows)], notes=True),
        "md": bd_markdown(shown, title),
        "tex": latex(shown, title=title),
    }
    paths = []
    for suffix, text in texts.items():
        path = out_dir / f"{stem}.{suffix}"
        path.write_text(text, encoding="utf-8", newline="\n")
        paths.append(path)
    return tuple(paths)


def bd_markdown(shown: Sequence[Table], title: str) -> str:
    """A BD table as a Markdown document."""
    leads = ["Negative BD-rate: the method needs less rate than the anchor."]
    if any(interval_row(table, row) for table in shown for row in table.rows):
        leads.append(f"Below a mean stands its {INTERVAL_LABEL} over the sequences (bootstrap).")
    tables = shown if shown[0].rows else ()
    return markdown(tables, title=title, leads=leads if tables else [*leads, NOTHING])
