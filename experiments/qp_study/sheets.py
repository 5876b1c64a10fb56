"""The tables of a study: rows of values with what is needed to show them as CSV, text or HTML."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.offsets.best import OffsetRow, SequenceStudy
from experiments.offsets.clouds import Setting
from experiments.offsets.local import BestAtRate
from experiments.tables import markdown as md
from experiments.tables.rows import Cell
from experiments.tables.view import NO_VALUE

Value = str | int | float | Cell | None


@dataclass(frozen=True)
class Column:
    """``key``: in CSV. ``head``: what people read. ``decimals``: of numbers; None: as it is."""

    key: str
    head: str
    decimals: int | None = None
    signed: bool = True


@dataclass(frozen=True)
class Sheet:
    """A table: ``stem`` of its CSV file; the first ``texts`` columns are words."""

    stem: str
    title: str
    lead: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    texts: int

    @property
    def heads(self) -> list[str]:
        """Of the columns."""
        return [column.head for column in self.columns]

    def text_rows(self) -> list[list[str]]:
        """The rows as people read them: rounded, problems by their names."""
        return [
            [shown(value, column) for value, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]

    def notes(self) -> list[str]:
        """What must be known of the numbers, each once."""
        cells = (value for row in self.rows for value in row if isinstance(value, Cell))
        return list(dict.fromkeys(note for cell in cells for note in cell.notes))

    def csv_text(self) -> str:
        """One line a row, all digits; a cell without a number holds its problem's name."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([*(column.key for column in self.columns), "notes"])
        for row in self.rows:
            notes = [note for v in row if isinstance(v, Cell) for note in v.notes]
            writer.writerow([*map(_plain, row), " | ".join(dict.fromkeys(notes))])
        return out.getvalue()

    def markdown_text(self) -> str:
        """A heading, the table and its notes."""
        body = [[md.escape(text) for text in row] for row in self.text_rows()]
        table = md.table([md.escape(head) for head in self.heads], body, texts=self.texts)
        lines = [f"## {self.title}", "", self.lead, "", table, ""]
        return "\n".join([*lines, *(f"- {md.escape(note)}" for note in self.notes()), ""])


def shown(value: Value, column: Column) -> str:
    """A value as people read it."""
    if isinstance(value, Cell):
        value = value.error or None if value.value is None else value.value
    if value is None:
        return NO_VALUE
    if isinstance(value, str) or column.decimals is None:
        return str(value).replace("-", "−") if isinstance(value, int) else str(value)
    text = f"{value:{'+' if column.signed else ''}.{column.decimals}f}"
    return (text.lstrip("+-") if float(text) == 0 else text).replace("-", "−")


_SETTING = (
    *(Column("codec", "codec"), Column("config", "config"), Column("enhancer", "enhancer")),
    Column("pattern", "LR offsets"),
)
_WHERE = (
    *(*_SETTING, Column("scope", "scope"), Column("class", "class")),
    Column("sequence", "sequence"),
)


def bd_sheet(rows: Sequence[OffsetRow]) -> Sheet:
    """BD-rate against the anchor of each fixed offset, a row each."""
    body = []
    for row in rows:
        for delta, cell in row.bd.items():
            count = (row.sequences, row.counted[delta])
            body.append((*_where(row), delta, *count, cell, row.common[delta]))
    return Sheet(
        "bd_by_delta",
        "BD-rate of each fixed offset",
        "Against the anchor, over PSNR-Y. Common interval: over the PSNR that the anchor and all"
        " offsets reach.",
        (
            *(*_WHERE, Column("delta_qp", "δ"), Column("sequences", "sequences")),
            Column("counted", "in the mean"),
            Column("bd_rate_y_percent", "BD-rate [%]", 2),
            Column("bd_rate_y_common_percent", "common interval [%]", 2),
        ),
        tuple(body),
        texts=7,
    )


