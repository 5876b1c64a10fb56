"""What the command line prints: tables for a terminal, documents for ``--json``."""

from collections.abc import Sequence
from itertools import groupby

import pandas as pd
from rich.console import Console, RenderableType
from rich.table import Table

from experiments.plan.encodes import PlannedEncode, PlannedPoint
from experiments.tables.bd import bd_rows, lr_points
from experiments.tables.rows import BDRow, bd_rate_key
from experiments.tables.view import terminal_rows, view

MANY_POINTS = 500


def grid(title: str, *columns: str, left: int = 1) -> Table:
    """A table for a terminal; columns after the first ``left`` are numbers."""
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for at, column in enumerate(columns):
        table.add_column(column, justify="left" if at < left else "right", overflow="fold")
    return table


def print_plan(console: Console, encodes: Sequence[PlannedEncode]) -> None:
    """The rate points of an experiment, and how many there are.

    A long list comes as plain lines: laying out a table takes longer than planning it.
    """
    points = sum(len(planned.points) for planned in encodes)
    title = f"{points} rate points from {len(encodes)} files"
    columns = ("sequence", "codec", "config", "method", "QP", "frames")
    rows = (_plan_row(planned, point) for planned in encodes for point in planned.points)
    if points > MANY_POINTS:
        console.file.write("\n".join((title, "\t".join(columns), *map("\t".join, rows), "")))
        return
    table = grid(title, *columns, left=4)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _plan_row(planned: PlannedEncode, point: PlannedPoint) -> tuple[str, ...]:
    method = f"{point.method}{' (anchor)' if point.is_anchor else ''}"
    layout, sequence = planned.job.layout, planned.sequence
    named = (sequence.name, planned.codec_label, layout.config.value, method)
    return (*named, str(planned.job.qp), str(sequence.frames))


def bd_tables(points: pd.DataFrame, frames: pd.DataFrame, method: str) -> list[RenderableType]:
    """BD tables: all frames first, then the LR frames alone, each with its notes."""
    parts: list[RenderableType] = []
    rows = bd_rows(points, bd_method=method)
    lr = lr_points(frames, points)
    shown = [(f"all frames ({method})", rows)]
    if not lr.empty:
        lr_rows = bd_rows(lr, bd_method=method, times=False)
        shown.append(("LR frames alone, key frames not counted", lr_rows))
    anchors = ", ".join(sorted(set(points.loc[points["is_anchor"], "method"])))
    for title, table_rows in shown:
        header, lines = terminal_rows(table_rows)
        heads = [head.replace(" ", "\n", 1) for head in header[2:]]
        for (codec, config), group in groupby(lines, key=lambda line: line[:2]):
            table = grid(f"{codec}, {config}: BD against {anchors}, {title}", *heads, left=2)
            table.columns[0].no_wrap = True
            for line in group:
                table.add_row(*line[2:])
            parts.append(table)
        parts.extend(f"  {text}" for text in _interval_lines(table_rows))
        notes = view(table_rows).notes
        parts.extend(f"  {number}) {note}" for number, note in enumerate(notes, 1))
    return parts


def _interval_lines(rows: Sequence[BDRow]) -> list[str]:
    """A line a codec and configuration: the 95 % intervals of BD-rate Y, method by method."""
    key, found = bd_rate_key("psnr_y"), dict[str, list[str]]()
    for row in rows:
        interval = row.cells[key].interval if row.scope == "overall" and key in row.cells else None
        if interval:
            text = f"{row.method} {interval.low:+.2f} … {interval.high:+.2f}"
            found.setdefault(f"{row.codec}, {row.config}", []).append(text)
    head = "95 % interval over sequences, BD-rate Y [%]"
    return [f"{where}: {head}: {'; '.join(texts)}" for where, texts in found.items()]
