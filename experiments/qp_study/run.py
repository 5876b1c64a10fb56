"""Running a study: its grid, or a search that shares the grid's run folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from codecpipe.errors import InputError
from experiments.offsets.best import OffsetRow
from experiments.offsets.clouds import Setting
from experiments.plan.encodes import PlannedEncode
from experiments.qp_study.analysis import Analysis, analyse
from experiments.qp_study.grid import choices, experiment_text
from experiments.qp_study.schema import QpStudy
from experiments.qp_study.search import Found, SearchReport, allowed, search
from experiments.rd import Computed, Plan, plan_experiment
from experiments.run.store import read_json
from experiments.spec.overrides import Overrides, overridden

Compute = Callable[[Plan], Computed]
"""Computes what is missing of a plan; `experiments.rd.run_experiment` with its options."""


@dataclass(frozen=True)
class StudyRun:
    """The numbers of a study that has been run."""

    analysis: Analysis
    computed: Computed
    """The last of the runs, with all points that were asked for."""
    searches: tuple[SearchReport, ...] = ()


def plan_study(study: QpStudy, where: str, base: Path, overrides: Overrides) -> Plan:
    """The plan of the grid of a study that comes from the file `where` in the folder `base`.

    Raises:
        InputError: whatever would make it fail later and can be known now.
    """
    text = overridden(experiment_text(study), where, overrides)
    return plan_experiment(text, where, base)


def run_grid(grid: Plan, compute: Compute) -> StudyRun:
    """Compute the whole grid."""
    done = compute(grid)
    return StudyRun(_analysed(done.points, grid), done)


def run_search(
    study: QpStudy,
    grid: Plan,
    compute: Compute,
    out: Path,
    on_tried: Callable[[str, int, float | None], None],
) -> StudyRun:
    """Search the best offset of each setting in few encodes.

    A search is for one codec, configuration, enhancer and pattern: the lowest mean BD-rate of all
    sequences; with ``per_sequence`` for each of them, too. An offset at which a sequence has no
    BD-rate counts as none. Points that any search or the grid computed before are taken; where the
    whole grid is there, the results are those of the grid.

    `on_tried` gets what is searched for, the offset and its BD-rate in percent.

    Raises:
        InputError: no offset has a BD-rate; whatever a run may raise.
    """
    reports: list[SearchReport] = []
    tried: set[str] = set()
    names = list(dict.fromkeys(planned.sequence.name for planned in grid.encodes))
    wanted = [""] if len(names) > 1 else names
    if study.search.per_sequence and len(names) > 1:
        wanted += names
    for setting in _settings(grid):
        for name in wanted:
            part = replace(grid, encodes=tuple(_of_setting(grid, setting, name)))
            what = f"{setting.label}, {name}" if name else setting.label
            found, used = _search_one(study, part, setting, what, compute, on_tried)
            tried |= used
            pairs = [e.key for e in part.encodes if not _is_anchor(e)]
            points = grid_points(part, out)
            row = None if points is None else _row(_analysed(points, grid), setting)
            reports.append(
                SearchReport(
                    setting=setting,
                    sequence=name,
                    found=found,
                    encodes=len(used.intersection(pairs)),
                    grid_encodes=len(pairs),
                    grid_best=row.best if row else None,
                    grid_value=row.bd_best.value if row else None,
                )
            )
    asked = grid
    if grid_points(grid, out) is None:
        asked = replace(grid, encodes=tuple(e for e in grid.encodes if e.key in tried))
    done = compute(asked)
    return StudyRun(_analysed(done.points, grid), done, tuple(reports))


def grid_points(plan: Plan, out: Path) -> pd.DataFrame | None:
    """The plan's points as they lie in a run folder; None where one is missing."""
    rows: list[dict[str, Any]] = []
    for planned in plan.encodes:
        for point in planned.points:
            found = read_json(out / "points" / f"{point.key}.json")
            if found is None:
                return None
            rows.append({**found["row"], "is_anchor": point.is_anchor})
    return pd.DataFrame(rows)


def _search_one(
    study: QpStudy,
    part: Plan,
    setting: Setting,
    what: str,
    compute: Compute,
    on_tried: Callable[[str, int, float | None], None],
) -> tuple[Found, set[str]]:
    """The answer, and the keys of the encodes that it took."""
    used: set[str] = set()

    def evaluate(delta: int) -> float | None:
        chosen = tuple(
            e for e in part.encodes if _is_anchor(e) or e.job.layout.options.delta_qp == delta
        )
        used.update(e.key for e in chosen)
        done = compute(replace(part, encodes=chosen))
        row = _row(_analysed(done.points, part), setting)
        complete = row is not None and row.counted.get(delta) == row.sequences
        value = row.bd[delta].value if row is not None and complete else None
        on_tried(what, delta, value)
        return value

    most = allowed(len(study.deltas))
    found = search(study.deltas, evaluate, min(study.search.deltas or most, most))
    if found.delta is None:
        raise InputError(
            f"none of the offsets tried ({', '.join(str(delta) for delta, _ in found.tried)}) has a"
            f" BD-rate for {what}: run the grid without --search and read its table"
        )
    return found, used


def _row(analysis: Analysis, setting: Setting) -> OffsetRow | None:
    """The row of all sequences together: the last one of the setting."""
    rows = analysis.rows_of(setting)
    return rows[-1] if rows else None


def _settings(grid: Plan) -> list[Setting]:
    found = (
        Setting(
            planned.codec_label,
            planned.job.layout.config.value,
            enhancer.label,
            planned.job.layout.options.lr_offsets,
        )
        for planned in grid.encodes
        if not _is_anchor(planned)
        for enhancer in grid.experiment.enhancers
    )
    return list(dict.fromkeys(found))


def _of_setting(grid: Plan, setting: Setting, name: str) -> Iterator[PlannedEncode]:
    """Encodes of a setting and its anchor, of one sequence or (`name` empty) of all."""
    for planned in grid.encodes:
        layout = planned.job.layout
        if (planned.codec_label, layout.config.value) != (setting.codec, setting.config):
            continue
        if name and planned.sequence.name != name:
            continue
        if _is_anchor(planned) or layout.options.lr_offsets == setting.pattern:
            yield planned


def _is_anchor(planned: PlannedEncode) -> bool:
    return any(point.is_anchor for point in planned.points)


def _analysed(points: pd.DataFrame, plan: Plan) -> Analysis:
    return analyse(points, choices(plan.experiment), plan.experiment.bd_method)
