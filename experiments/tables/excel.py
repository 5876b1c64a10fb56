"""``jvet.xlsx``: the JVET table, and a sheet a configuration with every sequence at every QP."""

from __future__ import annotations

import datetime
import io
import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import pandas as pd
import xlsxwriter

from experiments.tables.excel_rows import QpRow, qp_rows
from experiments.tables.jvet import COLUMNS, NO_CLASS, JvetBlock, JvetTable
from experiments.tables.rows import BDRow, Cell

_BD_HEADS = ("Y", "U", "V", "EncT", "DecT")


_POINT_HEADS = ("kbps", "PSNR Y", "PSNR U", "PSNR V", "EncT [s]", "DecT [s]")


_KEYS = ("codec", "method", "class", "sequence", "QP")


_GROUPS = (("", 5), ("Anchor", 6), ("Test", 6), ("BD-rate", 3), ("Time", 2), ("", 1))


_FORMATS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 13},
    "text": {},
    "head": {"bold": True, "bg_color": "#EDEFF0", "border": 1, "align": "center"},
    "label": {"border": 1},
    "mean label": {"border": 1, "bold": True},
    "count": {"border": 1, "num_format": "0"},
    "mean count": {"border": 1, "num_format": "0", "bold": True},
    "bd": {"border": 1, "num_format": "0.00%", "align": "right"},
    "mean bd": {"border": 1, "num_format": "0.00%", "align": "right", "bold": True},
    "time": {"border": 1, "num_format": "0%", "align": "right"},
    "mean time": {"border": 1, "num_format": "0%", "align": "right", "bold": True},
    "kbps": {"num_format": "0.00"},
    "psnr": {"num_format": "0.0000"},
    "seconds": {"num_format": "0.00"},
}


_BAD_IN_SHEET_NAMES = "[]:*?/\\'"


