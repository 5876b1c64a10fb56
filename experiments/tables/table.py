"""The one table type: columns and rows of values, which each of the writers turns into its form.

A maker decides what stands in a table; a writer (`experiments.tables.writers`) how it looks as CSV,
Markdown, LaTeX, HTML, on a terminal or in Excel. This module imports no library, so that a command
which shows a table starts at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Literal

NO_VALUE = "–"

INTERVAL_LABEL = "95 % interval"

MOST_PLACES = 8  # of one note; 30 sequences with the same one need not all be named


@dataclass(frozen=True)
class Interval:
    """A 95 % interval, in the unit of the values."""

    low: float
    high: float


@dataclass(frozen=True)
class Cell:
    """One number of a table, or the name of what kept it from being one."""

    value: float | None
    error: str = ""
    notes: tuple[str, ...] = ()
    """Full sentences, each beginning with its name: ``no-overlap: …``."""
    interval: Interval | None = None
    """The interval of a mean over three sequences or more."""


Value = str | int | float | Cell | None


@dataclass(frozen=True)
class Column:
    """One column: its names, and how its numbers are shown."""

    key: str
    """Its name in CSV and JSON."""
    head: str
    """The words at its top, below the group and without the unit."""
    group: str = ""
    """The words above it and its neighbours of the same group."""
    unit: str = ""
    text: bool = False
    """Whether it holds words, set to the left; numbers are set to the right."""
    decimals: int | None = None
    """Digits after the point; None shows numbers as they are."""
    signed: bool = False
    saving: Literal["", "below", "above"] = ""
    """On which side of zero a number is a gain of the test method."""
    name: str = ""
    """Its name where no group stands above it; by default the group and the head."""
    intervals: bool = False
    """Whether CSV has two more columns for the ends of the means' intervals."""

    @property
    def label(self) -> str:
        """The name without the unit, such as ``BD-rate Y``."""
        return self.name or f"{self.group} {self.head}".strip()

    @property
    def full_head(self) -> str:
        """The name with the unit, such as ``BD-rate Y [%]``."""
        return _with_unit(self.label, self.unit)


@dataclass(frozen=True)
class Row:
    """One value a column, and what concerns the row as a whole."""

    cells: tuple[Value, ...]
    strong: bool = False
    """Whether it stands out: a mean among sequences."""
    notes: tuple[str, ...] = ()
    """Sentences on the whole row. Those of a strong row repeat those of the rows it is made of."""
    place: str = ""
    """The row's name in notes; by default its words."""


@dataclass(frozen=True)
class Table:
    """A table without any markup."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    """Sentences on the table, below it; those on single cells are the cells' own."""
    lead: str = ""
    """A sentence or two above it."""

    @property
    def grouped(self) -> bool:
        """Whether groups stand above some of the columns."""
        return any(column.group for column in self.columns)

    @property
    def texts(self) -> int:
        """How many of the first columns are words."""
        numbers = (at for at, column in enumerate(self.columns) if not column.text)
        return next(numbers, len(self.columns))

    @property
    def name_column(self) -> int:
        """The index of the last of the words that begin a row: marks on the row stand there."""
        return max(0, self.texts - 1)

    def groups(self) -> tuple[tuple[str, int], ...]:
        """The groups above the columns, with the unit that all of one share, and their widths."""
        found = []
        for name, part in groupby(self.columns, lambda column: column.group):
            columns = list(part)
            units = {column.unit for column in columns} if name else {""}
            found.append((_with_unit(name, units.pop() if len(units) == 1 else ""), len(columns)))
        return tuple(found)

    def heads(self) -> tuple[str, ...]:
        """The heads that stand below `groups`."""
        return tuple(
            column.head if column.group else _with_unit(column.head, column.unit)
            for column in self.columns
        )

    def without(self, keys: Iterable[str]) -> Table:
        """The table less some of its columns."""
        gone = frozenset(keys)
        kept = [at for at, column in enumerate(self.columns) if column.key not in gone]
        return replace(
            self,
            columns=tuple(self.columns[at] for at in kept),
            rows=tuple(replace(r, cells=tuple(r.cells[at] for at in kept)) for r in self.rows),
        )

    def documents(self) -> list[dict[str, Any]]:
        """The rows as maps for JSON; a cell without a number is a map with its problem's name."""
        keys = [column.key for column in self.columns]
        return [dict(zip(keys, map(_document, row.cells), strict=True)) for row in self.rows]


def text_columns(*heads: str) -> tuple[Column, ...]:
    """Columns of words whose keys are their heads."""
    return tuple(Column(head, head, text=True) for head in heads)


