"""``jvet.xlsx``: the JVET table, and a sheet a configuration with every sequence at every QP."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from experiments.results.frames import parts, records
from experiments.tables.jvet import COLUMNS, NO_CLASS, JvetTable
from experiments.tables.jvet_view import jvet_side_by_side
from experiments.tables.rows import BDRow
from experiments.tables.table import Cell, Column, Row, Table, Value, number_columns, text_columns
from experiments.tables.view import column
from experiments.tables.writers.excel import excel

Point = Mapping[str, Any]

_MEASURES = ("rate_kbps", "psnr_y", "psnr_u", "psnr_v", "encode_s")


def jvet_book(points: pd.DataFrame, rows: Sequence[BDRow], table: JvetTable) -> bytes:
    """The content of ``jvet.xlsx``, of clean rate points, their BD rows and the table of these."""
    sheets = [("Summary", jvet_side_by_side(table))]
    for config in dict.fromkeys(row.config for row in rows):
        sheets.append((config, (qp_table(points, rows, config),)))
    return excel(sheets)


def qp_table(points: pd.DataFrame, rows: Sequence[BDRow], config: str) -> Table:
    """Each sequence of a configuration at each QP, the anchor beside the test.

    Rate in kbps, PSNR in dB, EncT and DecT in s (DecT with enhancement). A sequence's BD stands in
    its first row.
    """
    by_key = {
        (str(key[0]), str(key[1]), str(key[2])): records(part)
        for key, part in parts(points[points["config"] == config], ("codec", "sequence", "method"))
    }
    lines: list[Row] = []
    for bd in rows:
        if bd.scope == "sequence" and bd.config == config:
            # Without an anchor, or with several, there is nothing to stand beside the test.
            anchor = by_key.get((bd.codec, bd.sequence, bd.anchor), [])
            lines += _sequence_rows(bd, anchor, by_key[bd.codec, bd.sequence, bd.method])
    columns = (
        *text_columns("codec", "method", "class", "sequence"),
        *number_columns("QP"),
        *_point_columns("Anchor"),
        *_point_columns("Test"),
        *map(column, COLUMNS),
        *text_columns("notes"),
    )
    return Table("", columns, tuple(lines))


def _point_columns(group: str) -> Iterator[Column]:
    yield Column("rate_kbps", "kbps", group, decimals=2)
    for plane in "YUV":
        yield Column(f"psnr_{plane.lower()}", f"PSNR {plane}", group, decimals=4)
    for head in ("EncT [s]", "DecT [s]"):
        yield Column(head, head, group, decimals=2)


def _sequence_rows(bd: BDRow, anchor: Sequence[Point], test: Sequence[Point]) -> Iterator[Row]:
    of_anchor, of_test = ({float(point["qp"]): point for point in part} for part in (anchor, test))
    words = (bd.codec, bd.method, bd.sequence_class or NO_CLASS, bd.sequence)
    cells = [bd.cells.get(key, Cell(None)) for key in COLUMNS]
    notes = dict.fromkeys((*bd.notes, *(note for cell in cells for note in cell.notes)))
    bare = [replace(cell, notes=()) for cell in cells]
    results: list[Value] = [*bare, " | ".join(notes) or None]
    for qp in sorted(of_anchor.keys() | of_test.keys()):
        sides = (*_values(of_anchor.get(qp, {})), *_values(of_test.get(qp, {})))
        yield Row((*words, qp, *sides, *results))
        results = [None] * len(results)


def _values(point: Point) -> tuple[float | None, ...]:
    *values, decode, enhance = (
        None if point.get(name) is None or math.isnan(point[name]) else float(point[name])
        for name in (*_MEASURES, "decode_s", "enhance_s")
    )
    return (*values, None if decode is None else decode + (enhance or 0.0))
