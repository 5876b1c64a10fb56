"""BD tables as CSV (full precision), Markdown and LaTeX (booktabs) text, and their files."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from experiments.tables import markdown as md
from experiments.tables.rows import BDRow, Cell
from experiments.tables.view import Section, ShownRow, TableView, unit, view

INTERVAL_LABEL = "95 % interval"


_KEYS = ("scope", "codec", "config", "method", "anchor", "class", "sequence", "sequences")


def write_tables(rows: Sequence[BDRow], out_dir: Path, stem: str, title: str) -> tuple[Path, ...]:
    """Write ``stem``.csv, .md and .tex into ``out_dir``; return their paths in this order.

    Raises:
        OSError: a file cannot be written.
    """
    shown = view(rows)
    texts = {
        "csv": csv_text(rows),
        "md": markdown_text(shown, title),
        "tex": latex_text(shown, title),
    }
    paths = []
    for suffix, text in texts.items():
        path = out_dir / f"{stem}.{suffix}"
        path.write_text(text, encoding="utf-8", newline="\n")
        paths.append(path)
    return tuple(paths)


def csv_text(rows: Sequence[BDRow]) -> str:
    """One line a row, all digits; a failed cell holds the error's name, ``notes`` the sentences.

    The last columns are the ends of the means' 95 % intervals, empty where there is none.
    """
    keys = list(dict.fromkeys(key for row in rows for key in row.cells))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    ends = [f"{key}_{end}95" for key in keys for end in ("low", "high")]
    writer.writerow([*_KEYS, *keys, "notes", *ends])
    for row in rows:
        cells = [row.cells[key] for key in keys]
        notes = [*row.notes]
        for key, cell in zip(keys, cells, strict=True):
            notes += [f"{key}: {note}" for note in cell.notes]
        writer.writerow(
            [
                *(row.scope, row.codec, row.config, row.method, row.anchor),
                *(row.sequence_class, row.sequence, row.sequences),
                *(cell.error if cell.value is None else repr(float(cell.value)) for cell in cells),
                " | ".join(notes),
                *(end for cell in cells for end in _ends(cell)),
            ]
        )
    return out.getvalue()


def _ends(cell: Cell) -> tuple[str, str]:
    return (repr(cell.interval.low), repr(cell.interval.high)) if cell.interval else ("", "")


def markdown_text(shown: TableView, title: str) -> str:
    """GitHub-flavoured tables under ``title``, with the notes as a numbered list below."""
    said = f"Anchor: {md.escape(shown.anchors)}. Negative BD-rate: the method needs less rate."
    lines = [f"# {title}", "", said, ""]
    if shown.has_intervals:
        lines += [f"Below a mean stands its {INTERVAL_LABEL} over the sequences (bootstrap).", ""]
    if not shown.sections:
        return "\n".join([*lines, "There is nothing to compare.", ""])
    heads = [f"{c.group.partition(' [')[0]} {c.header} [{unit(c)}]" for c in shown.columns]
    heads = [md.escape(head.replace("Time ", "")) for head in heads]
    lines += ["## Overall", ""]
    summary = []
    for r in shown.summary:
        method = md.escape(r.method) + md.marks(r.marks)
        words = [md.escape(r.codec), md.escape(r.config), method, md.escape(r.over)]
        summary.append([*words, *md.cells(r)])
        if r.has_interval:
            summary.append(["", "", "", INTERVAL_LABEL, *md.intervals(r)])
    lines += [
        md.table(["codec", "config", "method", "sequences", *heads], summary, texts=4),
        "",
    ]
    for section in shown.sections if shown.detailed else ():
        lines += [f"## {md.escape(_section_title(section))}", ""]
        body = []
        for r in section.rows:
            body.append([md.escape(r.sequence_class), md.label(r), *md.cells(r)])
            if r.has_interval:
                body.append(["", INTERVAL_LABEL, *md.intervals(r)])
        lines += [md.table(["class", "sequence", *heads], body, texts=2), ""]
    return "\n".join([*lines, *md.notes(shown.notes)])


def latex_text(shown: TableView, title: str) -> str:
    """One ``table`` for the overall means and one a method; needs ``\\usepackage{booktabs}``."""
    lines = ["% \\usepackage{booktabs}", f"% {title}"]
    if not shown.sections:
        return "\n".join([*lines, "% There is nothing to compare.", ""])
    summary = []
    for r in shown.summary:
        method = _tex(r.method) + _tex_marks(r.marks)
        cells = [_tex(r.codec), _tex(r.config), method, _tex(r.over), *_tex_cells(r)]
        summary.append((cells, r, ""))
        if r.has_interval:
            summary.append((["", "", "", *_tex_intervals(r)], r, ""))
    lines += _tex_table(
        shown,
        f"{title}: overall (anchor: {shown.anchors}).",
        ["Codec", "Config", "Method", "Sequences"],
        summary,
    )
    for section in shown.sections if shown.detailed else ():
        body = []
        for row in section.rows:
            cells = [_tex(row.sequence_class), _tex(row.label) + _tex_marks(row.marks)]
            rule = "" if row.scope == "sequence" else r"\midrule"
            body.append(([*cells, *_tex_cells(row)], row, rule))
            if row.has_interval:
                body.append((["", *_tex_intervals(row)], row, ""))
        caption = f"{title}: {_section_title(section)}."
        lines += _tex_table(shown, caption, ["Class", "Sequence"], body)
    return "\n".join([*lines, ""])


def _section_title(section: Section) -> str:
    anchor = section.anchor or "no anchor"
    return f"{section.codec} {section.config}, {section.method} against {anchor}"


_TEX = {
    **{"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"},
    **{sign: "\\" + sign for sign in "&%$#_{}"},
    **{"δ": r"$\delta$", "Δ": r"$\Delta$", "σ": r"$\sigma$", "λ": r"$\lambda$", "×": r"$\times$"},
    **{"−": "$-$", "–": "--", "→": r"$\to$", "²": "$^2$", "·": r"$\cdot$", "≥": r"$\ge$"},
    **{"↓": r"$\downarrow$", "∞": r"$\infty$"},
    **{"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "\n": " "},
}


def _tex(text: str) -> str:
    return "".join(_TEX.get(sign, sign) for sign in text)


def _tex_marks(marks: Sequence[int]) -> str:
    return rf"\textsuperscript{{{','.join(map(str, marks))}}}" if marks else ""


def _tex_cells(row: ShownRow) -> list[str]:
    return [
        (f"${cell.text}$" if cell.text[:1] in "+-" else _tex(cell.text)) + _tex_marks(cell.marks)
        for cell in row.cells
    ]


def _tex_intervals(row: ShownRow) -> list[str]:
    """The label, then the intervals, small: a row below that of the means."""
    texts = [f"${c.interval.replace(' … ', chr(92) + 'ldots ')}$" for c in row.cells]
    cells = [text if cell.interval else "" for text, cell in zip(texts, row.cells, strict=True)]
    return [rf"{{\scriptsize {cell}}}" if cell else "" for cell in (_tex(INTERVAL_LABEL), *cells)]


def _tex_table(
    shown: TableView,
    caption: str,
    texts: Sequence[str],
    body: Sequence[tuple[list[str], ShownRow, str]],
) -> list[str]:
    first = len(texts) + 1
    spans, rules = [], []
    for name, count in shown.groups:
        spans.append(rf"\multicolumn{{{count}}}{{c}}{{{_tex(name)}}}")
        rules.append(rf"\cmidrule(lr){{{first}-{first + count - 1}}}")
        first += count
    used = {n for _, row, _ in body for n in row.marks}
    used |= {n for _, row, _ in body for cell in row.cells for n in cell.marks}
    notes = [
        rf"\par\raggedright\footnotesize \textsuperscript{{{n}}} {_tex(shown.notes[n - 1])}"
        for n in sorted(used)
    ]
    return [
        "",
        r"\begin{table}[htbp]",
        r"  \centering\small\setlength{\tabcolsep}{4pt}",
        rf"  \caption{{{_tex(caption)}}}",
        rf"  \begin{{tabular}}{{{'l' * len(texts)}{'r' * len(shown.columns)}}}",
        r"    \toprule",
        "    " + " & ".join([*([""] * len(texts)), *spans]).strip() + r" \\",
        "    " + " ".join(rules),
        "    " + " & ".join([*texts, *(_tex(c.header) for c in shown.columns)]) + r" \\",
        r"    \midrule",
        *(f"    {rule + ' ' if rule else ''}{' & '.join(cells)} \\\\" for cells, _, rule in body),
        r"    \bottomrule",
        r"  \end{tabular}",
        *(f"  {note}" for note in notes),
        r"\end{table}",
    ]
