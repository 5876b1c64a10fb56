"""The tables of a report beside those of BD."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from experiments.results.frames import PSNR_COLUMNS, extra_metrics, parts, records
from experiments.results.metrics import metric_of
from experiments.tables.rows import DEC_TIME, ENC_TIME, BDRow
from experiments.tables.table import (
    NO_VALUE,
    Column,
    Table,
    Value,
    number_columns,
    plain_rows,
    text_columns,
)


def sequences_table(points: pd.DataFrame) -> Table:
    """Every sequence once, with its format."""
    rows: list[tuple[Value, ...]] = []
    for (name,), part in parts(points, ("sequence",)):
        row = records(part.head(1))[0]
        width, height = (_whole(row.get(side)) for side in ("width", "height"))
        frames = sorted({int(count) for count in part["frames"]})
        depths = sorted({int(d) for d in part["bit_depth"].dropna()}) if "bit_depth" in part else []
        words = (str(row["class"]), name, f"{width}×{height}", f"{float(row['fps']):g}")
        rows.append((*words, ", ".join(map(str, frames)), ", ".join(map(str, depths))))
    columns = (*text_columns("class", "sequence", "size"), *number_columns("fps", "frames", "bits"))
    return Table("Sequences", columns, plain_rows(rows))


def methods_table(points: pd.DataFrame) -> Table:
    """Every method with the settings it ran with, the anchor named as such."""
    columns = (
        *text_columns("method", "role", "layout", "scale"),
        Column("gop", "GOP", text=True),
        Column("delta_qp", "δQP", text=True),
        *text_columns("enhancer"),
        Column("lr_keys", "LR keys", text=True),
    )
    rows = []
    for (method,), part in parts(points, ("method",)):
        role = "anchor" if bool(part["is_anchor"].any()) else "test"
        rows.append((method, role, *(_distinct(part, column.key) for column in columns[2:])))
    rows.sort(key=lambda row: row[1])
    return Table("Methods", columns, plain_rows(rows))


def times_table(points: pd.DataFrame, rows: Sequence[BDRow]) -> Table:
    """CPU seconds over all sequences and QPs of a method, and the ratios to the anchor in %."""
    ratios = {
        (row.codec, row.config, row.method): [row.cells.get(ENC_TIME), row.cells.get(DEC_TIME)]
        for row in rows
        if row.scope == "overall"
    }
    shown = [name for name in ("encode_s", "decode_s", "enhance_s") if name in points.columns]
    table: list[tuple[Value, ...]] = []
    for key, part in parts(points, ("codec", "config", "method")):
        seconds = [float(part[name].sum(min_count=1)) for name in shown]
        cells = ratios.get((key[0], key[1], key[2]))
        percent = [cell and cell.value for cell in cells] if cells else ["anchor", "anchor"]
        table.append((*key, len(part), *seconds, *percent))
    columns = (
        *text_columns("codec", "config", "method"),
        *number_columns("points"),
        *(Column(name, name.removesuffix("_s"), unit="s", decimals=1) for name in shown),
        Column(ENC_TIME, "EncT", unit="%", decimals=0),
        Column(DEC_TIME, "DecT", unit="%", decimals=0),
    )
    return Table("Times", columns, plain_rows(table))


def points_table(points: pd.DataFrame) -> Table:
    """All rate points: rate in kbps, bytes, PSNR in dB, other metrics, times in s."""
    columns = [
        *text_columns("codec", "config", "sequence", "method"),
        Column("qp", "QP", decimals=0),
        Column("rate_kbps", "rate", unit="kbps", decimals=2),
        Column("stream_bytes", "streams", unit="B", decimals=0),
        Column("container_bytes", "container", unit="B", decimals=0),
        *(_metric_column(name, 3) for name in PSNR_COLUMNS),
        *(_metric_column(name, 4) for name in extra_metrics(points)),
        Column("encode_s", "encode", unit="s", decimals=2),
        Column("decode_s", "decode", unit="s", decimals=2),
        Column("enhance_s", "enhance", unit="s", decimals=2),
    ]
    shown = tuple(column for column in columns if column.key in points.columns)
    rows = [[str(row[c.key]) if c.text else row[c.key] for c in shown] for row in records(points)]
    return Table("Rate points", shown, plain_rows(rows))


def _metric_column(name: str, decimals: int) -> Column:
    metric = metric_of(name)
    return Column(name, metric.title, unit=metric.unit, decimals=decimals)


def _distinct(part: pd.DataFrame, column: str) -> str:
    if column not in part.columns:
        return NO_VALUE
    return ", ".join(filter(None, dict.fromkeys(map(_plain, part[column])))) or NO_VALUE


def _plain(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _whole(value: Any) -> str:
    return f"{float(value):.0f}" if _plain(value) else NO_VALUE
