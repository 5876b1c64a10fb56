"""Rows of the Excel sheets: each sequence at each QP, anchor and test side by side, with its BD."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from experiments.results.frames import parts, records
from experiments.tables.rows import BDRow

MEASURES = ("rate_kbps", "psnr_y", "psnr_u", "psnr_v")
"""Columns of a rate point beside EncT and DecT."""


Row = Mapping[str, Any]


@dataclass(frozen=True)
class QpRow:
    """A sequence at one QP: the anchor's values and the test's, None where there is no number.

    Values: rate in kbps, PSNR of Y, U, V in dB, EncT and DecT in s (DecT with enhancement).
    ``bd``: the sequence's BD row, in its first row only.
    """

    codec: str
    method: str
    sequence_class: str
    sequence: str
    qp: float
    anchor: tuple[float | None, ...]
    test: tuple[float | None, ...]
    bd: BDRow | None


def qp_rows(points: pd.DataFrame, rows: Sequence[BDRow], config: str) -> tuple[QpRow, ...]:
    """The rows of a configuration, by codec, method, sequence and QP.

    ``points`` as `result_frames.clean_points` gives them, ``rows`` as `tables.bd_rows` does.
    """
    by_key = {
        (str(key[0]), str(key[1]), str(key[2])): records(part)
        for key, part in parts(points[points["config"] == config], ("codec", "sequence", "method"))
    }
    found = []
    for bd in rows:
        if bd.scope != "sequence" or bd.config != config:
            continue
        # Without an anchor, or with several, there is nothing to stand beside the test.
        anchor = by_key.get((bd.codec, bd.sequence, bd.anchor), [])
        found += _sequence_rows(bd, anchor, by_key[bd.codec, bd.sequence, bd.method])
    return tuple(found)


def _sequence_rows(bd: BDRow, anchor: Sequence[Row], test: Sequence[Row]) -> list[QpRow]:
    of_anchor, of_test = ({float(row["qp"]): row for row in rows} for rows in (anchor, test))
    return [
        QpRow(
            bd.codec,
            bd.method,
            bd.sequence_class,
            bd.sequence,
            qp,
            _values(of_anchor.get(qp, {})),
            _values(of_test.get(qp, {})),
            bd if at == 0 else None,
        )
        for at, qp in enumerate(sorted(of_anchor.keys() | of_test.keys()))
    ]


def _values(row: Row) -> tuple[float | None, ...]:
    decode = _number(row, "decode_s")
    if decode is not None:
        decode += _number(row, "enhance_s") or 0.0
    return (*(_number(row, name) for name in MEASURES), _number(row, "encode_s"), decode)


def _number(row: Row, name: str) -> float | None:
    value = row.get(name)
    return None if value is None or math.isnan(float(value)) else float(value)
