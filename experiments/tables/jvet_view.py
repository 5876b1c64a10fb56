"""The JVET table as tables: a method each, side by side for Excel, and all rows for CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from experiments.tables.jvet import COLUMNS, JvetBlock, JvetRow, JvetTable
from experiments.tables.table import Cell, Column, Row, Table, number_columns, text_columns
from experiments.tables.view import column, section_title
from experiments.tables.writers.markdown import markdown

TITLE = "BD against the anchor by class, as in a JVET contribution"


def jvet_tables(table: JvetTable) -> tuple[Table, ...]:
    """A table a codec, configuration and method."""
    heads = (*text_columns("class"), *number_columns("sequences"), *map(column, COLUMNS))
    return tuple(
        Table(section_title(block), heads, tuple(_row(block, row) for row in block.rows))
        for block in table.blocks
    )


def jvet_markdown(table: JvetTable) -> str:
    """A table a codec, configuration and method, one below the other; notes at the end."""
    leads = ["Negative BD-rate: the method needs less rate than the anchor."]
    if not table.blocks:
        return markdown((), title=TITLE, leads=[*leads, "There is nothing to compare."])
    tables = [replace(t, rows=tuple(map(_bare, t.rows))) for t in jvet_tables(table)]
    return markdown(tables, title=TITLE, leads=[*leads, table.rule])


def jvet_flat(table: JvetTable) -> Table:
    """One row a class and overall mean, as CSV has them."""
    keys = ("codec", "config", "method", "anchor", "row", "counted")
    lines = []
    for block in table.blocks:
        for row in block.rows:
            words = (block.codec, block.config, block.method, block.anchor, row.label)
            counted = "yes" if row.counted else "no"
            lines.append(
                replace(_row(block, row), cells=(*words, counted, row.sequences, *_cells(row)))
            )
    columns = (*text_columns(*keys), *number_columns("sequences"), *map(column, COLUMNS))
    return Table(TITLE, columns, tuple(lines))


def jvet_side_by_side(table: JvetTable) -> tuple[Table, ...]:
    """Tables below one another, a codec and configuration each, with their methods side by side."""
    found = [
        Table(
            "BD-rate against the anchor",
            (),
            (),
            notes=("Negative: the method needs less rate than the anchor.", table.rule),
        )
    ]
    for _, part in groupby(table.blocks, _same_rows):
        blocks = list(part)
        first = blocks[0]
        columns = [Column("class", "", text=True)]
        for block in blocks:
            columns += _columns_of(block)
        lines = []
        for at, row in enumerate(first.rows):
            cells = [value for block in blocks for value in _counted_cells(block.rows[at])]
            place = f"{row.label}, {first.codec} {first.config}"
            lines.append(Row((row.label, *cells), strong=row.is_overall, place=place))
        title = f"{first.codec}, {first.config}"
        found.append(Table(title, tuple(columns), tuple(lines)))
    return tuple(found)


def _same_rows(block: JvetBlock) -> tuple[str, str, tuple[str, ...]]:
    """Blocks of equal keys have the same rows and may share their labels."""
    return block.codec, block.config, tuple(row.label for row in block.rows)


def _columns_of(block: JvetBlock) -> list[Column]:
    """The columns of one method, with its name above them."""
    group = f"{block.method} against {block.anchor or 'no anchor'}"
    heads = [Column("sequences", "sequences", group, name=block.method)]
    for key in COLUMNS:
        one = column(key)
        heads.append(replace(one, group=group, name=f"{block.method}: {one.label}"))
    return heads


def _counted_cells(row: JvetRow) -> list[Cell]:
    notes = row.mean.notes if row.mean else ()
    return [Cell(row.sequences, notes=notes), *_cells(row)]


def _row(block: JvetBlock, row: JvetRow) -> Row:
    return Row(
        cells=(row.label, row.sequences, *_cells(row)),
        strong=row.is_overall,
        notes=row.mean.notes if row.mean else (),
        place=f"{row.label}, {block.codec} {block.config}, {block.method}",
    )


def _bare(row: Row) -> Row:
    """The row without intervals, which a contribution's tables do not have."""
    return replace(
        row, cells=tuple(replace(c, interval=None) if isinstance(c, Cell) else c for c in row.cells)
    )


def _cells(row: JvetRow) -> Sequence[Cell]:
    return [row.cell(key) for key in COLUMNS]