def workbook(points: pd.DataFrame, rows: Sequence[BDRow], table: JvetTable) -> bytes:
    """The content of ``jvet.xlsx``.

    BD-rates and ratios of times are numbers, fractions shown as per cent: −8.8 % is −0.088. A
    failed cell holds the error's name. The same input gives the same bytes.

    Args:
        points: rate points as `result_frames.clean_points` gives them.
        rows: their BD rows, all frames.
        table: the JVET table of these rows.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": datetime.datetime(1980, 1, 1)})  # not the clock's
    styles = {name: book.add_format(look) for name, look in _FORMATS.items()}
    taken = {"summary", "history"}  # Excel keeps the latter for itself
    _Sheet(book.add_worksheet("Summary"), styles).summary(table)
    for config in dict.fromkeys(row.config for row in rows):
        sheet = book.add_worksheet(_sheet_name(config, taken))
        _Sheet(sheet, styles).sequences(qp_rows(points, rows, config))
    book.close()
    return out.getvalue()


def _sheet_name(text: str, taken: set[str]) -> str:
    plain = "".join("_" if sign in _BAD_IN_SHEET_NAMES else sign for sign in text)[:28] or "_"
    name, count = plain, 1
    while name.casefold() in taken:
        count += 1
        name = f"{plain} {count}"
    taken.add(name.casefold())
    return name


def _side_by_side(block: JvetBlock) -> tuple[str, str, tuple[str, ...]]:
    """Blocks of equal keys have the same rows and may share their labels."""
    return block.codec, block.config, tuple(row.label for row in block.rows)


class _Sheet:
    """Writing into one work sheet."""

    def __init__(self, sheet: Any, styles: dict[str, Any]) -> None:
        self.sheet, self.styles = sheet, styles
        sheet.set_landscape()

    def summary(self, table: JvetTable) -> None:
        """Blocks of a codec and configuration below one another, their methods side by side."""
        self._text(0, 0, "BD-rate against the anchor", "title")
        self._text(1, 0, "Negative: the method needs less rate than the anchor.", "text")
        self._text(2, 0, table.rule, "text")
        self.sheet.freeze_panes(3, 1)
        self.sheet.set_column(0, 0, 18)
        at = 4
        for _, part in groupby(table.blocks, _side_by_side):
            blocks = list(part)
            self._text(at, 0, f"{blocks[0].codec}, {blocks[0].config}", "title")
            for n, block in enumerate(blocks):
                self._block(at + 1, 1 + 6 * n, block)
            for row, one in enumerate(blocks[0].rows, at + 3):
                self._text(row, 0, one.label, "mean label" if one.is_overall else "label")
            self._text(at + 2, 0, "", "head")
            at += len(blocks[0].rows) + 4
        self._notes(at, table)

    def _block(self, at: int, left: int, block: JvetBlock) -> None:
        title = f"{block.method} against {block.anchor or 'no anchor'}"
        self.sheet.merge_range(at, left, at, left + 5, "", self.styles["head"])
        self._text(at, left, title, "head")
        for n, head in enumerate(("sequences", *_BD_HEADS)):
            self._text(at + 1, left + n, head, "head")
        self.sheet.set_column(left, left + 5, 10)
        for row, one in enumerate(block.rows, at + 2):
            kind = "mean " if one.is_overall else ""
            self.sheet.write_number(row, left, one.sequences, self.styles[f"{kind}count"])
            for n, key in enumerate(COLUMNS):
                self._cell(row, left + 1 + n, one.cell(key), kind + ("bd" if n < 3 else "time"))

    def _notes(self, at: int, table: JvetTable) -> None:
        for block in table.blocks:
            for row in block.rows:
                said = [n for key in COLUMNS for n in row.cell(key).notes]
                said += row.mean.notes if row.mean else ()
                for note in dict.fromkeys(said):
                    where = f"{block.codec} {block.config}, {block.method}, {row.label}"
                    self._text(at, 0, f"{where}: {note}", "text")
                    at += 1

    def sequences(self, rows: Sequence[QpRow]) -> None:
        """One row a codec, method, sequence and QP; BD in the first row of a sequence."""
        left = 0
        for title, width in _GROUPS:
            if width > 1:
                self.sheet.merge_range(0, left, 0, left + width - 1, "", self.styles["head"])
            self._text(0, left, title, "head")
            left += width
        heads = (*_KEYS, *_POINT_HEADS, *_POINT_HEADS, *_BD_HEADS, "notes")
        for n, head in enumerate(heads):
            self._text(1, n, head, "head")
        self.sheet.freeze_panes(2, len(_KEYS))
        for at, row in enumerate(rows, 2):
            self._qp_row(at, row)
        self.sheet.autofilter(1, 0, max(2, 1 + len(rows)), len(heads) - 1)
        for n, name in enumerate(("codec", "method", "sequence_class", "sequence")):
            longest = max((len(getattr(row, name)) for row in rows), default=0)
            self.sheet.set_column(n, n, min(40, max(8, longest + 3)))
        self.sheet.set_column(4, 4, 6)
        self.sheet.set_column(5, len(heads) - 2, 10)
        self.sheet.set_column(len(heads) - 1, len(heads) - 1, 60)

    def _qp_row(self, at: int, row: QpRow) -> None:
        texts = (row.codec, row.method, row.sequence_class or NO_CLASS, row.sequence)
        for n, text in enumerate(texts):
            self._text(at, n, text, "text")
        self.sheet.write_number(at, 4, row.qp)
        for n, value in enumerate((*row.anchor, *row.test), 5):
            kind = ("kbps", "psnr", "psnr", "psnr", "seconds", "seconds")[(n - 5) % 6]
            self._number(at, n, value, kind)
        if row.bd is None:
            return
        left = 5 + len(row.anchor) + len(row.test)
        cells = [row.bd.cells.get(key, Cell(None)) for key in COLUMNS]
        for n, cell in enumerate(cells):
            self._cell(at, left + n, cell, "bd" if n < 3 else "time")
        notes = dict.fromkeys((*row.bd.notes, *(note for cell in cells for note in cell.notes)))
        if notes:
            self._text(at, left + len(cells), " | ".join(notes), "text")

    def _cell(self, row: int, column: int, cell: Cell, style: str) -> None:
        """Per cent as a fraction, or the error's name."""
        if cell.value is None:
            self._text(row, column, cell.error or "–", style)
        else:
            self._number(row, column, cell.value / 100, style)

    def _number(self, row: int, column: int, value: float | None, style: str) -> None:
        if value is None:
            self.sheet.write_blank(row, column, None, self.styles[style])
        elif math.isfinite(value):
            self.sheet.write_number(row, column, value, self.styles[style])
        else:  # a lossless picture's PSNR; Excel has no infinity
            self._text(row, column, "inf", style)

    def _text(self, row: int, column: int, text: str, style: str) -> None:
        # Not write(), which makes a formula of a name that begins with "=".
        self.sheet.write_string(row, column, text, self.styles[style])
