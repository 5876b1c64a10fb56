"""Tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table as Grid

from experiments.tables.table import (
    INTERVAL_LABEL,
    Cell,
    Footnotes,
    Table,
    shown,
    shown_interval,
)

_NAME = 40  # characters of a row's name that stay together on the narrowest terminal


def terminal(tables: Sequence[Table]) -> list[RenderableType]:
    """Grids, each with its sentences below it, and the notes on cells after the last.

    Intervals would make the grids too wide: those of the first column that has any stand below.
    """
    parts: list[RenderableType] = []
    for table in tables:
        parts += [table.lead] if table.lead else []
        parts.append(_grid(table))
        parts += [f"  {text}" for text in (*_intervals(table), *table.notes)]
    return [*parts, *(f"  {n}) {text}" for n, text in enumerate(Footnotes(tables).texts(), 1))]


def _grid(table: Table) -> Grid:
    grid = Grid(title=table.title, title_justify="left", title_style="bold", header_style="bold")
    names = [shown(row.cells[0], table.columns[0]) for row in table.rows]
    for at, column in enumerate(table.columns):
        head = column.full_head
        grid.add_column(
            head.replace(" ", "\n", 1) if column.group else head,
            justify="left" if column.text else "right",
            overflow="fold",
            no_wrap=at == 0 and max(map(len, names), default=0) <= _NAME,
        )
    for row in table.rows:
        cells = zip(row.cells, table.columns, strict=True)
        # Names come out of files: a line end or an escape sequence in one must not act.
        grid.add_row(*(_printable(shown(value, column)) for value, column in cells))
    return grid


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text)


def _intervals(table: Table) -> list[str]:
    for at, column in enumerate(table.columns):
        found = [
            f"{shown(row.cells[0], table.columns[0])} {shown_interval(row.cells[at], column)}"
            for row in table.rows
            if isinstance(row.cells[at], Cell) and shown_interval(row.cells[at], column)
        ]
        if found:
            return [f"{INTERVAL_LABEL} over sequences, {column.full_head}: {'; '.join(found)}"]
    return []
