"""Comparisons as rows: one a sequence, class means and overall means; and as plain text."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from bdrate.errors import BDError
from bdrate.metrics import metric_of
from bdrate.pairing import Comparison
from bdrate.result import BDResult

_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class DeltaColumn:
    """The BD-rate over a metric, or the BD of the metric itself."""

    metric: str
    is_rate: bool

    @property
    def key(self) -> str:
        """Its name in CSV: ``bd_rate_y_percent``, ``bd_psnr_y_db``, ``bd_vmaf``."""
        if self.is_rate:
            return f"bd_rate_{self.metric.removeprefix('psnr_')}_percent"
        return "_".join(filter(None, ("bd", self.metric, self.unit.lower())))

    @property
    def name(self) -> str:
        """Its name without the unit: ``BD-rate Y``, ``BD-PSNR Y``, ``BD-VMAF``."""
        title = metric_of(self.metric).title
        base, _, plane = title.partition("-")
        if base == "PSNR":
            return f"{'BD-rate' if self.is_rate else 'BD-PSNR'} {plane}".strip()
        return f"BD-rate {title}" if self.is_rate else f"BD-{title}"

    @property
    def heading(self) -> str:
        """Its name and unit: ``BD-rate Y [%]``."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name

    @property
    def unit(self) -> str:
        """The unit of its numbers; empty where there is none."""
        return "%" if self.is_rate else metric_of(self.metric).unit

    @property
    def decimals(self) -> int:
        """The digits after the point that are worth printing."""
        return 2 if self.is_rate else metric_of(self.metric).decimals


@dataclass(frozen=True)
class Delta:
    """One number, or why there is none."""

    value: float | None
    problem: str = ""
    """A sentence that begins with the name of the problem: ``no-overlap: …``."""
    missing: int = 0
    """How many sequences a mean leaves out, because they have no number."""
    sequences: int = 1
    """How many sequences a mean would be over."""


@dataclass(frozen=True)
class DeltaRow:
    """The deltas of one comparison, or their means."""

    keys: Mapping[str, str]
    """``sequence``, ``class`` and whatever else tells the rows apart."""
    deltas: Mapping[DeltaColumn, Delta]
    overlap: float | None = None
    """The smallest of its metrics; None in a mean, and where there is no delta."""
    warnings: tuple[str, ...] = ()
    """Names of warnings."""
    is_mean: bool = False


