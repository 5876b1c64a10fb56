"""Changes between two runs: of their settings, and of their results.

Two comparisons of results are made, for each codec, configuration and method of both runs:

- *own anchors*: the BD-rate against each run's own anchor, and its difference B − A in percentage
  points, sequence by sequence;
- *direct*: the BD-rate of B's curve against A's curve of the same method. A change of the anchor
  shows only here.

Means have a bootstrap interval over the sequences, and a verdict on it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from codecpipe.errors import InputError
from experiments.compare.settings import Difference, differences
from experiments.results.frames import PSNR_COLUMNS, clean_points, extra_metrics
from experiments.results.merge import CURVE, LoadedRun, short_source, source_hash
from experiments.tables.bd import bd_rows
from experiments.tables.bootstrap import ENOUGH, FEWEST, mean_interval
from experiments.tables.rows import BDRow, bd_rate_key, blocks_of
from experiments.tables.table import Cell, Interval


@dataclass(frozen=True)
class Effect:
    """One method's change from A to B over the sequences of both runs."""

    codec: str
    config: str
    method: str
    values: tuple[tuple[str, float], ...]
    """By sequence, in % of the rate (or percentage points of BD-rate); negative is better."""
    left_out: tuple[str, ...]
    """Sequences without a number, with the error's name."""

    @property
    def mean(self) -> float | None:
        """Mean over the sequences; None where there is no number at all."""
        return math.fsum(v for _, v in self.values) / len(self.values) if self.values else None

    @property
    def interval(self) -> Interval | None:
        """95 % interval of the mean; None for fewer than three sequences."""
        return mean_interval([value for _, value in self.values])

    @property
    def verdict(self) -> str:
        """Whether it is more than what other sequences might have given."""
        count = len(self.values)
        if not count:
            return "no number"
        if all(value == 0 for _, value in self.values):
            return "no difference"
        interval = self.interval
        if interval is None:
            return f"too few sequences ({count} < {FEWEST})"
        if interval.low <= 0 <= interval.high:
            return "within noise"
        return "more than noise" if count >= ENOUGH else f"a hint: {count} sequences only"


@dataclass(frozen=True)
class RunComparison:
    """Two runs compared."""

    a: str
    b: str
    metric: str
    """The metric that the BD-rates are over."""
    bd_method: str
    settings: tuple[Difference, ...]
    notices: tuple[str, ...]
    """Sentences on all that does not go together."""
    same: int
    """How many of the rate points that both runs have are equal."""
    changed: int
    """How many of them are not."""
    own_anchors: tuple[Effect, ...]
    direct: tuple[Effect, ...]


def compare_runs(a: LoadedRun, b: LoadedRun, metric: str = "psnr_y") -> RunComparison:
    """Compare run ``b`` with run ``a``; the BD method is that of ``a``.

    Raises:
        InputError: a run lacks the metric or a column, or its BD method is unknown.
    """
    bd_method, other = (str(run.meta.get("bd_method", "pchip")) for run in (a, b))
    points = [clean_points(run.points) for run in (a, b)]
    have = [{*PSNR_COLUMNS, *extra_metrics(table)} & set(table.columns) for table in points]
    if metric not in have[0] & have[1]:
        raise InputError(
            f"'{metric}' is not measured in both runs: choose one of"
            f" {', '.join(sorted(have[0] & have[1]))}"
        )
    others = _other_videos(a, b)
    notices = [*others.values(), *_only_in_one(a, b, points)]
    if bd_method != other:
        said = f"{a.name} names the BD method {bd_method} and {b.name} {other}"
        notices.insert(0, f"{said}; {bd_method} is used here.")
    before, after = (table[~table["sequence"].isin(others)] for table in points)
    same, changed = _count_equal(before, after)
    return RunComparison(
        a=a.name,
        b=b.name,
        metric=metric,
        bd_method=bd_method,
        settings=differences(a.meta, b.meta),
        notices=tuple(notices),
        same=same,
        changed=changed,
        own_anchors=_own_anchors(before, after, bd_method, metric),
        direct=_effects(_direct_rows(before, after, bd_method), metric),
    )


