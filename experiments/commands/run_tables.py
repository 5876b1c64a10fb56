"""The tables that several commands print of an experiment: its plan, and its BD."""

from collections.abc import Sequence

import pandas as pd

from experiments.commands.console import show
from experiments.commands.entry import out
from experiments.plan.encodes import PlannedEncode, PlannedPoint
from experiments.results.frames import clean_frames, clean_points
from experiments.results.lr_frames import lr_points
from experiments.tables.bd import bd_rows
from experiments.tables.table import Table, number_columns, plain_rows, text_columns
from experiments.tables.view import bd_overview

MANY_POINTS = 500


def print_plan(encodes: Sequence[PlannedEncode]) -> None:
    """Print the rate points of an experiment, and how many there are.

    A long list comes as plain lines: laying out a table takes longer than planning it.
    """
    rows = [_plan_row(planned, point) for planned in encodes for point in planned.points]
    words = text_columns("sequence", "codec", "config", "method")
    columns = (*words, *number_columns("QP", "frames"))
    title = f"{len(rows)} rate points from {len(encodes)} files"
    if len(rows) > MANY_POINTS:
        lines = [title, "\t".join(column.head for column in columns)]
        lines += ["\t".join(map(str, row)) for row in rows]
        out.file.write("\n".join([*lines, ""]))
        return
    show([Table(title, columns, plain_rows(rows))])


def _plan_row(planned: PlannedEncode, point: PlannedPoint) -> tuple[str | int, ...]:
    method = f"{point.method}{' (anchor)' if point.is_anchor else ''}"
    layout, sequence = planned.job.layout, planned.sequence
    named = (sequence.name, planned.codec_label, layout.config.value, method)
    return (*named, planned.job.qp, sequence.frames)


def bd_tables(points: pd.DataFrame, frames: pd.DataFrame, method: str) -> tuple[Table, ...]:
    """BD tables of a run's points: all frames first, then the LR frames alone.

    Raises:
        InputError: there is no rate point, or a column is missing.
    """
    points, frames = clean_points(points), clean_frames(frames)
    tables = bd_overview(bd_rows(points, bd_method=method), f"all frames ({method})")
    lr = lr_points(frames, points)
    if lr.empty:
        return tables
    lr_rows = bd_rows(lr, bd_method=method, times=False)
    return (*tables, *bd_overview(lr_rows, "LR frames alone, key frames not counted"))
