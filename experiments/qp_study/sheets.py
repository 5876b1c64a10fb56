"""The tables of a study."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.offsets.best import OffsetRow, SequenceStudy
from experiments.offsets.clouds import GridPoint, Setting
from experiments.qp_study.search import SearchReport
from experiments.tables.table import Cell, Column, Row, Table, Value, plain_rows, text_columns

_PATTERN = Column("pattern", "LR offsets", text=True)
_SETTING = (*text_columns("codec", "config", "enhancer"), _PATTERN)
_SEQUENCE = (*_SETTING, *text_columns("class", "sequence"))
_WHERE = (*_SETTING, *text_columns("scope", "class", "sequence"))
_SEQUENCES = Column("sequences", "sequences")
_COUNTED = Column("counted", "in the mean")
_BEST = Column("best_delta", "best δ")
_POINT = (
    Column("qp", "QP keys"),
    Column("inter_qp", "QP LR"),
    Column("delta_qp", "δ"),
    Column("rate_kbps", "rate", unit="kbps", decimals=2),
    Column("psnr_y", "PSNR-Y", unit="dB", decimals=3),
)


def _percent(key: str, head: str) -> Column:
    return Column(key, head, unit="%", decimals=2, signed=True)


def search_sheet(reports: Sequence[SearchReport]) -> Table:
    """A row a search."""
    body: list[tuple[Value, ...]] = []
    for one in reports:
        tried = " ".join(
            f"{delta}: {'none' if value is None else f'{value:.2f}'}"
            for delta, value in one.found.tried
        )
        value = Cell(None, "no-value") if one.found.value is None else one.found.value
        found = (*_setting(one.setting), one.sequence or "all", tried, one.found.delta, value)
        cost = (one.encodes, one.grid_encodes, 100 * one.encodes / one.grid_encodes)
        body.append((*found, *cost, one.grid_best, one.grid_value, one.behind_points))
    return Table(
        "Search",
        (
            *_SETTING,
            *text_columns("sequence", "tried"),
            Column("delta", "δ found"),
            _percent("bd_rate_y_percent", "BD-rate"),
            Column("encodes", "encodes"),
            Column("grid_encodes", "of the grid"),
            Column("share_percent", "share", unit="%", decimals=1),
            Column("grid_best", "grid's best δ"),
            _percent("grid_bd_rate_y_percent", "its BD-rate"),
            Column("behind_points", "behind", unit="points", decimals=2),
        ),
        plain_rows(body),
        lead="Offsets tried, in order, with their BD-rates in percent; the best of them is the"
        " answer. Encodes are pairs of QPs; the anchor's files, which both need, count in neither"
        " number.",
    )


def bd_sheet(rows: Sequence[OffsetRow]) -> Table:
    """BD-rate against the anchor of each fixed offset, a row each."""
    body = [
        _row(row, delta, row.sequences, row.counted[delta], cell, row.common[delta])
        for row in rows
        for delta, cell in row.bd.items()
    ]
    return Table(
        "BD-rate of each fixed offset",
        (
            *_WHERE,
            Column("delta_qp", "δ"),
            _SEQUENCES,
            _COUNTED,
            _percent("bd_rate_y_percent", "BD-rate"),
            _percent("bd_rate_y_common_percent", "common interval"),
        ),
        tuple(body),
        lead="Against the anchor, over PSNR-Y. Common interval: over the PSNR that the anchor and"
        " all offsets reach.",
    )


def best_sheet(rows: Sequence[OffsetRow], paper: int) -> Table:
    """The best fixed offset of each sequence, class and overall, and its gain."""
    body = []
    nothing = Cell(None, "not-in-grid")
    for row in rows:
        counted = 0 if row.best is None else row.counted[row.best]
        usual = (row.bd_best, row.bd_paper, row.gain_points, row.over_paper)
        common = nothing if row.best_common is None else row.common[row.best_common]
        of_common = (row.best_common, common, row.common.get(paper, nothing))
        counts = (row.sequences, counted, row.best)
        body.append(_row(row, *counts, *usual, *of_common, row.hull_over_paper))
    return Table(
        "The best fixed offset",
        (
            *_WHERE,
            _SEQUENCES,
            _COUNTED,
            _BEST,
            _percent("bd_best_percent", "BD-rate"),
            _percent("bd_paper_percent", f"BD-rate δ {paper}"),
            Column("gain_points", "gain", unit="points", decimals=2),
            _percent("bd_best_over_paper_percent", f"against δ {paper}"),
            Column("best_delta_common", "best δ, common interval"),
            _percent("bd_best_common_percent", "BD-rate there"),
            _percent("bd_paper_common_percent", f"of δ {paper}"),
            _percent("hull_over_paper_percent", f"hull against δ {paper}"),
        ),
        tuple(body),
        lead="Best: the lowest BD-rate against the anchor. Gain: by how many percentage points it"
        f" is below that of δ = {paper}. Against δ = {paper}: BD-rate with that curve as anchor;"
        " negative is a saving. The hull takes the best pair at every rate.",
    )


def rate_sheet(studies: Sequence[SequenceStudy], paper: int) -> Table:
    """The best offset at each of the anchor's rates."""
    body: list[tuple[Value, ...]] = []
    for study in studies:
        for row in study.by_rate:
            anchor = (row.anchor.qp, row.anchor.rate_kbps, row.anchor.psnr_y)
            best = (row.delta, row.psnr_y, row.gain_db, row.over_paper_db, row.compared)
            on_hull = ", ".join(map(str, row.on_hull)) or None
            body.append((*_sequence(study), *anchor, *best, on_hull))
    return Table(
        "The best offset at each of the anchor's rates",
        (
            *_SEQUENCE,
            Column("anchor_qp", "anchor QP"),
            Column("rate_kbps", "rate", unit="kbps", decimals=1),
            Column("anchor_psnr_y", "anchor", unit="dB", decimals=2),
            _BEST,
            Column("psnr_y", "PSNR-Y", unit="dB", decimals=2),
            Column("gain_db", "over anchor", unit="dB", decimals=2, signed=True),
            Column("over_paper_db", f"over δ {paper}", unit="dB", decimals=3, signed=True),
            Column("compared", "compared"),
            Column("hull_deltas", "hull δ"),
        ),
        plain_rows(body),
        lead="PSNR-Y of each offset's curve at the rate of an anchor point. Compared: offsets that"
        " reach this rate. Hull: offsets of the hull's points around it.",
    )