def delta_rows(
    comparisons: Sequence[Comparison], *, exclude_classes: Collection[str] = ()
) -> tuple[DeltaRow, ...]:
    """The rows of ``comparisons``, then class means and the overall mean.

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
    leading = [name for name in ("sequence", "class") if name in keys or name == "sequence"]
    variants = [
        name
        for name in keys
        if name not in leading and len({c.keys.get(name, "") for c in comparisons}) > 1
    ]
    rows = [
        DeltaRow(
            keys={name: c.keys.get(name, "") for name in (*leading, *variants)},
            deltas=dict(_deltas(c)),
            overlap=min((result.overlap for result in _results(c)), default=None),
            warnings=_warnings(c),
        )
        for c in comparisons
    ]
    means = [
        _mean({**dict.fromkeys(leading, ""), **_keys(group[0], variants), **label}, group)
        for label, group in _groups(rows, variants, exclude_classes)
    ]
    return (*rows, *means)


def notes_of(rows: Sequence[DeltaRow]) -> tuple[str, ...]:
    """One sentence for each failure: which row, which metric, and why there is no number."""
    notes = []
    for row in rows:
        names = (row.keys[name] for name in row.keys if name != "class" and row.keys[name])
        who = " ".join(names) or "this comparison"
        for column, delta in row.deltas.items():
            if delta.problem:
                notes.append(f"{who}, {metric_of(column.metric).title}: {delta.problem}")
    return tuple(dict.fromkeys(notes))


def text_table(rows: Sequence[DeltaRow]) -> str:
    """Rows as aligned plain text, with notes below."""
    names = [name for name in rows[0].keys if any(row.keys[name] for row in rows)]
    columns = list(dict.fromkeys(column for row in rows for column in row.deltas))
    lines = [[*names, *(column.heading for column in columns), "overlap", "warnings"]]
    for row in rows:
        deltas = (_text(row.deltas.get(column, Delta(None)), column) for column in columns)
        overlap = "–" if row.overlap is None else f"{row.overlap:.2f}"
        words = [row.keys[name] for name in names]
        lines.append([*words, *deltas, overlap, ", ".join(row.warnings)])
    if not any(row.warnings for row in rows):
        lines = [line[:-1] for line in lines]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    numbers = range(len(names), len(names) + len(columns) + 1)
    text = [
        "  ".join(
            cell.rjust(width) if at in numbers else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    notes = notes_of(rows)
    return "\n".join([*text, *([""] if notes else []), *notes]) + "\n"


def format_delta(value: float, decimals: int = 2) -> str:
    """A number with its sign and a true minus: ``−13.29``, ``+5.02``, ``0.00``."""
    text = f"{value:+.{decimals}f}"
    return text[1:] if float(text) == 0 else text.replace("-", _MINUS)


def _text(delta: Delta, column: DeltaColumn) -> str:
    if delta.value is None:
        if delta.missing:
            return f"all {delta.sequences} missing"
        return delta.problem.partition(":")[0] or "–"
    text = format_delta(delta.value, column.decimals)
    return f"{text} ({delta.missing} of {delta.sequences} missing)" if delta.missing else text


def _deltas(c: Comparison) -> Iterator[tuple[DeltaColumn, Delta]]:
    for metric, result in c.results.items():
        rate, quality = DeltaColumn(metric, True), DeltaColumn(metric, False)
        if isinstance(result, BDError):
            failed = Delta(None, f"{result.name}: {result}")
            yield rate, failed
            yield quality, failed
        else:
            yield rate, Delta(result.bd_rate_percent, result.rate_problem)
            yield quality, Delta(result.bd_quality, result.quality_problem)


def _results(c: Comparison) -> list[BDResult]:
    return [result for result in c.results.values() if isinstance(result, BDResult)]


def _warnings(c: Comparison) -> tuple[str, ...]:
    """The names of warnings, the problems of cells left out."""
    names = dict.fromkeys(
        warning.partition(":")[0]
        for result in _results(c)
        for warning in result.warnings
        if warning not in (result.rate_problem, result.quality_problem)
    )
    return tuple(names)


def _keys(row: DeltaRow, names: Sequence[str]) -> dict[str, str]:
    return {name: row.keys[name] for name in names}


def _mean(keys: Mapping[str, str], rows: Sequence[DeltaRow]) -> DeltaRow:
    columns = dict.fromkeys(column for row in rows for column in row.deltas)
    deltas = {}
    for column in columns:
        found = (row.deltas[column].value for row in rows if column in row.deltas)
        values = [value for value in found if value is not None and isfinite(value)]
        mean = sum(values) / len(values) if values else None
        deltas[column] = Delta(mean, missing=len(rows) - len(values), sequences=len(rows))
    return DeltaRow(keys, deltas, is_mean=True)


def _groups(
    rows: Sequence[DeltaRow], variants: Sequence[str], exclude: Collection[str]
) -> Iterator[tuple[dict[str, str], list[DeltaRow]]]:
    """Yield (label, rows) of each mean: the classes, then overall, for each variant."""
    for variant in dict.fromkeys(tuple(_keys(row, variants).values()) for row in rows):
        mine = [row for row in rows if tuple(_keys(row, variants).values()) == variant]
        if len(mine) < 2:
            continue
        classes = list(dict.fromkeys(row.keys.get("class", "") for row in mine))
        if len(classes) > 1:
            for name in sorted(filter(None, classes)):
                label = {"sequence": f"Mean of class {name}", "class": name}
                yield label, [row for row in mine if row.keys["class"] == name]
        kept = [row for row in mine if row.keys.get("class", "") not in exclude]
        gone = [name for name in classes if name and name in exclude]
        without = f" (without {', '.join(gone)})" if gone else ""
        if kept:
            yield {"sequence": "Overall" + without}, kept