def best_sheet(rows: Sequence[OffsetRow], paper: int) -> Sheet:
    """The best fixed offset of each sequence, class and overall, and its gain."""
    body: list[tuple[Value, ...]] = []
    for row in rows:
        counted = 0 if row.best is None else row.counted[row.best]
        nothing = Cell(None, "not-in-grid")
        common = nothing if row.best_common is None else row.common[row.best_common]
        body.append(
            (
                *(*_where(row), row.sequences, counted, row.best, row.bd_best, row.bd_paper),
                *(row.gain_points, row.over_paper, row.best_common, common),
                *(row.common.get(paper, nothing), row.hull_over_paper),
            )
        )
    return Sheet(
        "best_offsets",
        "The best fixed offset",
        f"Best: the lowest BD-rate against the anchor. Gain: by how many percentage points it is"
        f" below that of δ = {paper}. Against δ = {paper}: BD-rate with that curve as anchor;"
        " negative is a saving. The hull takes the best pair at every rate.",
        (
            *(*_WHERE, Column("sequences", "sequences"), Column("counted", "in the mean")),
            Column("best_delta", "best δ"),
            Column("bd_best_percent", "BD-rate [%]", 2),
            Column("bd_paper_percent", f"BD-rate δ {paper} [%]", 2),
            Column("gain_points", "gain [points]", 2, signed=False),
            Column("bd_best_over_paper_percent", f"against δ {paper} [%]", 2),
            Column("best_delta_common", "best δ, common interval"),
            Column("bd_best_common_percent", "BD-rate there [%]", 2),
            Column("bd_paper_common_percent", f"of δ {paper} [%]", 2),
            Column("hull_over_paper_percent", f"hull against δ {paper} [%]", 2),
        ),
        tuple(body),
        texts=7,
    )


def rate_sheet(found: Iterable[tuple[SequenceStudy, Sequence[BestAtRate]]], paper: int) -> Sheet:
    """The best offset at each of the anchor's rates."""
    body: list[tuple[Value, ...]] = []
    for study, rows in found:
        for row in rows:
            body.append(
                (
                    *(*_setting(study.cloud.setting), study.cloud.sequence_class),
                    *(study.cloud.sequence, row.qp, row.rate_kbps, row.anchor_psnr_y),
                    *(row.delta, row.psnr_y, row.gain_db, row.over_paper_db, row.compared),
                    ", ".join(map(str, row.on_hull)) or None,
                )
            )
    return Sheet(
        "best_by_rate",
        "The best offset at each of the anchor's rates",
        "PSNR-Y of each offset's curve at the rate of an anchor point. Compared: offsets that reach"
        " this rate. Hull: offsets of the hull's points around it.",
        (
            *(*_SETTING, Column("class", "class"), Column("sequence", "sequence")),
            Column("anchor_qp", "anchor QP"),
            Column("rate_kbps", "rate [kbps]", 1, signed=False),
            Column("anchor_psnr_y", "anchor [dB]", 2, signed=False),
            Column("best_delta", "best δ"),
            Column("psnr_y", "PSNR-Y [dB]", 2, signed=False),
            Column("gain_db", "over anchor [dB]", 2),
            Column("over_paper_db", f"over δ {paper} [dB]", 3),
            Column("compared", "compared"),
            Column("hull_deltas", "hull δ"),
        ),
        tuple(body),
        texts=6,
    )


def hull_sheet(studies: Sequence[SequenceStudy]) -> Sheet:
    """The points of the lower convex hulls, by rising rate."""
    body = [
        (
            *(*_setting(study.cloud.setting), study.cloud.sequence_class, study.cloud.sequence),
            *(point.qp, point.inter_qp, point.delta, point.rate_kbps, point.psnr_y),
        )
        for study in studies
        for point in study.hull
    ]
    return Sheet(
        "hull",
        "Lower convex hulls",
        "Pairs of QPs that no other pair, nor a mix of two, improves.",
        (
            *(*_SETTING, Column("class", "class"), Column("sequence", "sequence")),
            *(Column("qp", "QP keys"), Column("inter_qp", "QP LR"), Column("delta_qp", "δ")),
            Column("rate_kbps", "rate [kbps]", 2, signed=False),
            Column("psnr_y", "PSNR-Y [dB]", 3, signed=False),
        ),
        tuple(body),
        texts=6,
    )