def _other_videos(a: LoadedRun, b: LoadedRun) -> dict[str, str]:
    """Sequences that are called the same and are not, each with a sentence that says so."""
    first, second = a.meta.get("sources", {}), b.meta.get("sources", {})
    return {
        name: f"'{name}' is not the same video in both and is left out"
        f" ({short_source(first[name])} in {a.name}, {short_source(second[name])} in {b.name})."
        for name in sorted(first.keys() & second.keys())
        if source_hash(str(first[name])) != source_hash(str(second[name]))
    }


def _only_in_one(a: LoadedRun, b: LoadedRun, points: Sequence[pd.DataFrame]) -> list[str]:
    found = []
    for run, mine, others in ((a, points[0], points[1]), (b, points[1], points[0])):
        lost: list[str] = []
        for name in ("sequence", "codec", "config", "method"):
            alone = [v for v in dict.fromkeys(mine[name]) if v not in set(others[name])]
            if alone:
                found.append(f"Only in {run.name}: {name} {', '.join(alone)}.")
                lost.append(name)
        known = set(map(tuple, others[[*CURVE, "qp"]].to_numpy().tolist()))
        values = set(map(tuple, mine[[*CURVE, "qp"]].to_numpy().tolist()))
        if not lost and (alone_points := len(values - known)):
            found.append(f"Only in {run.name}: {alone_points} rate points.")
    return found


def _count_equal(a: pd.DataFrame, b: pd.DataFrame) -> tuple[int, int]:
    """How many of the rate points of both are equal in rate and all distortions, and are not."""
    names = ["rate_kbps", *PSNR_COLUMNS, *(set(extra_metrics(a)) & set(extra_metrics(b)))]
    shared = [name for name in names if name in a.columns and name in b.columns]
    key = [*CURVE, "qp"]
    joined = a[[*key, *shared]].merge(b[[*key, *shared]], on=key, suffixes=("_a", "_b"))
    equal = pd.Series(True, index=joined.index)
    for name in shared:
        one, other = joined[f"{name}_a"], joined[f"{name}_b"]
        equal &= (one == other) | (one.isna() & other.isna())
    return int(equal.sum()), int((~equal).sum())


def _own_anchors(
    a: pd.DataFrame, b: pd.DataFrame, bd_method: str, metric: str
) -> tuple[Effect, ...]:
    if a.empty or b.empty:
        return ()
    before, after = (bd_rows(t, bd_method=bd_method, times=False) for t in (a, b))
    key = bd_rate_key(metric)
    of_after = {_curve(row): row.cells.get(key) for row in after}
    changes = []
    for row in before:
        old, new = row.cells.get(key), of_after.get(_curve(row))
        if old is not None and new is not None:
            value = None if old.value is None or new.value is None else new.value - old.value
            changes.append(replace(row, cells={key: Cell(value, old.error or new.error)}))
    return _effects(changes, metric)


def _curve(row: BDRow) -> tuple[str, ...]:
    return row.scope, row.sequence, row.codec, row.config, row.method


def _direct_rows(a: pd.DataFrame, b: pd.DataFrame, bd_method: str) -> tuple[BDRow, ...]:
    """BD rows of B's curves, each against A's curve of the same name."""
    curves = set(map(tuple, a[list(CURVE)].to_numpy().tolist()))
    in_both = [tuple(row) in curves for row in b[list(CURVE)].to_numpy().tolist()]
    tests = b[in_both].assign(is_anchor=False, anchor_for="")
    if tests.empty:
        return ()
    anchors = a.assign(is_anchor=True, anchor_for=a["method"])
    # B's rows come first: their order of methods is that of the table.
    return bd_rows(pd.concat([tests, anchors], ignore_index=True), bd_method=bd_method, times=False)


def _effects(rows: Sequence[BDRow], metric: str) -> tuple[Effect, ...]:
    """What the BD-rates of sequences say of each method."""
    key = bd_rate_key(metric)
    found = []
    for block in blocks_of([row for row in rows if row.scope == "sequence" and key in row.cells]):
        cells = [(row.sequence, row.cells[key]) for row in block]
        # A curve against itself: what interpolation leaves of zero is zero.
        values = [(name, c.value) for name, c in cells if c.value is not None]
        effect = Effect(
            codec=block[0].codec,
            config=block[0].config,
            method=block[0].method,
            values=tuple((name, 0.0 if abs(v) < 1e-9 else v) for name, v in values),
            left_out=tuple(
                f"{name} ({c.error or 'no value'})" for name, c in cells if c.value is None
            ),
        )
        found.append(effect)
    return tuple(found)
