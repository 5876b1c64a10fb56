"""The JVET table as text cells, Markdown and CSV."""

from __future__ import annotations

import csv
import io

from experiments.tables import markdown as md
from experiments.tables.jvet import COLUMNS, JvetBlock, JvetRow, JvetTable
from experiments.tables.view import Notes, Section, ShownRow, TableView, column, shown_cell, unit

TITLE = "BD against the anchor by class, as in a JVET contribution"


def jvet_view(table: JvetTable) -> TableView:
    """The table as text: a section a block, with class means and overall means as its rows."""
    notes = Notes()
    sections = tuple(
        Section(
            block.codec,
            block.config,
            block.method,
            block.anchor,
            tuple(_shown(block, row, notes) for row in block.rows),
        )
        for block in table.blocks
    )
    return TableView(tuple(map(column, COLUMNS)), (), sections, notes.texts())


def _shown(block: JvetBlock, row: JvetRow, notes: Notes) -> ShownRow:
    place = f"{row.label}, {block.codec} {block.config}, {block.method}"
    return ShownRow(
        scope="overall" if row.is_overall else "class",
        codec=block.codec,
        config=block.config,
        method=block.method,
        anchor=block.anchor,
        sequence_class="",
        label=row.label,
        sequences=row.sequences,
        marks=notes.marks(row.mean.notes if row.mean else (), "", ""),
        cells=tuple(shown_cell(row.cell(key), column(key), place, notes) for key in COLUMNS),
    )


def jvet_markdown(table: JvetTable) -> str:
    """A table a codec, configuration and method, one below the other; notes at the end."""
    shown = jvet_view(table)
    lines = [f"# {TITLE}", "", "Negative BD-rate: the method needs less rate than the anchor.", ""]
    if not shown.sections:
        return "\n".join([*lines, "There is nothing to compare.", ""])
    lines += [md.escape(table.rule), ""]
    heads = [f"{c.group.partition(' [')[0]} {c.header} [{unit(c)}]" for c in shown.columns]
    heads = ["class", "sequences", *(head.replace("Time ", "") for head in heads)]
    for section in shown.sections:
        anchor = section.anchor or "no anchor"
        title = f"{section.codec} {section.config}, {section.method} against {anchor}"
        body = [_markdown_row(row) for row in section.rows]
        lines += [f"## {md.escape(title)}", "", md.table(heads, body, texts=1), ""]
    return "\n".join([*lines, *md.notes(shown.notes)])


def _markdown_row(row: ShownRow) -> list[str]:
    cells = [md.escape(row.label) + md.marks(row.marks), str(row.sequences), *md.cells(row)]
    return [f"**{cell}**" for cell in cells] if row.scope == "overall" else cells


def jvet_csv(table: JvetTable) -> str:
    """One line a class and overall mean, all digits, in %; a failed cell holds the error's name."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    keys = ("codec", "config", "method", "anchor", "row", "counted", "sequences")
    writer.writerow([*keys, *COLUMNS, "notes"])
    for block in table.blocks:
        for row in block.rows:
            cells = [row.cell(key) for key in COLUMNS]
            notes = [*(row.mean.notes if row.mean else ())]
            for key, cell in zip(COLUMNS, cells, strict=True):
                notes += [f"{key}: {note}" for note in cell.notes]
            writer.writerow(
                [
                    *(block.codec, block.config, block.method, block.anchor, row.label),
                    *("yes" if row.counted else "no", row.sequences),
                    *(c.error if c.value is None else repr(float(c.value)) for c in cells),
                    " | ".join(notes),
                ]
            )
    return out.getvalue()
