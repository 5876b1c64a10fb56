"""Comparisons as a table: a row a sequence, class and overall means; text, Markdown, LaTeX."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import pandas as pd

from bdrate.errors import BDError
from bdrate.metrics import metric_of
from bdrate.pairing import Comparison
from bdrate.result import BDResult

_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class BDTable:
    """A table of deltas.

    Attributes:
        frame: one row a sequence, then the means. Text columns (``sequence``, ``class``, other
            keys), for each metric ``BD-rate Y [%]`` and ``BD-PSNR Y [dB]`` (floats, NaN where there
            is no number), ``overlap`` (the smallest of its metrics), ``warnings`` (their names),
            ``missing`` (what a mean leaves out) and ``mean`` (whether the row is one).
        failed: (row, column) → the name of the error that stands in that cell.
        missing: (row, column) → (failed, all) sequences of a mean that is not over all of them.
        notes: one sentence for each failure.
        decimals: for each column of numbers.
    """

    frame: pd.DataFrame
    failed: Mapping[tuple[int, str], str]
    missing: Mapping[tuple[int, str], tuple[int, int]]
    notes: tuple[str, ...]
    decimals: Mapping[str, int]

    def to_text(self) -> str:
        """Return the table as aligned plain text, with notes below."""
        header, rows = self._cells()
        numeric = [name in self.decimals for name in header]
        width = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
        lines = [
            "  ".join(
                cell.rjust(w) if right else cell.ljust(w)
                for cell, w, right in zip(row, width, numeric, strict=True)
            ).rstrip()
            for row in (header, ["-" * w for w in width], *rows)
        ]
        return "\n".join([*lines, *([""] if self.notes else []), *self.notes]) + "\n"

    def to_markdown(self) -> str:
        """Return the table in Markdown, with notes below."""
        header, rows = self._cells()
        rule = ["---:" if name in self.decimals else "---" for name in header]
        lines = [
            "| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |"
            for row in (header, rule, *rows)
        ]
        return "\n".join([*lines, *(f"\n{note}" for note in self.notes)]) + "\n"

    def to_latex(self) -> str:
        r"""Return a LaTeX ``tabular`` (package booktabs), with notes below."""
        header, rows = self._cells()
        columns = "".join("r" if name in self.decimals else "l" for name in header)
        lines = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule"]
        lines += [" & ".join(map(_tex, header)) + r" \\", r"\midrule"]
        first_mean = len(rows) - self._means()
        for i, row in enumerate(rows):
            if i == first_mean and i:
                lines.append(r"\midrule")
            lines.append(" & ".join(map(_tex, row)) + r" \\")
        lines += [r"\bottomrule", r"\end{tabular}"]
        return "\n".join([*lines, *(r"\par\footnotesize " + _tex(n) for n in self.notes)]) + "\n"

    def _means(self) -> int:
        return int(self.frame["mean"].sum())

    def _cells(self) -> tuple[list[str], list[list[str]]]:
        hidden = {"mean", "missing"}
        texts = [n for n in self.frame.columns if n not in hidden]
        texts = [n for n in texts if n in self.decimals or (self.frame[n].astype(str) != "").any()]
        rows = []
        for i, row in enumerate(self.frame.to_dict("records")):
            rows.append([self._cell(i, str(name), row[name]) for name in texts])
        return [str(name) for name in texts], rows

    def _cell(self, row: int, column: str, value: object) -> str:
        if column not in self.decimals:
            return str(value)
        if (row, column) in self.failed:
            return self.failed[row, column]
        if not isinstance(value, float) or pd.isna(value):
            return "–"
        if column == "overlap":
            return f"{value:.2f}"
        text = format_delta(value, self.decimals[column])
        if (row, column) in self.missing:
            gone, total = self.missing[row, column]
            text += f" ({gone} of {total} missing)"
        return text


def format_delta(value: float, decimals: int = 2) -> str:
    """Return a number with its sign and a true minus: ``−13.29``, ``+5.02``, ``0.00``."""
    text = f"{value:+.{decimals}f}"
    return text[1:] if float(text) == 0 else text.replace("-", _MINUS)


def _tex(text: str) -> str:
    special = {c: "\\" + c for c in "&%$#_{}"}
    special |= {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    special |= {_MINUS: "$-$", "–": "--", "→": r"$\to$", "<": "$<$", ">": "$>$"}
    return "".join(special.get(c, c) for c in text)


def column_names(metric: str) -> tuple[str, str]:
    """Return the headings of a metric's two columns: ``BD-rate Y [%]``, ``BD-PSNR Y [dB]``."""
    info = metric_of(metric)
    base, _, plane = info.title.partition("-")
    if base == "PSNR":
        return f"BD-rate {plane} [%]".replace("  ", " "), f"BD-PSNR {plane}".strip() + " [dB]"
    unit = f" [{info.unit}]" if info.unit else ""
    return f"BD-rate {info.title} [%]", f"BD-{info.title}{unit}"


