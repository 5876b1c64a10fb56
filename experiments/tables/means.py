"""Means over sequences: arithmetic for Bjøntegaard deltas, geometric for ratios of times."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from experiments.tables.bootstrap import geometric_mean_interval, mean_interval
from experiments.tables.rows import DEC_TIME, ENC_TIME, BDRow, Scope
from experiments.tables.table import Cell


def means(rows: Sequence[BDRow]) -> tuple[BDRow, ...]:
    """Class means, by class name, and the overall mean of one method's sequence rows.

    The overall mean is that of the sequences, not of the classes. A sequence that has no number is
    left out of that column's mean, and a note says so. Rows without a class count overall only.
    Means over three sequences or more have a 95 % interval.
    """
    classes = sorted({row.sequence_class for row in rows if row.sequence_class})
    per_class = [
        mean_row("class", name, [r for r in rows if r.sequence_class == name]) for name in classes
    ]
    return (*per_class, mean_row("overall", "", rows))


def geometric_mean(values: Sequence[float]) -> float:
    """Geometric mean of positive numbers."""
    return math.exp(math.fsum(map(math.log, values)) / len(values))


def mean_row(scope: Scope, name: str, rows: Sequence[BDRow]) -> BDRow:
    """The mean of one method's sequence rows (at least one) as a row of class ``name``."""
    first = rows[0]
    anchors = dict.fromkeys(row.anchor for row in rows if row.anchor)
    return BDRow(
        scope=scope,
        codec=first.codec,
        config=first.config,
        method=first.method,
        anchor=", ".join(anchors),
        sequence_class=name,
        sequence="",
        sequences=len(rows),
        cells={key: _mean_cell(key, rows) for key in first.cells},
        notes=tuple(dict.fromkeys(note for row in rows for note in row.notes)),
    )


def _mean_cell(key: str, rows: Iterable[BDRow]) -> Cell:
    cells = [(row.sequence, row.cells[key]) for row in rows]
    values = [cell.value for _, cell in cells if cell.value is not None]
    left_out = [f"{name} ({c.error or 'no value'})" for name, c in cells if c.value is None]
    if not values:
        failed = any(cell.error for _, cell in cells)
        return Cell(None, "no-sequence" if failed else "", ())
    if key in (ENC_TIME, DEC_TIME):
        mean, interval = geometric_mean(values), geometric_mean_interval(values)
    else:
        mean, interval = math.fsum(values) / len(values), mean_interval(values)
    if not left_out:
        return Cell(mean, interval=interval)
    count = f"{len(values)} of {len(cells)}"
    note = f"left-out: mean over {count} sequences, without {', '.join(left_out)}."
    return Cell(mean, "", (note,), interval)
