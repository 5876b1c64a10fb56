"""BD tables as they are shown: text cells, headers and numbered notes, before any markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from experiments.tables.rows import BD_PSNR_Y, DEC_TIME, ENC_TIME, BDRow, Cell

Tone = Literal["", "saving", "loss", "failed"]


NO_VALUE = "–"


MOST_PLACES = 8  # of one note; 30 sequences with the same one need not all be named


@dataclass(frozen=True)
class Column:
    """One number column: ``group``, with the unit in brackets, stands above ``header``."""

    key: str
    group: str
    header: str
    decimals: int
    signed: bool
    saves_below_zero: bool | None


@dataclass(frozen=True)
class ShownCell:
    """Text of a cell, the numbers of its notes, and what it means for the reader.

    ``interval``: of a mean, such as ``-9.12 … -7.30``; empty where there is none.
    """

    text: str
    marks: tuple[int, ...]
    tone: Tone
    interval: str = ""


@dataclass(frozen=True)
class ShownRow:
    """One row; ``label`` is a sequence's name or says which mean this is."""

    scope: str
    codec: str
    config: str
    method: str
    anchor: str
    sequence_class: str
    label: str
    sequences: int
    marks: tuple[int, ...]
    cells: tuple[ShownCell, ...]

    @property
    def has_interval(self) -> bool:
        """Whether any of its cells is a mean with an interval."""
        return any(cell.interval for cell in self.cells)

    @property
    def over(self) -> str:
        """How many sequences the row is a mean of, or the name of the only one."""
        return self.label if self.sequences == 1 else str(self.sequences)


@dataclass(frozen=True)
class Section:
    """The rows of one method of one codec and configuration."""

    codec: str
    config: str
    method: str
    anchor: str
    rows: tuple[ShownRow, ...]


@dataclass(frozen=True)
class TableView:
    """A whole BD table: each method's overall mean (or only sequence), then the details."""

    columns: tuple[Column, ...]
    summary: tuple[ShownRow, ...]
    sections: tuple[Section, ...]
    notes: tuple[str, ...]

    @property
    def anchors(self) -> str:
        """The anchors' names."""
        return ", ".join(dict.fromkeys(s.anchor for s in self.sections if s.anchor)) or "none"

    @property
    def detailed(self) -> bool:
        """Whether the sections say more than the summary: some method has several sequences."""
        return any(len(section.rows) > 1 for section in self.sections)

    @property
    def has_intervals(self) -> bool:
        """Whether any mean has an interval."""
        rows = (row for section in self.sections for row in section.rows)
        return any(row.has_interval for row in (*self.summary, *rows))

    @property
    def groups(self) -> tuple[tuple[str, int], ...]:
        """Headers above the columns, and how many columns each spans."""
        return tuple(
            (name, len(list(part))) for name, part in groupby(c.group for c in self.columns)
        )


def column(key: str) -> Column:
    """How the column ``key`` of a BD row is shown."""
    if key == BD_PSNR_Y:
        return Column(key, "BD-PSNR [dB]", "Y", 3, True, False)
    if key in (ENC_TIME, DEC_TIME):
        return Column(key, "Time [%]", "EncT" if key == ENC_TIME else "DecT", 0, False, None)
    metric = key.removeprefix("bd_rate_").removesuffix("_percent")
    name = metric.upper().replace("MS_SSIM", "MS-SSIM").replace("_", " ")
    return Column(key, "BD-rate [%]", name, 2, True, True)


def view(rows: Sequence[BDRow]) -> TableView:
    """Turn BD rows into text. A mean over a single sequence is not shown, the sequence is."""
    keys = list(dict.fromkeys(key for row in rows for key in row.cells))
    # Columns of one group stand together, whatever extra metrics there are.
    columns = tuple(sorted(map(column, keys), key=lambda c: _GROUP_ORDER.index(c.group)))
    notes = Notes()
    sections, summary = [], []
    for (codec, config, method), part in groupby(rows, lambda r: (r.codec, r.config, r.method)):
        block = list(part)
        shown = tuple(_shown(row, columns, notes) for row in _worth_showing(block))
        summary.append(_shown(_headline(block), columns, notes))
        sections.append(Section(codec, config, method, block[0].anchor, shown))
    return TableView(columns, tuple(summary), tuple(sections), notes.texts())


