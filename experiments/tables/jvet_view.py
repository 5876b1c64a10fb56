"""The JVET table as tables: a method each, side by side for Excel, and all rows for CSV."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from experiments.tables.jvet import COLUMNS, JvetRow, JvetTable
from experiments.tables.table import Cell, Column, Row, Table, Value, number_columns, text_columns
from experiments.tables.view import bd_row, column, section_title
from experiments.tables.writers.markdown import markdown

TITLE = "BD against the anchor by class, as in a JVET contribution"

_COLUMNS = tuple(map(column, COLUMNS))


def jvet_tables(table: JvetTable) -> tuple[Table, ...]:
    """A table a codec, configuration and method."""
    heads = (*text_columns("class"), *number_columns("sequences"), *_COLUMNS)
    return tuple(
        Table(section_title(block[0].mean), heads, tuple(_row(row, (row.label,)) for row in block))
        for block in table.blocks
    )


def jvet_markdown(table: JvetTable) -> str:
    """A table a codec, configuration and method, one below the other; notes at the end."""
    leads = ["Negative BD-rate: the method needs less rate than the anchor."]
    leads.append(table.rule if table.blocks else "There is nothing to compare.")
    tables = [replace(t, rows=tuple(map(_bare, t.rows))) for t in jvet_tables(table)]
    return markdown(tables, title=TITLE, leads=leads)


def jvet_flat(table: JvetTable) -> Table:
    """One row a class and overall mean, as CSV has them."""
    lines = []
    for block in table.blocks:
        for row in block:
            bd, counted = row.mean, "yes" if row.counted else "no"
            words = (bd.codec, bd.config, bd.method, bd.anchor, row.label, counted)
            lines.append(_row(row, words))
    keys = text_columns("codec", "config", "method", "anchor", "row", "counted")
    return Table(TITLE, (*keys, *number_columns("sequences"), *_COLUMNS), tuple(lines))


def _row(row: JvetRow, words: Iterable[str]) -> Row:
    bd = row.mean
    cells: list[Value] = [*words, bd.sequences]
    return bd_row(bd, cells, _COLUMNS, strong=bd.scope == "overall", name=row.label)


def _bare(row: Row) -> Row:
    """The row without intervals, which a contribution's tables do not have."""
    return replace(
        row, cells=tuple(replace(c, interval=None) if isinstance(c, Cell) else c for c in row.cells)
    )


def jvet_side_by_side(table: JvetTable) -> tuple[Table, ...]:
    """Tables below one another, a codec and configuration each, with their methods side by side."""
    notes = ("Negative: the method needs less rate than the anchor.", table.rule)
    found = [Table("BD-rate against the anchor", (), (), notes=notes)]
    for (codec, config, labels), part in groupby(table.blocks, _same_rows):
        blocks = list(part)
        columns = [Column("class", "", text=True)]
        for block in blocks:
            columns += _columns_of(block)
        lines = []
        for label, rows in zip(labels, zip(*blocks, strict=True), strict=True):
            cells = [value for row in rows for value in _counted_cells(row)]
            strong, place = rows[0].mean.scope == "overall", f"{label}, {codec} {config}"
            lines.append(Row((label, *cells), strong=strong, place=place))
        found.append(Table(f"{codec}, {config}", tuple(columns), tuple(lines)))
    return tuple(found)


def _same_rows(block: Sequence[JvetRow]) -> tuple[str, str, tuple[str, ...]]:
    """Blocks of equal keys have the same rows and may share their labels."""
    return block[0].mean.codec, block[0].mean.config, tuple(row.label for row in block)


def _columns_of(block: Sequence[JvetRow]) -> list[Column]:
    """The columns of one method, with its name above them."""
    bd = block[0].mean
    group = f"{bd.method} against {bd.anchor or 'no anchor'}"
    heads = [Column("sequences", "sequences", group, name=bd.method)]
    return heads + [replace(one, group=group, name=f"{bd.method}: {one.label}") for one in _COLUMNS]


def _counted_cells(row: JvetRow) -> list[Cell]:
    cells = [row.mean.cells.get(key, Cell(None)) for key in COLUMNS]
    return [Cell(row.mean.sequences, notes=row.mean.notes), *cells]
