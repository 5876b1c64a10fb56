"""Tables as CSV: all digits, and the names that programs use."""

from __future__ import annotations

import csv as standard
import io
import math
from collections.abc import Sequence
from itertools import groupby

from experiments.tables.table import Cell, Column, Row, Table, Value, notes_of


def csv(tables: Sequence[Table], *, notes: bool = False) -> str:
    """One line a row; tables of other columns follow after an empty line.

    A cell without a number holds its problem's name. The column ``notes`` has the sentences, those
    on a cell after its column's key; it is there where there are any, or with ``notes`` always.
    Ends of the means' intervals, ``KEY_low95`` and ``KEY_high95``, come last.
    """
    parts = []
    for columns, group in groupby(tables, lambda table: table.columns):
        rows = [row for table in group for row in table.rows]
        parts.append(_part(columns, rows, notes))
    return "\n".join(parts)


def _part(columns: tuple[Column, ...], rows: Sequence[Row], notes: bool) -> str:
    notes = notes or any(row.notes or any(map(notes_of, row.cells)) for row in rows)
    ends = [at for at, column in enumerate(columns) if column.intervals]
    out = io.StringIO()
    writer = standard.writer(out, lineterminator="\n")
    head = [column.key for column in columns] + ["notes"] * notes
    for at in ends:
        head += [f"{columns[at].key}_low95", f"{columns[at].key}_high95"]
    writer.writerow(head)
    for row in rows:
        line = [_plain(value) for value in row.cells]
        if notes:
            said = list(row.notes)
            for value, column in zip(row.cells, columns, strict=True):
                said += [f"{column.key}: {note}" for note in notes_of(value)]
            line.append(" | ".join(dict.fromkeys(said)))
        for at in ends:
            value = row.cells[at]
            interval = value.interval if isinstance(value, Cell) else None
            line += [repr(interval.low), repr(interval.high)] if interval else ["", ""]
        writer.writerow(line)
    return out.getvalue()


def _plain(value: Value) -> str:
    if isinstance(value, Cell):
        return value.error if value.value is None else repr(float(value.value))
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return repr(float(value)) if isinstance(value, float) else str(value)