def terminal_rows(rows: Sequence[BDRow]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Header and rows of a compact table: the overall means, a row a codec, config and method."""
    shown = view(rows)
    header = (
        *("codec", "config", "method", "sequences"),
        *(f"{c.group.partition(' [')[0]} {c.header} [{unit(c)}]" for c in shown.columns),
    )
    lines = [
        (row.codec, row.config, row.method, row.over, *(cell.text for cell in row.cells))
        for row in shown.summary
    ]
    return tuple(h.replace("Time ", "") for h in header), lines


def unit(shown: Column) -> str:
    """Unit of a column, without brackets."""
    return shown.group.partition("[")[2].rstrip("]")


_GROUP_ORDER = ("BD-rate [%]", "BD-PSNR [dB]", "Time [%]")


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


def _shown(row: BDRow, columns: Sequence[Column], notes: Notes) -> ShownRow:
    label = row.sequence
    if row.scope != "sequence":
        count = "1 sequence" if row.sequences == 1 else f"mean of {row.sequences}"
        label = (
            f"Class {row.sequence_class}, {count}" if row.scope == "class" else f"Overall, {count}"
        )
    place = f"{row.sequence or label}, {row.codec} {row.config}, {row.method}"
    return ShownRow(
        scope=row.scope,
        codec=row.codec,
        config=row.config,
        method=row.method,
        anchor=row.anchor,
        sequence_class=row.sequence_class,
        label=label,
        sequences=row.sequences,
        # A row's own note is that of its sequences; a mean repeats the mark, not the place.
        marks=notes.marks(row.notes, place if row.scope == "sequence" else "", ""),
        cells=tuple(shown_cell(row.cells.get(c.key, Cell(None)), c, place, notes) for c in columns),
    )


def shown_cell(cell: Cell, shown: Column, place: str, notes: Notes) -> ShownCell:
    """The cell's text; its notes, which concern ``place``, are numbered by ``notes``."""
    marks = notes.marks(cell.notes, place, f"{shown.group.partition(' [')[0]} {shown.header}")
    if cell.value is None:
        return ShownCell(cell.error or NO_VALUE, marks, "failed" if cell.error else "")
    text = _number(cell.value, shown)
    interval = ""
    if cell.interval:
        interval = " … ".join(_number(v, shown) for v in (cell.interval.low, cell.interval.high))
    if float(text) == 0:
        return ShownCell(text, marks, "", interval)
    tone: Tone = ""
    if shown.saves_below_zero is not None:
        tone = "saving" if (cell.value < 0) == shown.saves_below_zero else "loss"
    return ShownCell(text, marks, tone, interval)


def _number(value: float, shown: Column) -> str:
    text = f"{value:{'+' if shown.signed else ''}.{shown.decimals}f}"
    return text.lstrip("+-") if float(text) == 0 else text


class Notes:
    """Numbers each distinct sentence once and remembers where it applies."""

    def __init__(self) -> None:
        self._places: dict[str, dict[str, list[str]]] = {}

    def marks(self, sentences: Iterable[str], place: str, what: str) -> tuple[int, ...]:
        """The sentences' numbers; ``what`` of ``place`` (may be empty) is kept with each."""
        found = []
        for sentence in sentences:
            places = self._places.setdefault(sentence, {})
            if place:
                at = places.setdefault(place, [])
                at += [what] if what and what not in at else []
            found.append(list(self._places).index(sentence) + 1)
        return tuple(found)

    def texts(self) -> tuple[str, ...]:
        """Each sentence with its places, in the order of the numbers."""
        return tuple(
            f"{sentence} [{_joined(at)}]" if at else sentence
            for sentence, at in self._places.items()
        )


def _joined(places: dict[str, list[str]]) -> str:
    texts = [f"{place}: {', '.join(what)}" if what else place for place, what in places.items()]
    more = len(texts) - MOST_PLACES
    return "; ".join(texts[:MOST_PLACES]) + (f"; and {more} more" if more > 0 else "")
