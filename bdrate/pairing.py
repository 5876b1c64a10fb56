"""Pairs of curves of two files: each test curve and the anchor that it is compared with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bdrate.curve import RDCurve
from bdrate.delta import MIN_OVERLAP, compare
from bdrate.errors import BadArgumentError, BDError, UnpairedError
from bdrate.interpolate import check_method
from bdrate.io import Key, curves_of, label_of, read_rows
from bdrate.result import BDResult

# The conditions of a test: curves that differ in one of them are not comparable. The other key
# columns (codec, layout, method, enhancer) are what is being compared; a class goes with its
# sequence.
CONDITIONS = ("sequence", "config")


@dataclass(frozen=True)
class Comparison:
    """A test curve against its anchor: one row of a table."""

    keys: Mapping[str, str]
    """The test's key columns."""
    results: Mapping[str, BDResult | BDError]
    """By metric, the deltas or why there are none."""


def try_compare(
    anchor: RDCurve, test: RDCurve, method: str = "pchip", min_overlap: float = MIN_OVERLAP
) -> BDResult | BDError:
    """Return what ``compare`` returns, or the BDError that it raises."""
    try:
        return compare(anchor, test, method, min_overlap)
    except BDError as error:
        return error


def compare_files(
    anchor: str | Path,
    test: str | Path,
    metrics: Sequence[str] = ("psnr_y",),
    method: str = "pchip",
    *,
    by: Sequence[str] | None = None,
    min_overlap: float = MIN_OVERLAP,
) -> list[Comparison]:
    """Compare each curve of ``test`` with that of ``anchor`` of the same sequence and conditions.

    Curves are paired where ``sequence`` and ``config`` agree (as far as both files have them), and
    also ``codec``, ``layout``, ``method`` and ``enhancer`` where these take several values in both
    files. A curve without a counterpart gives a row whose result is an UnpairedError. ``by`` is as
    in ``read_curves``.

    Raises:
        CurveFileError: a file cannot be read.
        UnpairedError: no curve has a counterpart, the anchor's file has several for one, or a file
            lacks the column ``sequence`` or ``config`` that takes several values in the other.
        BadArgumentError: unknown ``method``, or no metric.
    """
    check_method(method)
    if not metrics:
        raise BadArgumentError("name at least one metric to compare.")
    rows = {path: read_rows(path) for path in (anchor, test)}
    anchors = {m: curves_of(rows[anchor], anchor, m, by) for m in metrics}
    tests = {m: curves_of(rows[test], test, m, by) for m in metrics}
    # Every metric has the same keys: they come from the same rows.
    pairs = _pair(list(anchors[metrics[0]]), list(tests[metrics[0]]))
    if not any(a is not None and t is not None for a, t in pairs):
        raise UnpairedError(
            f"no curve of {test} has an anchor in {anchor} with the same "
            f"{', '.join(CONDITIONS)}: {_names(tests[metrics[0]])} "
            f"against {_names(anchors[metrics[0]])}."
        )
    table = []
    for a, t in pairs:
        results: dict[str, BDResult | BDError] = {}
        for m in metrics:
            if a is None:
                results[m] = UnpairedError(f"{anchor} has no curve for {_name(t)}: add it.")
            elif t is None:
                results[m] = UnpairedError(f"{test} has no curve for {_name(a)}: add it.")
            else:
                results[m] = try_compare(anchors[m][a], tests[m][t], method, min_overlap)
        known = dict(a or ()) if t is None else {**_conditions(a), **dict(t)}
        table.append(Comparison(known, results))
    return table


def _pair(anchors: list[Key], tests: list[Key]) -> list[tuple[Key | None, Key | None]]:
    """Return (anchor, test) pairs; ``None`` stands for a missing counterpart."""
    shared = [
        column
        for column, _ in anchors[0]
        if column in dict(tests[0])
        and column != "class"
        and (column in CONDITIONS or (_varies(column, anchors) and _varies(column, tests)))
    ]
    for one, other in ((anchors, tests), (tests, anchors)):
        # A nameless curve may be that of the other file's one sequence, not of several.
        for column in CONDITIONS:
            if column not in dict(one[0]) and _varies(column, other):
                raise UnpairedError(
                    f"the {'anchor' if one is anchors else 'test'}'s file has no column '{column}' "
                    "and the other file has several: add the column."
                )
    groups: dict[Key, list[Key]] = {}
    for a in anchors:
        groups.setdefault(_part(a, shared), []).append(a)
    pairs: list[tuple[Key | None, Key | None]] = []
    for t in tests:
        candidates = groups.get(_part(t, shared), [])
        if len(candidates) > 1:
            raise UnpairedError(
                f"the anchor's file has {len(candidates)} curves for {_name(t)} "
                f"({_names(candidates)}): leave only the one to compare with."
            )
        pairs.append((candidates[0] if candidates else None, t))
    used = {_part(t, shared) for t in tests}
    # Test files often hold one variant only; what they lack is a sequence, so it is said once each.
    missing = [group[0] for part, group in groups.items() if part not in used]
    return pairs + [(a, None) for a in missing]


def _varies(column: str, keys: list[Key]) -> bool:
    return len({dict(key).get(column) for key in keys}) > 1


def _part(key: Key, columns: Sequence[str]) -> Key:
    values = dict(key)
    return tuple((column, values[column]) for column in columns)


def _conditions(key: Key | None) -> dict[str, str]:
    return {column: value for column, value in key or () if column in (*CONDITIONS, "class")}


def _name(key: Key | None) -> str:
    return label_of(key or ()) or "the whole file"


def _names(keys: Sequence[Key] | Mapping[Key, RDCurve]) -> str:
    names = [_name(key) for key in keys]
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return ", ".join(names[:4]) + more