def number_columns(*heads: str) -> tuple[Column, ...]:
    """Columns of numbers that are shown as they are; their keys are their heads."""
    return tuple(Column(head, head) for head in heads)


def plain_rows(rows: Iterable[Sequence[Value]]) -> tuple[Row, ...]:
    """Rows with nothing but their values."""
    return tuple(Row(tuple(cells)) for cells in rows)


def shown(value: Value, column: Column) -> str:
    """A value as people read it: rounded, a problem by its name; the minus is that of ASCII."""
    if isinstance(value, Cell):
        value = (value.error or None) if value.value is None else value.value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return NO_VALUE
    if isinstance(value, str) or column.decimals is None:
        return str(value)
    text = f"{value:{'+' if column.signed else ''}.{column.decimals}f}"
    return text.lstrip("+-") if float(text) == 0 else text


def shown_interval(value: Value, column: Column) -> str:
    """The interval of a mean, such as ``-9.12 … -7.30``; empty where there is none."""
    if not isinstance(value, Cell) or value.value is None or value.interval is None:
        return ""
    return " … ".join(shown(end, column) for end in (value.interval.low, value.interval.high))


def interval_row(table: Table, row: Row) -> list[str]:
    """The texts of a row below that of means: their intervals and a label; empty without any."""
    texts = [shown_interval(v, column) for v, column in zip(row.cells, table.columns, strict=True)]
    if not any(texts):
        return []
    texts[table.name_column] = INTERVAL_LABEL
    return texts


def tone(value: Value, column: Column) -> Literal["", "saving", "loss", "failed"]:
    """The meaning of a value for the reader."""
    if not isinstance(value, Cell):
        return ""
    if value.value is None:
        return "failed" if value.error else ""
    if not column.saving or float(shown(value, column)) == 0:
        return ""
    return "saving" if (value.value < 0) == (column.saving == "below") else "loss"


def notes_of(value: Value) -> tuple[str, ...]:
    """The sentences on one value."""
    return value.notes if isinstance(value, Cell) else ()


class Footnotes:
    """Each distinct sentence of some tables, numbered in their order, with where it applies."""

    def __init__(self, tables: Iterable[Table]) -> None:
        self._places: dict[str, dict[str, list[str]]] = {}
        for table in tables:
            for row in table.rows:
                cells = list(zip(row.cells, table.columns, strict=True))
                said = row.place or ", ".join(str(v) for v, column in cells if column.text and v)
                for sentence in row.notes:
                    self._add(sentence, "" if row.strong else said, "")
                for value, column in cells:
                    for sentence in notes_of(value):
                        self._add(sentence, said, column.label)
        self._numbers = {sentence: n for n, sentence in enumerate(self._places, 1)}

    def _add(self, sentence: str, place: str, what: str) -> None:
        places = self._places.setdefault(sentence, {})
        if place:
            at = places.setdefault(place, [])
            at += [what] if what and what not in at else []

    def marks(self, table: Table, row: Row) -> list[tuple[int, ...]]:
        """The numbers of each cell's notes; those on the whole row are at the last of its words."""
        sentences = [notes_of(value) for value in row.cells]
        sentences[table.name_column] = row.notes + sentences[table.name_column]
        return [tuple(self._numbers[sentence] for sentence in one) for one in sentences]

    def marked(self, table: Table, row: Row) -> Iterator[tuple[Value, Column, tuple[int, ...]]]:
        """The values of a row, each with its column and the numbers of its notes."""
        return zip(row.cells, table.columns, self.marks(table, row), strict=True)

    def texts(self) -> tuple[str, ...]:
        """Each sentence with its places, in the order of the numbers."""
        return tuple(
            f"{sentence} [{_joined(at)}]" if at else sentence
            for sentence, at in self._places.items()
        )

    def texts_without(self, others: Footnotes) -> tuple[str, ...]:
        """The texts of those sentences that ``others`` has not."""
        known = others._places.keys()
        named = zip(self._places, self.texts(), strict=True)
        return tuple(text for sentence, text in named if sentence not in known)


def _joined(places: dict[str, list[str]]) -> str:
    texts = [f"{place}: {', '.join(what)}" if what else place for place, what in places.items()]
    more = len(texts) - MOST_PLACES
    return "; ".join(texts[:MOST_PLACES]) + (f"; and {more} more" if more > 0 else "")


def _with_unit(text: str, unit: str) -> str:
    return f"{text} [{unit}]" if unit else text


def _document(value: Value) -> Any:
    if not isinstance(value, Cell):
        return value
    return {"error": value.error} if value.value is None else value.value
