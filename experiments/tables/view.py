"""BD rows as tables: the overall means, each method's sequences and means, and all rows for CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from experiments.results.metrics import metric_of
from experiments.tables.rows import (
    BD_PSNR_Y,
    DEC_TIME,
    ENC_TIME,
    BDRow,
    blocks_of,
)
from experiments.tables.table import (
    INTERVAL_LABEL,
    Cell,
    Column,
    Footnotes,
    Row,
    Table,
    Value,
    interval_row,
    number_columns,
    text_columns,
)
from experiments.tables.writers.csv import csv
from experiments.tables.writers.latex import latex
from experiments.tables.writers.markdown import markdown


def column(key: str) -> Column:
    """How the column ``key`` of a BD row is shown."""
    if key == BD_PSNR_Y:
        return Column(key, "Y", "BD-PSNR", "dB", decimals=3, signed=True, saving="above")
    if key in (ENC_TIME, DEC_TIME):
        head = "EncT" if key == ENC_TIME else "DecT"
        return Column(key, head, "Time", "%", decimals=0, name=head)
    name = key.removeprefix("bd_rate_").removesuffix("_percent")
    metric = f"psnr_{name}" if name in ("y", "u", "v", "yuv") else name
    head = metric_of(metric).title.removeprefix("PSNR-")
    return Column(key, head, "BD-rate", "%", decimals=2, signed=True, saving="below")


def bd_view(rows: Sequence[BDRow]) -> tuple[Table, ...]:
    """BD rows as people read them.

    First comes the summary: each method's overall mean, or its only sequence. Then a table a method
    with its sequences, class means and overall mean, unless the summary says all of it. A mean over
    a single sequence is not shown, the sequence is.
    """
    columns = _columns(rows)
    lines: list[Row] = []
    sections = []
    for block in blocks_of(rows):
        row = _headline(block)
        words = (row.codec, row.config, row.method, _over(row))
        lines.append(bd_row(row, words, columns, strong=True))
        shown = tuple(
            bd_row(row, (row.sequence_class, _label(row)), columns, strong=row.scope != "sequence")
            for row in _worth_showing(block)
        )
        heads = (*text_columns("class", "sequence"), *columns)
        sections.append(Table(section_title(block[0]), heads, shown))
    heads = (*text_columns("codec", "config", "method", "sequences"), *columns)
    summary = Table(f"Overall against {_anchors(rows)}", heads, tuple(lines))
    return (summary, *(sections if any(len(table.rows) > 1 for table in sections) else ()))


def bd_overview(rows: Sequence[BDRow], title: str) -> tuple[Table, ...]:
    """The overall means in short, a table a codec and configuration; notes on all rows below.

    ``title`` says what is compared, after the words ``BD against ANCHOR``.
    """
    columns = _columns(rows)
    heads = (*text_columns("method", "sequences"), *columns)
    found = []
    for (codec, config), part in groupby(blocks_of(rows), lambda b: (b[0].codec, b[0].config)):
        means = [_headline(block) for block in part]
        lines = tuple(bd_row(r, (r.method, _over(r)), columns, strong=True) for r in means)
        named = f"{codec}, {config}: BD against {_anchors(means)}, {title}"
        found.append(Table(named, heads, lines))
    if found:
        all_rows = Footnotes(bd_view(rows))
        found[-1] = replace(found[-1], notes=all_rows.texts_without(Footnotes(found)))
    return tuple(found)


def bd_overviews(
    rows: Sequence[BDRow], lr_rows: Sequence[BDRow], bd_method: str
) -> tuple[Table, ...]:
    """The overall means of a run in short: of all frames, and of the LR frames alone."""
    lr_tables = bd_overview(lr_rows, "LR frames alone, key frames not counted")
    return (*bd_overview(rows, f"all frames ({bd_method})"), *lr_tables)


def bd_flat(rows: Sequence[BDRow]) -> Table:
    """All rows, sequences and means, as CSV has them."""
    keys = text_columns("scope", "codec", "config", "method", "anchor", "class", "sequence")
    columns = tuple(replace(one, intervals=True) for one in _columns(rows))
    lines = []
    for row in rows:
        words = (row.scope, row.codec, row.config, row.method, row.anchor, row.sequence_class)
        cells = (*words, row.sequence, row.sequences)
        lines.append(bd_row(row, cells, columns, strong=row.scope != "sequence"))
    heads = (*keys, *number_columns("sequences"), *columns)
    return Table("BD against the anchor", heads, tuple(lines))


def bd_texts(rows: Sequence[BDRow], stem: str, title: str) -> dict[str, str]:
    """A BD table as CSV with all digits, Markdown and LaTeX, by the names of the files."""
    shown = bd_view(rows)
    return {
        f"{stem}.csv": csv([bd_flat(rows)], notes=True),
        f"{stem}.md": bd_markdown(shown, title),
        f"{stem}.tex": latex(shown, title=title),
    }


def bd_markdown(shown: Sequence[Table], title: str) -> str:
    """A BD table as a Markdown document."""
    leads = ["Negative BD-rate: the method needs less rate than the anchor."]
    if any(interval_row(table, row) for table in shown for row in table.rows):
        leads.append(f"Below a mean stands its {INTERVAL_LABEL} over the sequences (bootstrap).")
    tables = shown if shown[0].rows else ()
    return markdown(
        tables, title=title, leads=leads if tables else [*leads, "There is nothing to compare."]
    )


def section_title(row: BDRow) -> str:
    """The title of the rows of one method of a codec and configuration."""
    return f"{row.codec} {row.config}, {row.method} against {row.anchor or 'no anchor'}"


def _anchors(rows: Sequence[BDRow]) -> str:
    return ", ".join(dict.fromkeys(row.anchor for row in rows if row.anchor)) or "none"


def _columns(rows: Sequence[BDRow]) -> tuple[Column, ...]:
    return tuple(map(column, dict.fromkeys(key for row in rows for key in row.cells)))


def bd_row(
    row: BDRow,
    words: Sequence[Value],
    columns: Sequence[Column],
    *,
    strong: bool,
    name: str = "",
) -> Row:
    """The cells of a BD row after some words; ``name`` is what notes call it."""
    return Row(
        cells=(*words, *(row.cells.get(column.key, Cell(None)) for column in columns)),
        strong=strong,
        notes=row.notes,
        place=f"{name or row.sequence or _label(row)}, {row.codec} {row.config}, {row.method}",
    )


def _headline(block: Sequence[BDRow]) -> BDRow:
    """A method's overall mean, or its only sequence, which can say why it has no number."""
    return block[0] if sum(row.scope == "sequence" for row in block) == 1 else block[-1]


def _worth_showing(rows: Sequence[BDRow]) -> list[BDRow]:
    sequences = sum(row.scope == "sequence" for row in rows)
    classes = sum(row.scope == "class" for row in rows)
    return [
        row
        for row in rows
        if row.scope == "sequence"
        or (row.scope == "class" and row.sequences > 1 and classes > 1)
        or (row.scope == "overall" and sequences > 1)
    ]


def _label(row: BDRow) -> str:
    """A sequence's name, or which mean this is."""
    if row.scope == "sequence":
        return row.sequence
    count = "1 sequence" if row.sequences == 1 else f"mean of {row.sequences}"
    return f"Class {row.sequence_class}, {count}" if row.scope == "class" else f"Overall, {count}"


def _over(row: BDRow) -> str:
    """How many sequences the row is a mean of, or the name of the only one."""
    return _label(row) if row.sequences == 1 else str(row.sequences)