def local_sheet(
    found: Iterable[tuple[SequenceStudy, Mapping[tuple[int, int], float | None]]],
) -> Sheet:
    """What the heat maps show, with the points themselves."""
    body: list[tuple[Value, ...]] = []
    for study, cells in found:
        for point in study.cloud.points:
            value = cells[point.qp, point.delta]
            body.append(
                (
                    *(*_setting(study.cloud.setting), study.cloud.sequence_class),
                    *(study.cloud.sequence, point.qp, point.inter_qp, point.delta),
                    *(point.rate_kbps, point.psnr_y),
                    Cell(None, "outside-anchor") if value is None else value,
                )
            )
    return Sheet(
        "rate_difference",
        "Rate of each pair against the anchor at equal PSNR-Y",
        "In percent; blank where the anchor has no such PSNR.",
        (
            *(*_SETTING, Column("class", "class"), Column("sequence", "sequence")),
            *(Column("qp", "QP keys"), Column("inter_qp", "QP LR"), Column("delta_qp", "δ")),
            Column("rate_kbps", "rate [kbps]", 2, signed=False),
            Column("psnr_y", "PSNR-Y [dB]", 3, signed=False),
            Column("rate_difference_percent", "rate [%]", 2),
        ),
        tuple(body),
        texts=6,
    )


def pattern_sheet(rows: Sequence[OffsetRow]) -> Sheet:
    """Patterns of QP offsets at their best δ, against no pattern at its best δ."""
    plain = {(_place(row)): row for row in rows if not row.setting.pattern}
    body: list[tuple[Value, ...]] = []
    for row in rows:
        base = plain.get(_place(row))
        gain = None
        if base and base.bd_best.value is not None and row.bd_best.value is not None:
            gain = base.bd_best.value - row.bd_best.value
        body.append((*_where(row), row.sequences, row.best, row.bd_best, gain))
    body.sort(key=lambda row: (*map(str, row[:3]), str(row[6]), str(row[5]), str(row[4])))
    return Sheet(
        "patterns",
        "Offsets within the LR stream",
        "Each pattern at its best δ. Gain: by how many percentage points its BD-rate is below that"
        " of no pattern at its own best δ.",
        (
            *(*_WHERE, Column("sequences", "sequences"), Column("best_delta", "best δ")),
            Column("bd_best_percent", "BD-rate [%]", 2),
            Column("gain_points", "gain [points]", 2),
        ),
        tuple(body),
        texts=7,
    )


def json_rows(sheet: Sheet) -> list[dict[str, Any]]:
    """Rows as maps; a cell without a number is a map with its problem's name."""
    return [
        {column.key: _json(value) for column, value in zip(sheet.columns, row, strict=True)}
        for row in sheet.rows
    ]


def _json(value: Value) -> Any:
    if not isinstance(value, Cell):
        return value
    return {"error": value.error} if value.value is None else value.value


def _place(row: OffsetRow) -> tuple[str, ...]:
    setting = row.setting
    where = (row.scope, row.sequence_class, row.sequence)
    return (setting.codec, setting.config, setting.enhancer, *where)


def _setting(setting: Setting) -> tuple[Value, ...]:
    pattern = ",".join(map(str, setting.pattern)) or "none"
    return (setting.codec, setting.config, setting.enhancer, pattern)


def _where(row: OffsetRow) -> tuple[Value, ...]:
    return (*_setting(row.setting), row.scope, row.sequence_class, row.sequence or row.label)


def _plain(value: Value) -> str:
    if isinstance(value, Cell):
        return value.error if value.value is None else repr(float(value.value))
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else str(value)
