"""GitHub-flavoured Markdown of the pieces that BD tables are made of."""

from __future__ import annotations

from collections.abc import Sequence

from tabulate import tabulate

from experiments.tables.view import ShownRow


def escape(text: str) -> str:
    """Text in which no sign is markup, on one line."""
    for sign in "\\`*_|<>":
        text = text.replace(sign, "\\" + sign)
    return text.replace("\n", " ")


def label(row: ShownRow) -> str:
    """A row's label with the numbers of its notes; that of a mean is bold."""
    text = escape(row.label) + marks(row.marks)
    return text if row.scope == "sequence" else f"**{text}**"


def cells(row: ShownRow) -> list[str]:
    """A row's cells with the numbers of their notes."""
    return [escape(cell.text) + marks(cell.marks) for cell in row.cells]


def intervals(row: ShownRow) -> list[str]:
    """The intervals of a row's means, small: a row of their own below it."""
    return [f"<sub>{escape(cell.interval)}</sub>" if cell.interval else "" for cell in row.cells]


def marks(numbers: Sequence[int]) -> str:
    """Numbers of notes, raised."""
    return f"<sup>{','.join(map(str, numbers))}</sup>" if numbers else ""


def notes(texts: Sequence[str]) -> list[str]:
    """The section of numbered notes; nothing where there are none."""
    if not texts:
        return []
    return ["## Notes", "", *(f"{n}. {escape(text)}" for n, text in enumerate(texts, 1)), ""]


def table(heads: Sequence[str], body: Sequence[Sequence[str]], texts: int) -> str:
    """A pipe table; the first ``texts`` columns are words, the others numbers."""
    aligned = ["left"] * texts + ["right"] * (len(heads) - texts)
    return tabulate(body, heads, tablefmt="pipe", disable_numparse=True, colalign=aligned)
