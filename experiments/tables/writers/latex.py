"""Tables as LaTeX (booktabs)."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.tables.table import Column, Footnotes, Row, Table, Value, interval_row, shown

_SIGNS = {sign: "\\" + sign for sign in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "\n": " ",
    "δ": r"$\delta$",
    "Δ": r"$\Delta$",
    "σ": r"$\sigma$",
    "λ": r"$\lambda$",
    "×": r"$\times$",
    "−": "$-$",
    "–": "--",
    "→": r"$\to$",
    "²": "$^2$",
    "·": r"$\cdot$",
    "≥": r"$\ge$",
    "↓": r"$\downarrow$",
    "∞": r"$\infty$",
}


def latex(tables: Sequence[Table], *, title: str = "") -> str:
    r"""One ``table`` each, with its notes below it; needs ``\usepackage{booktabs}``."""
    footnotes = Footnotes(tables)
    lines = ["% \\usepackage{booktabs}", *([f"% {title}"] if title else [])]
    if not any(table.rows for table in tables):
        lines.append("% There is nothing to compare.")
    for table in tables:
        if table.rows:
            lines += _float(table, footnotes, title)
    return "\n".join([*lines, ""])


def escape(text: str) -> str:
    """Text in which no sign is a command."""
    return "".join(_SIGNS.get(sign, sign) for sign in text)


def _float(table: Table, footnotes: Footnotes, title: str) -> list[str]:
    caption = ": ".join(filter(None, (title, table.title)))
    shape = "".join("l" if column.text else "r" for column in table.columns)
    return [
        "",
        r"\begin{table}[htbp]",
        r"  \centering\small\setlength{\tabcolsep}{4pt}",
        *([rf"  \caption{{{escape(caption)}.}}"] if caption else []),
        rf"  \begin{{tabular}}{{{shape}}}",
        r"    \toprule",
        *(_groups(table) if table.grouped else ()),
        "    " + " & ".join(_heads(table)) + r" \\",
        r"    \midrule",
        *(f"    {line}" for line in _body(table, footnotes)),
        r"    \bottomrule",
        r"  \end{tabular}",
        *(rf"  \par\raggedright\footnotesize {escape(note)}" for note in table.notes),
        *(f"  {note}" for note in _notes(table, footnotes)),
        r"\end{table}",
    ]


def _groups(table: Table) -> list[str]:
    first, spans, rules = 1, [], []
    for name, count in table.groups():
        if name:
            spans.append(rf"\multicolumn{{{count}}}{{c}}{{{escape(name)}}}")
            rules.append(rf"\cmidrule(lr){{{first}-{first + count - 1}}}")
        else:
            spans += [""] * count
        first += count
    return ["    " + " & ".join(spans).strip() + r" \\", "    " + " ".join(rules)]


def _heads(table: Table) -> list[str]:
    heads = zip(table.heads(), table.columns, strict=True)
    return [escape(head[:1].upper() + head[1:] if column.text else head) for head, column in heads]


def _body(table: Table, footnotes: Footnotes) -> list[str]:
    lines: list[str] = []
    strong = True
    for row in table.rows:
        if row.strong and not strong:
            lines.append(r"\midrule")
        strong = row.strong
        lines.append(" & ".join(_cells(table, row, footnotes)).strip() + r" \\")
        if texts := interval_row(table, row):
            lines.append(" & ".join(map(_interval, texts)).strip() + r" \\")
    return lines


def _cells(table: Table, row: Row, footnotes: Footnotes) -> list[str]:
    found = []
    for value, column, numbers in footnotes.marked(table, row):
        mark = rf"\textsuperscript{{{','.join(map(str, numbers))}}}" if numbers else ""
        found.append(_text(value, column) + mark)
    return found


def _text(value: Value, column: Column) -> str:
    text = shown(value, column)
    return f"${text}$" if text[:1] in ("+", "-") and not column.text else escape(text)


def _interval(text: str) -> str:
    """A cell of a row of intervals, small."""
    low, _, high = text.partition(" … ")
    inner = rf"${low}\ldots {high}$" if high else escape(text)
    return rf"{{\scriptsize {inner}}}" if text else ""


def _notes(table: Table, footnotes: Footnotes) -> list[str]:
    """Those that the table uses, by their numbers."""
    texts = footnotes.texts()
    used = {n for row in table.rows for numbers in footnotes.marks(table, row) for n in numbers}
    return [
        rf"\par\raggedright\footnotesize \textsuperscript{{{n}}} {escape(texts[n - 1])}"
        for n in sorted(used)
    ]
