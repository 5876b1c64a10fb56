"""Tables as an Excel book."""

from __future__ import annotations

import datetime
import io
import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import xlsxwriter

from experiments.tables.table import NO_VALUE, Cell, Column, Footnotes, Table, Value, shown

_BAD_IN_SHEET_NAMES = "[]:*?/\\'"
_WIDEST = 60  # characters


def excel(sheets: Sequence[tuple[str, Sequence[Table]]]) -> bytes:
    """The content of an ``.xlsx`` file: a work sheet a name, its tables below one another.

    Numbers are numbers; per cents are fractions shown as per cent, so −8.8 % is −0.088. A cell
    without a number holds its problem's name. The same tables give the same bytes.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": datetime.datetime(1980, 1, 1)})  # not the clock's

    @cache
    def look(**properties: object) -> Any:
        return book.add_format(properties)

    taken = {"history"}  # Excel keeps it for itself
    for name, tables in sheets:
        _fill(book.add_worksheet(_sheet_name(name, taken)), tables, look)
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


Look = Callable[..., Any]
"""The format of a book with some properties; equal ones are one."""


def _cell_look(look: Look, column: Column, strong: bool) -> Any:
    if column.text:
        return look(bold=strong)
    digits = "0." + "0" * column.decimals if column.decimals else "0"
    form = "General" if column.decimals is None else digits + "%" * (column.unit == "%")
    return look(bold=strong, align="right", num_format=form)


_HEAD = {"bold": True, "bg_color": "#EDEFF0", "border": 1, "align": "center"}
_TITLE = {"bold": True, "font_size": 13}


def _fill(sheet: Any, tables: Sequence[Table], look: Look) -> None:
    sheet.set_landscape()
    at = 0
    frozen = False
    for table in tables:
        for text, style in ((table.title, look(**_TITLE)), (table.lead, look())):
            if text:
                _write_text(sheet, at, 0, text, style)
                at += 1
        if table.columns:
            top = at - bool(table.title) - 1 if len(tables) > 1 else at + 1 + table.grouped
            if not frozen and top > 0:
                # What stays in sight: the columns above which no group stands, or the words.
                groups = (n for n, column in enumerate(table.columns) if column.group)
                sheet.freeze_panes(top, next(groups, table.texts))
                frozen = True
            at = _write_table(sheet, at, table, look, filtered=len(tables) == 1)
        for note in table.notes:
            _write_text(sheet, at, 0, note, look())
            at += 1
        at += 1
    for note in Footnotes(tables).texts():
        _write_text(sheet, at, 0, note, look())
        at += 1


def _write_table(sheet: Any, at: int, table: Table, look: Look, *, filtered: bool) -> int:
    if table.grouped:
        left = 0
        for name, width in table.groups():
            if width > 1:
                sheet.merge_range(at, left, at, left + width - 1, "", look(**_HEAD))
            _write_text(sheet, at, left, name.removesuffix(" [%]"), look(**_HEAD))
            left += width
        at += 1
    for n, column in enumerate(table.columns):
        # Per cents show their unit themselves.
        bare = column.group or column.unit == "%"
        _write_text(sheet, at, n, column.head if bare else column.full_head, look(**_HEAD))
        sheet.set_column(n, n, _width(table, n))
    head, at = at, at + 1
    for row in table.rows:
        for n, (value, column) in enumerate(zip(row.cells, table.columns, strict=True)):
            _write_value(sheet, at, n, value, column, _cell_look(look, column, row.strong))
        at += 1
    if filtered and table.rows:
        sheet.autofilter(head, 0, at - 1, len(table.columns) - 1)
    return at


def _width(table: Table, at: int) -> int:
    column = table.columns[at]
    texts = [column.head, *(shown(row.cells[at], column) for row in table.rows if column.text)]
    return min(_WIDEST, max(10, *(len(text) + 2 for text in texts)))


def _write_value(sheet: Any, at: int, left: int, value: Value, column: Column, look: Any) -> None:
    if isinstance(value, Cell):
        value = (value.error or NO_VALUE) if value.value is None else value.value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        sheet.write_blank(at, left, None, look)
    elif isinstance(value, str):
        _write_text(sheet, at, left, value, look)
    elif math.isfinite(value):
        sheet.write_number(at, left, value / 100 if column.unit == "%" else value, look)
    else:  # a lossless picture's PSNR; Excel has no infinity
        _write_text(sheet, at, left, "inf", look)


def _write_text(sheet: Any, row: int, column: int, text: str, look: Any) -> None:
    # Not write(), which makes a formula of a name that begins with "=".
    sheet.write_string(row, column, text, look)