def make_table(
    comparisons: Sequence[Comparison], *, exclude_classes: Collection[str] = ()
) -> BDTable:
    """Make the table of ``comparisons``: their rows, class means, and the overall mean.

    Means are arithmetic, over the sequences that have a number, and each says how many it leaves
    out. Where key columns other than ``sequence`` and ``class`` vary (say ``config``), each
    combination has its own means. ``exclude_classes`` are left out of the overall mean, as
    the JVET reports do with classes D and F; the row says so.

    Raises:
        BDError: there is nothing to make a table of.
    """
    if not comparisons:
        raise BDError("there are no comparisons to make a table of.")
    keys = list(dict.fromkeys(name for c in comparisons for name in c.keys))
    variants = [
        name
        for name in keys
        if name not in {"sequence", "class"}
        and len({c.keys.get(name, "") for c in comparisons}) > 1
    ]
    leading = [name for name in ("sequence", "class") if name in keys or name == "sequence"]
    metrics = list(dict.fromkeys(m for c in comparisons for m in c.results))
    decimals: dict[str, int] = {}
    for metric in metrics:
        rate, quality = column_names(metric)
        decimals |= {rate: 2, quality: metric_of(metric).decimals}
    numeric = list(decimals)
    rows: list[dict[str, object]] = []
    failed: dict[tuple[int, str], str] = {}
    missing: dict[tuple[int, str], tuple[int, int]] = {}
    notes: list[str] = []
    for c in comparisons:
        row: dict[str, object] = {name: c.keys.get(name, "") for name in (*leading, *variants)}
        who = " ".join(str(row[name]) for name in ("sequence", *variants) if row[name])
        for title, column, value, problem in _values(c):
            row[column] = value
            if problem:
                failed[len(rows), column] = problem.partition(":")[0]
                notes.append(f"{who or 'this comparison'}, {title}: {problem}")
        row |= _remarks(c)
        rows.append(row)
    sequences = list(rows)
    for label, group in _groups(sequences, variants, exclude_classes):
        mean: dict[str, object] = dict.fromkeys(leading, "")
        mean |= {name: group[0][name] for name in variants} | label
        gaps = []
        for column in numeric:
            values = [v for r in group if isinstance(v := r.get(column), float) and isfinite(v)]
            mean[column] = sum(values) / len(values) if values else float("nan")
            if len(values) < len(group):
                missing[len(rows), column] = (len(group) - len(values), len(group))
                gaps.append(f"{column}: {len(group) - len(values)} of {len(group)} missing")
                if not values:
                    failed[len(rows), column] = f"all {len(group)} missing"
        mean |= {"overlap": float("nan"), "warnings": "", "missing": "; ".join(gaps), "mean": True}
        rows.append(mean)
    order = [*leading, *variants, *numeric, "overlap", "warnings", "missing", "mean"]
    frame = pd.DataFrame(rows, columns=order)
    return BDTable(frame, failed, missing, tuple(dict.fromkeys(notes)), {**decimals, "overlap": 2})


def _values(c: Comparison) -> Iterator[tuple[str, str, float, str]]:
    """Yield (metric's title, column, value, problem); problems begin with a name."""
    nan = float("nan")
    for metric, result in c.results.items():
        rate, quality = column_names(metric)
        title = metric_of(metric).title
        if isinstance(result, BDError):
            yield title, rate, nan, f"{result.name}: {result}"
            yield title, quality, nan, f"{result.name}: {result}"
        else:
            r, q = result.bd_rate_percent, result.bd_quality
            yield title, rate, nan if r is None else r, result.rate_problem
            yield title, quality, nan if q is None else q, result.quality_problem


def _remarks(c: Comparison) -> dict[str, object]:
    results = [r for r in c.results.values() if isinstance(r, BDResult)]
    names = dict.fromkeys(
        w.partition(":")[0]
        for r in results
        for w in r.warnings
        if w not in (r.rate_problem, r.quality_problem)
    )
    overlap = min((r.overlap for r in results), default=float("nan"))
    return {"overlap": overlap, "warnings": ", ".join(names), "missing": "", "mean": False}


def _groups(
    rows: list[dict[str, object]], variants: list[str], exclude: Collection[str]
) -> Iterator[tuple[dict[str, object], list[dict[str, object]]]]:
    """Yield (label, rows) of each mean: the classes, then overall, for each variant."""
    for variant in dict.fromkeys(tuple(r[name] for name in variants) for r in rows):
        mine = [r for r in rows if tuple(r[name] for name in variants) == variant]
        if len(mine) < 2:
            continue
        classes = list(dict.fromkeys(str(r.get("class", "")) for r in mine))
        if len(classes) > 1:
            for name in sorted(filter(None, classes)):
                label: dict[str, object] = {"sequence": f"Mean of class {name}", "class": name}
                yield label, [r for r in mine if r["class"] == name]
        kept = [r for r in mine if r.get("class", "") not in exclude]
        gone = [name for name in classes if name and name in exclude]
        without = f" (without {', '.join(gone)})" if gone else ""
        if kept:
            yield {"sequence": "Overall" + without}, kept
