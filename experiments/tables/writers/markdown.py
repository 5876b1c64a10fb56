"""Tables as GitHub-flavoured Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from tabulate import tabulate

from experiments.tables.table import Footnotes, Row, Table, interval_row, shown


def markdown(
    tables: Sequence[Table], *, title: str = "", leads: Sequence[str] = (), last: str = ""
) -> str:
    """A document: ``title``, paragraphs, a section a table, numbered notes, a ``last`` sentence.

    The minus is that of ASCII, so that numbers can be searched and taken from the page.
    """
    footnotes = Footnotes(tables)
    lines = [f"# {escape(title)}", ""] if title else []
    for lead in leads:
        lines += [lead, ""]
    for table in tables:
        lines += _section(table, footnotes)
    if texts := footnotes.texts():
        lines += ["## Notes", "", *(f"{n}. {escape(text)}" for n, text in enumerate(texts, 1)), ""]
    return "\n".join([*lines, *([escape(last), ""] if last else [])])


def escape(text: str) -> str:
    """Text in which no sign is markup, on one line."""
    for sign in "\\`*_|<>":
        text = text.replace(sign, "\\" + sign)
    return text.replace("\n", " ")


def _section(table: Table, footnotes: Footnotes) -> list[str]:
    lines = [f"## {escape(table.title)}", ""] if table.title else []
    lines += [table.lead, ""] if table.lead else []
    if table.rows:
        heads = [escape(column.full_head) for column in table.columns]
        bold = not all(row.strong for row in table.rows)
        body = []
        for row in table.rows:
            body.append(_cells(table, row, footnotes, bold and row.strong))
            if texts := interval_row(table, row):
                small = [f"<sub>{text}</sub>" if text else "" for text in texts]
                small[table.name_column] = texts[table.name_column]
                body.append(small)
        aligned = ["left" if column.text else "right" for column in table.columns]
        lines += [tabulate(body, heads, "pipe", disable_numparse=True, colalign=aligned), ""]
    lines += [f"- {escape(note)}" for note in table.notes]
    return [*lines, ""] if table.notes else lines


def _cells(table: Table, row: Row, footnotes: Footnotes, bold: bool) -> list[str]:
    found = []
    for value, column, numbers in footnotes.marked(table, row):
        text = escape(shown(value, column))
        text = f"**{text}**" if bold and text else text
        found.append(f"{text}<sup>{','.join(map(str, numbers))}</sup>" if numbers else text)
    return found
