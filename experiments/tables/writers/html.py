"""Tables as HTML; how they look is said in the report's style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from markupsafe import Markup

from experiments.tables.table import (
    Column,
    Footnotes,
    Row,
    Table,
    Value,
    shown,
    shown_interval,
    tone,
)

_TALL = 24  # rows of a list above which it scrolls


def html(
    tables: Sequence[Table],
    *,
    anchor: str = "note",
    kind: str = "fit",
    titled: bool = False,
    footnotes: Footnotes | None = None,
) -> Markup:
    """HTML of tables, neighbours of equal columns as parts of one; then their numbered notes.

    Args:
        anchor: how the ids of the notes begin; a page needs another for each call.
        kind: the class of the ``table`` elements. Long tables of the kind ``points`` scroll.
        titled: whether each table has its title above it.
        footnotes: the notes of all tables that are shown together; `html_notes` then lists them.
    """
    notes = Footnotes(tables) if footnotes is None else footnotes
    parts = [
        _table(list(group), notes, anchor, kind, titled)
        for _, group in groupby(tables, lambda table: table.columns)
    ]
    if footnotes is None:
        parts.append(html_notes(notes, anchor))
    return Markup("").join(parts)


def html_notes(footnotes: Footnotes, anchor: str) -> Markup:
    """The numbered notes that the marks of `html` lead to; nothing where there are none."""
    items = [_tag("li", text, id=f"{anchor}-{n}") for n, text in enumerate(footnotes.texts(), 1)]
    return _tag("ol", *items, class_="notes") if items else Markup("")


def _table(
    tables: Sequence[Table], notes: Footnotes, anchor: str, kind: str, titled: bool
) -> Markup:
    tall = kind == "points" and sum(len(table.rows) for table in tables) > _TALL
    bodies = [_body(table, notes, anchor, titled) for table in tables]
    grid = _tag("table", _head(tables[0]), *bodies, class_=kind)
    said = [_tag("p", note, class_="lead") for table in tables for note in table.notes]
    return Markup("").join([_tag("div", grid, class_="scroll tall" if tall else "scroll"), *said])


def _head(table: Table) -> Markup:
    lines = []
    if table.grouped:
        spans = [
            _tag("th", name, colspan=count, scope="colgroup" if name else "")
            for name, count in table.groups()
        ]
        lines.append(_tag("tr", *spans, class_="groups"))
    heads = zip(table.heads(), table.columns, strict=True)
    cells = [_tag("th", head, class_="t" * column.text, scope="col") for head, column in heads]
    return _tag("thead", *lines, _tag("tr", *cells))


def _body(table: Table, notes: Footnotes, anchor: str, titled: bool) -> Markup:
    rows = [_row(table, row, notes, anchor) for row in table.rows]
    if titled:
        head = _tag("th", table.title, colspan=len(table.columns), scope="rowgroup")
        rows.insert(0, _tag("tr", head, class_="name"))
    return _tag("tbody", *rows, class_="block" * titled)


def _row(table: Table, row: Row, notes: Footnotes, anchor: str) -> Markup:
    marked = notes.marked(table, row)
    cells = [_cell(value, column, _marks(numbers, anchor)) for value, column, numbers in marked]
    return _tag("tr", *cells, class_="mean" * row.strong)


def _cell(value: Value, column: Column, marks: Markup) -> Markup:
    kind = "t" if column.text else tone(value, column)
    text = shown(value, column)
    if not (column.text or isinstance(value, str) or kind == "failed"):
        text = text.replace("-", "−")
    interval = shown_interval(value, column).replace("-", "−")
    small = _tag("small", interval) if interval else ""
    return _tag("td", text, marks, small, class_=kind)


def _marks(numbers: Sequence[int], anchor: str) -> Markup:
    links = [_tag("a", str(n), href=f"#{anchor}-{n}") for n in numbers]
    return _tag("sup", Markup(",").join(links)) if links else Markup("")


def _tag(name: str, *content: str, **attributes: object) -> Markup:
    """An element; attributes without a value are left out, and rows stand on lines of their own."""
    said = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_"), value)
        for key, value in attributes.items()
        if value
    )
    end = "\n" if name in ("div", "table", "thead", "tbody", "tr", "ol", "li", "p") else ""
    inner = Markup("").join(content)
    return Markup("<{0}{1}>{2}</{0}>{3}").format(name, said, inner, end)