def hull_sheet(studies: Sequence[SequenceStudy]) -> Table:
    """The points of the lower convex hulls, by rising rate."""
    body: list[tuple[Value, ...]] = [
        (*_sequence(study), *_point(one)) for study in studies for one in study.hull
    ]
    return Table(
        "Lower convex hulls",
        (*_SEQUENCE, *_POINT),
        plain_rows(body),
        lead="Pairs of QPs that no other pair, nor a mix of two, improves.",
    )


def local_sheet(studies: Sequence[SequenceStudy]) -> Table:
    """The rate differences that the heat maps show, with the points themselves."""
    body: list[tuple[Value, ...]] = []
    outside = Cell(None, "outside-anchor")
    for study in studies:
        for one in study.cloud.points:
            value = study.differences[one.qp, one.delta]
            body.append((*_sequence(study), *_point(one), outside if value is None else value))
    return Table(
        "Rate of each pair against the anchor at equal PSNR-Y",
        (*_SEQUENCE, *_POINT, _percent("rate_difference_percent", "rate")),
        plain_rows(body),
        lead="In percent; blank where the anchor has no such PSNR.",
    )


def pattern_sheet(rows: Sequence[OffsetRow]) -> Table:
    """Patterns of QP offsets at their best δ, against no pattern at its best δ."""
    plain = {_place(row): row for row in rows if not row.setting.pattern}
    body = []
    for row in rows:
        base = plain.get(_place(row))
        gain = None
        if base and base.bd_best.value is not None and row.bd_best.value is not None:
            gain = base.bd_best.value - row.bd_best.value
        body.append(_row(row, row.sequences, row.best, row.bd_best, gain))
    # By setting, sequence, class and scope; patterns keep their order.
    body.sort(key=lambda row: [str(row.cells[at]) for at in (0, 1, 2, 6, 5, 4)])
    return Table(
        "Offsets within the LR stream",
        (
            *_WHERE,
            _SEQUENCES,
            _BEST,
            _percent("bd_best_percent", "BD-rate"),
            Column("gain_points", "gain", unit="points", decimals=2, signed=True),
        ),
        tuple(body),
        lead="Each pattern at its best δ. Gain: by how many percentage points its BD-rate is below"
        " that of no pattern at its own best δ.",
    )


def _place(row: OffsetRow) -> tuple[str, ...]:
    setting = row.setting
    where = (row.scope, row.sequence_class, row.sequence)
    return (setting.codec, setting.config, setting.enhancer, *where)


def _setting(setting: Setting) -> tuple[str, ...]:
    pattern = ",".join(map(str, setting.pattern)) or "none"
    return (setting.codec, setting.config, setting.enhancer, pattern)


def _sequence(study: SequenceStudy) -> tuple[str, ...]:
    return (*_setting(study.cloud.setting), study.cloud.sequence_class, study.cloud.sequence)


def _point(point: GridPoint) -> tuple[Value, ...]:
    return (point.qp, point.inter_qp, point.delta, point.rate_kbps, point.psnr_y)


def _row(row: OffsetRow, *numbers: Value) -> Row:
    """A row of offsets, with the columns `_WHERE` before its numbers."""
    name = row.sequence or row.label
    where = (*_setting(row.setting), row.scope, row.sequence_class, name)
    return Row((*where, *numbers), place=f"{name}, {row.setting.label}")
