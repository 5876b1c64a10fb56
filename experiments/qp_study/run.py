"""Running a study: its grid, or a search that shares the grid's run folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from codecpipe.errors import InputError
from experiments.offsets.best import OffsetRow
from experiments.offsets.clouds import Setting
from experiments.plan.encodes import PlannedEncode
from experiments.qp_study.analysis import Analysis, analyse
from experiments.qp_study.grid import choices, experiment_text
from experiments.qp_study.schema import QpStudy
from experiments.qp_study.search import allowed, search
from experiments.qp_study.search_table import SearchReport
from experiments.rd import Computed, plan_experiment
from experiments.run.store import read_json
from experiments.spec.experiment import Experiment
from experiments.spec.overrides import Overrides, overridden


class Compute(Protocol):
    """Computes what is missing of a plan; `experiments.rd.run_experiment` with its options."""

    def __call__(
        self, experiment: Experiment, encodes: tuple[PlannedEncode, ...], text: str
    ) -> Computed:
        """The results of all points of the plan."""
        ...


@dataclass(frozen=True)
class StudyFile:
    """A study with where it comes from: its file's name and folder, and the command's options."""

    study: QpStudy
    where: str
    base: Path
    overrides: Overrides = field(default_factory=Overrides)


@dataclass(frozen=True)
class Plan:
    """A part of the grid as an experiment: its text as recorded, and its encodes."""

    text: str
    experiment: Experiment
    encodes: tuple[PlannedEncode, ...]


@dataclass(frozen=True)
class StudyRun:
    """The numbers of a study that has been run."""

    analysis: Analysis
    computed: Computed
    """The last of the runs, with all points that were asked for."""
    bd_method: str
    searches: tuple[SearchReport, ...] = ()


def plan_study(
    file: StudyFile,
    deltas: Sequence[int] | None = None,
    patterns: Sequence[tuple[int, ...]] | None = None,
) -> Plan:
    """The plan of the grid, or of some of its offsets and patterns.

    Raises:
        InputError: whatever would make it fail later and can be known now.
    """
    text = experiment_text(file.study, deltas, patterns)
    text = overridden(text, file.where, file.overrides)
    return Plan(text, *plan_experiment(text, file.where, file.base))


def run_grid(plan: Plan, compute: Compute) -> StudyRun:
    """Compute the whole grid."""
    return StudyRun(*_analysed(compute(plan.experiment, plan.encodes, plan.text), plan))


def run_search(
    file: StudyFile,
    compute: Compute,
    out: Path,
    on_tried: Callable[[str, int, float | None], None] = lambda _what, _delta, _value: None,
) -> StudyRun:
    """Search the best offset of each setting in few encodes.

    A search is for one codec, configuration, enhancer and pattern: the lowest mean BD-rate of all
    sequences; with ``per_sequence`` for each of them, too. An offset at which a sequence has no
    BD-rate counts as none. Points that any search or the grid computed before are taken; where the
    whole grid is there, the results are those of the grid.

    ``on_tried`` gets what is searched for, the offset and its BD-rate in percent.

    Raises:
        InputError: no offset has a BD-rate; whatever a run may raise.
    """
    grid = plan_study(file)
    reports: list[SearchReport] = []
    tried: set[str] = set()
    for setting in _settings(grid):
        names = list(dict.fromkeys(planned.sequence.name for planned in grid.encodes))
        wanted = [""] if len(names) > 1 else names
        if file.study.search.per_sequence and len(names) > 1:
            wanted += names
        for name in wanted:
            report = _search_one(file, grid, setting, name, compute, out, tried, on_tried)
            reports.append(report)
    encodes = grid.encodes
    if grid_points(grid, out) is None:
        encodes = tuple(planned for planned in grid.encodes if planned.key in tried)
    done = compute(grid.experiment, encodes, grid.text)
    return StudyRun(*_analysed(done, grid), tuple(reports))


def grid_points(plan: Plan, out: Path) -> pd.DataFrame | None:
    """The grid's points as they lie in a run folder; None where one is missing."""
    rows: list[dict[str, Any]] = []
    for planned in plan.encodes:
        for point in planned.points:
            found = read_json(out / "points" / f"{point.key}.json")
            if found is None:
                return None
            rows.append({**found["row"], "is_anchor": point.is_anchor})
    return pd.DataFrame(rows)


