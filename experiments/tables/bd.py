"""BD tables as plain rows: every test method against the anchor, per sequence, class and overall.

Two kinds of comparison are made here. *All frames* is the one to quote: the rate of everything that
is transmitted against the PSNR of everything that is shown. *LR frames alone* is what the TDS paper
prints: only the frames that the test method codes at a lower resolution count, in rate and in PSNR,
so the key frames that they are restored from come for free.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from bdrate import BDError, RDCurve, compare
from codecpipe.errors import InputError
from experiments.results.frames import PSNR_COLUMNS, extra_metrics, parts, records
from experiments.results.metrics import metric_of
from experiments.tables.means import geometric_mean, means
from experiments.tables.rows import BD_PSNR_Y, DEC_TIME, ENC_TIME, BDRow, bd_rate_key
from experiments.tables.table import Cell

Rows = Sequence[Mapping[str, Any]]

PAID_KEYS = (
    "lr-keys-paid: the LR copies of the key frames had to be transmitted; their bits are in the "
    "rate of this method."
)

PAID_KEYS_LR = (
    "lr-keys-paid: the LR copies of the key frames had to be transmitted; they are not LR frames "
    "of the video, so their bits are in the table of all frames and not in this one."
)


def bd_rows(
    points: pd.DataFrame, *, bd_method: str = "pchip", times: bool = True
) -> tuple[BDRow, ...]:
    """BD rows of all test methods, each followed by its class means and its overall mean.

    Args:
        points: one row a rate point, as `experiments.results.frames.clean_points` gives them.
            Where it has a column ``anchor_for`` (see `experiments.results.lr_frames`), a method is
            compared with the anchor rows made for it only.
        bd_method: ``pchip``, ``cubic`` or ``akima``, over log10 of the rate.
        times: also give EncT and DecT in % of the anchor's.

    Raises:
        InputError: ``bd_method`` is unknown.
    """
    metrics = [m for m in (*PSNR_COLUMNS, *extra_metrics(points)) if m in points.columns]
    rows: list[BDRow] = []
    for _, block in parts(points, ("codec", "config")):
        anchors = block[block["is_anchor"]]
        tests = block[~block["is_anchor"]]
        for (method,), test in parts(tests, ("method",)):
            per_sequence = []
            for (sequence,), part in parts(test, ("sequence",)):
                anchor = anchors[anchors["sequence"] == sequence]
                if "anchor_for" in anchor:
                    anchor = anchor[anchor["anchor_for"] == method]
                of_anchor, of_test = records(anchor), records(part)
                row = _sequence_row(of_anchor, of_test, metrics, bd_method, times=times)
                per_sequence.append(row)
            rows += [*per_sequence, *means(per_sequence)]
    return tuple(rows)


def _sequence_row(
    anchor: Rows, test: Rows, metrics: Sequence[str], bd_method: str, *, times: bool
) -> BDRow:
    refusal = _refusal(anchor, test)
    refused = Cell(None, refusal.partition(":")[0], (refusal,))
    cells: dict[str, Cell] = {}
    bd_psnr = Cell(None)
    for metric in metrics:
        both = (refused, refused) if refusal else _bd_cells(anchor, test, metric, bd_method)
        cells[bd_rate_key(metric)] = both[0]
        bd_psnr = both[1] if metric == "psnr_y" else bd_psnr
    cells[BD_PSNR_Y] = bd_psnr
    if times:
        none = () if refusal else test
        cells[ENC_TIME] = _time_cell(anchor, none, ("encode_s",))
        cells[DEC_TIME] = _time_cell(anchor, none, ("decode_s", "enhance_s"))
    first = test[0]
    paid = any(row.get("lr_keys") == "paid" for row in test)
    return BDRow(
        scope="sequence",
        codec=str(first["codec"]),
        config=str(first["config"]),
        method=str(first["method"]),
        anchor=", ".join(dict.fromkeys(str(row["method"]) for row in anchor)),
        sequence_class=str(first["class"]),
        sequence=str(first["sequence"]),
        sequences=1,
        cells=cells,
        notes=(PAID_KEYS if times else PAID_KEYS_LR,) if paid else (),
    )


def _bd_cells(anchor: Rows, test: Rows, metric: str, bd_method: str) -> tuple[Cell, Cell]:
    """BD-rate in % and BD of the quality in its own unit."""
    try:
        result = compare(_curve(anchor, metric), _curve(test, metric), method=bd_method)
    except BDError as error:
        if error.name == "bad-argument":  # the caller's mistake, not the curves'
            raise InputError(str(error)) from None
        text = str(error).removeprefix(f"{error.name}: ")
        failed = Cell(None, error.name, (f"{error.name}: {text}",))
        return failed, failed
    notes = (*_depth_note(anchor, test), *_missing_note(anchor, test, metric), *result.warnings)
    return (
        _result_cell(result.bd_rate_percent, result.rate_problem, result.quality_problem, notes),
        _result_cell(result.bd_quality, result.quality_problem, result.rate_problem, notes),
    )


def _result_cell(
    value: float | None, problem: str, others_problem: str, notes: Sequence[str]
) -> Cell:
    own = tuple(note for note in notes if note != others_problem)
    if value is not None:
        return Cell(value, "", own)
    return Cell(None, problem.partition(":")[0] or "no-value", own)


def _refusal(anchor: Rows, test: Rows) -> str:
    """Why two sets of points must not be compared at all; empty when they may be."""
    if not anchor:
        return "no-anchor: there is no anchor of this sequence, codec and configuration."
    labels = dict.fromkeys(str(row["method"]) for row in anchor)
    if len(labels) > 1:
        return f"several-anchors: name one of the anchors {', '.join(labels)} with --anchor."
    ours, theirs = _numbers(test, "frames"), _numbers(anchor, "frames")
    if ours != theirs or " and " in ours:
        return f"different-frames: the anchor counts {theirs} frames, the test {ours}."
    return ""


def _depth_note(anchor: Rows, test: Rows) -> tuple[str, ...]:
    ours, theirs = (_numbers(rows, "measured_bit_depth") for rows in (test, anchor))
    if not (ours and theirs) or ours == theirs:
        return ()
    return (f"different-bit-depth: the anchor was measured at {theirs} bits, the test at {ours}.",)


def _numbers(rows: Rows, name: str) -> str:
    """The different values of a column of whole numbers: ``8 and 10``."""
    return " and ".join(map(str, sorted({int(r[name]) for r in rows if _is_number(r, name)})))


def _curve(rows: Rows, metric: str) -> RDCurve:
    # A NaN is a value that was not measured; bdrate then counts the points that are left.
    measured = [row for row in rows if _is_number(row, metric) and _is_number(row, "rate_kbps")]
    measured.sort(key=lambda row: (float(row["rate_kbps"]), float(row[metric])))
    return RDCurve(
        rate_kbps=tuple(float(row["rate_kbps"]) for row in measured),
        quality=tuple(float(row[metric]) for row in measured),
        metric=metric,
        label=str(rows[0]["method"]),
        higher_is_better=metric_of(metric).higher_is_better,
    )


def _missing_note(anchor: Rows, test: Rows, metric: str) -> tuple[str, ...]:
    missing = sum(not _is_number(row, metric) for row in (*anchor, *test))
    total = len(anchor) + len(test)
    return (f"missing-points: {missing} of {total} points have no {metric}.",) if missing else ()


def _time_cell(anchor: Rows, test: Rows, columns: Sequence[str]) -> Cell:
    """Geometric mean over the common QPs of the test's time in % of the anchor's."""
    of_anchor = {row["qp"]: _seconds(row, columns) for row in anchor}
    pairs = [(_seconds(row, columns), of_anchor.get(row["qp"], 0.0)) for row in test]
    ratios = [time / base for time, base in pairs if time > 0 and base > 0]
    if not ratios:
        return Cell(None)
    note = f"times-of-some-qps: the ratio is over {len(ratios)} of {len(test)} QPs."
    return Cell(100 * geometric_mean(ratios), "", (note,) if len(ratios) < len(test) else ())


def _seconds(row: Mapping[str, Any], columns: Sequence[str]) -> float:
    """Sum of the columns' seconds; 0 where the first of them was not measured."""
    if not _is_number(row, columns[0]):
        return 0.0
    return sum(float(row[name]) for name in columns if _is_number(row, name))


def _is_number(row: Mapping[str, Any], name: str) -> bool:
    return row.get(name) is not None and not math.isnan(float(row[name]))