def _search_one(
    file: StudyFile,
    grid: Plan,
    setting: Setting,
    name: str,
    compute: Compute,
    out: Path,
    tried: set[str],
    on_tried: Callable[[str, int, float | None], None],
) -> SearchReport:
    study = file.study
    what = f"{setting.label}, {name}" if name else setting.label
    mine = tuple(_of_setting(grid, setting, name))
    used: set[str] = set()

    def evaluate(delta: int) -> float | None:
        chosen = tuple(e for e in mine if _is_anchor(e) or e.job.layout.options.delta_qp == delta)
        used.update(e.key for e in chosen)
        done = compute(grid.experiment, chosen, grid.text)
        row = _row(_analysed(done, grid)[0], setting)
        cell = row.bd.get(delta) if row else None
        complete = cell is not None and row is not None and row.counted[delta] == row.sequences
        value = cell.value if cell is not None and complete else None
        on_tried(what, delta, value)
        return value

    budget = study.search.deltas or allowed(len(study.deltas))
    found = search(study.deltas, evaluate, min(budget, allowed(len(study.deltas))))
    tried.update(used)
    if found.delta is None:
        raise InputError(
            f"none of the offsets tried ({', '.join(str(delta) for delta, _ in found.tried)}) has a"
            f" BD-rate for {what}: run the grid without --search and read its table"
        )
    best, value = _grid_answer(grid, out, setting, name)
    return SearchReport(
        codec=setting.codec,
        config=setting.config,
        enhancer=setting.enhancer,
        pattern=setting.pattern,
        sequence=name,
        found=found,
        encodes=sum(e.key in used and not _is_anchor(e) for e in mine),
        grid_encodes=sum(not _is_anchor(e) for e in mine),
        grid_best=best,
        grid_value=value,
    )


def _grid_answer(
    grid: Plan, out: Path, setting: Setting, name: str
) -> tuple[int | None, float | None]:
    """Best offset of a finished grid and its BD-rate; nothing where it is not finished."""
    part = Plan(grid.text, grid.experiment, tuple(_of_setting(grid, setting, name)))
    points = grid_points(part, out)
    if points is None:
        return None, None
    method = grid.experiment.bd_method
    row = _row(analyse(points, choices(grid.experiment), method), setting)
    if row is None:
        return None, None
    return row.best, row.bd_best.value


def _row(analysis: Analysis, setting: Setting) -> OffsetRow | None:
    """The row of all sequences together: the last one of the setting."""
    rows = analysis.rows_of(setting)
    return rows[-1] if rows else None


def _settings(grid: Plan) -> list[Setting]:
    found: dict[Setting, None] = {}
    for planned in grid.encodes:
        if not _is_anchor(planned):
            for enhancer in grid.experiment.enhancers:
                pattern = planned.job.layout.options.lr_offsets
                config = planned.job.layout.config.value
                found[Setting(planned.codec_label, config, enhancer.label, pattern)] = None
    return list(found)


def _of_setting(grid: Plan, setting: Setting, name: str) -> Iterator[PlannedEncode]:
    """Encodes of a setting and its anchor, of one sequence or (``name`` empty) of all."""
    for planned in grid.encodes:
        same = (planned.codec_label, planned.job.layout.config.value) == (
            setting.codec,
            setting.config,
        )
        if not same or (name and planned.sequence.name != name):
            continue
        if _is_anchor(planned) or planned.job.layout.options.lr_offsets == setting.pattern:
            yield planned


def _is_anchor(planned: PlannedEncode) -> bool:
    return any(point.is_anchor for point in planned.points)


def _analysed(done: Computed, plan: Plan) -> tuple[Analysis, Computed, str]:
    method = plan.experiment.bd_method
    return analyse(done.points, choices(plan.experiment), method), done, method
