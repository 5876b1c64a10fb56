"""BD-rate of each fixed offset, the best of them per sequence, class and overall, and its gain."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bdrate import BDError, RDCurve, compare
from experiments.offsets.clouds import Cloud, GridPoint, Setting, curve
from experiments.offsets.common import common_bd
from experiments.offsets.hull import lower_hull
from experiments.offsets.local import BestAtRate, Pair, best_by_rate, rate_difference
from experiments.tables.rows import Scope
from experiments.tables.table import Cell

NOT_IN_GRID = "not-in-grid"


@dataclass(frozen=True)
class SequenceStudy:
    """One cloud with its numbers; BD-rates are over PSNR-Y, in percent."""

    cloud: Cloud
    bd: dict[int, Cell]
    """BD-rates against the anchor by δ."""
    common: dict[int, Cell]
    """The same over the one interval of PSNR that all curves have in common."""
    over_paper: dict[int, Cell]
    """BD-rates against the paper's δ by δ."""
    hull: tuple[GridPoint, ...]
    """The hull's points by rising rate."""
    hull_over_paper: Cell
    """BD-rate of the hull as a curve against the paper's δ."""
    differences: dict[Pair, float | None]
    """Rate of each pair of QPs against the anchor's in percent."""
    by_rate: tuple[BestAtRate, ...]
    """The best offset at each of the anchor's rates."""


@dataclass(frozen=True)
class OffsetRow:
    """The offsets of one setting on one sequence, or as means over several."""

    scope: Scope
    setting: Setting
    sequence_class: str
    sequence: str
    sequences: int
    """How many it is a mean of."""
    bd: dict[int, Cell]
    """Mean BD-rates against the anchor in percent by δ."""
    counted: dict[int, int]
    """How many sequences have a BD-rate, by δ."""
    common: dict[int, Cell]
    """As ``bd``, over the interval of PSNR that all offsets have in common."""
    best: int | None
    """The offset of the lowest BD-rate; None where there is none."""
    best_common: int | None
    """The offset of the lowest BD-rate in ``common``."""
    bd_best: Cell
    bd_paper: Cell
    """BD-rate of the paper's δ."""
    over_paper: Cell
    """BD-rate of ``best`` against the paper's δ."""
    hull_over_paper: Cell

    @property
    def gain_points(self) -> float | None:
        """BD-rate of the paper's δ less that of the best, in percentage points: ≥ 0."""
        if self.bd_best.value is None or self.bd_paper.value is None:
            return None
        return self.bd_paper.value - self.bd_best.value

    @property
    def label(self) -> str:
        """Its name in tables."""
        if self.scope == "sequence":
            return self.sequence
        kind = f"Class {self.sequence_class}" if self.scope == "class" else "Overall"
        return f"{kind}, mean of {self.sequences}"


def study_sequence(cloud: Cloud, paper: int, method: str = "pchip") -> SequenceStudy:
    """All numbers of one cloud; problems of a curve become the cell's error."""
    anchor = curve(cloud.anchor, "anchor")
    curves = {delta: curve(cloud.of(delta), f"δ{delta}") for delta in cloud.deltas}
    indices = lower_hull([(point.rate_kbps, point.psnr_y) for point in cloud.points])
    hull = tuple(cloud.points[at] for at in indices)
    of_paper = curves.get(paper)
    return SequenceStudy(
        cloud=cloud,
        bd={delta: bd_cell(anchor, one, method) for delta, one in curves.items()},
        common=common_bd(anchor, curves, method),
        over_paper={delta: bd_cell(of_paper, one, method) for delta, one in curves.items()},
        hull=hull,
        hull_over_paper=bd_cell(of_paper, curve(hull, "hull"), method),
        differences=rate_difference(cloud, method),
        by_rate=best_by_rate(cloud, hull, paper, method),
    )


def bd_cell(anchor: RDCurve | None, test: RDCurve, method: str = "pchip") -> Cell:
    """BD-rate in percent, or the name of what keeps it from being one."""
    if anchor is None:
        return Cell(None, NOT_IN_GRID, (f"{NOT_IN_GRID}: the grid has not the offset to compare",))
    if anchor == test:
        return Cell(0.0)
    try:
        result = compare(anchor, test, method)
    except BDError as error:
        said = str(error)
        said = said if said.startswith(f"{error.name}:") else f"{error.name}: {said}"
        return Cell(None, error.name, (said,))
    if result.bd_rate_percent is None:
        problem = result.rate_problem
        return Cell(None, problem.partition(":")[0] or "no-value", (problem,))
    own = tuple(note for note in result.warnings if note != result.quality_problem)
    return Cell(result.bd_rate_percent, "", own)


def offset_rows(studies: Sequence[SequenceStudy], paper: int) -> tuple[OffsetRow, ...]:
    """Rows of all settings: each sequence, then class means, then the overall mean.

    A class of one sequence has no row of its own, nor has a setting of one sequence a mean.
    """
    rows: list[OffsetRow] = []
    for setting in dict.fromkeys(study.cloud.setting for study in studies):
        mine = [study for study in studies if study.cloud.setting == setting]
        rows += [_row("sequence", [study], paper) for study in mine]
        classes = sorted({study.cloud.sequence_class for study in mine} - {""})
        for name in classes if len(classes) > 1 else ():
            members = [study for study in mine if study.cloud.sequence_class == name]
            if len(members) > 1:
                rows.append(_row("class", members, paper))
        if len(mine) > 1:
            rows.append(_row("overall", mine, paper))
    return tuple(rows)


def best_delta(bd: dict[int, Cell], counted: dict[int, int], paper: int) -> int | None:
    """The offset of the lowest BD-rate among those that are means of the most sequences.

    Means of fewer sequences are not comparable. Of equal ones that closest to ``paper``.
    """
    most = max(counted.values(), default=0)
    fair = [
        (cell.value, abs(delta - paper), delta)
        for delta, cell in bd.items()
        if cell.value is not None and counted[delta] == most
    ]
    return min(fair)[2] if fair else None


def mean_cell(cells: Sequence[tuple[str, Cell]]) -> tuple[Cell, int]:
    """The mean of named cells and of how many; a note names those that have no number."""
    values = [cell.value for _, cell in cells if cell.value is not None]
    without = [f"{name} ({cell.error or 'no value'})" for name, cell in cells if cell.value is None]
    if not values:
        errors = {cell.error for _, cell in cells}
        name = errors.pop() if len(errors) == 1 else "no-sequence"
        return Cell(None, name, tuple(note for _, cell in cells for note in cell.notes)), 0
    count = f"{len(values)} of {len(cells)}"
    note = f"left-out: mean over {count} sequences, without {', '.join(without)}."
    return Cell(math.fsum(values) / len(values), "", (note,) if without else ()), len(values)


def _row(scope: Scope, members: Sequence[SequenceStudy], paper: int) -> OffsetRow:
    first = members[0].cloud
    deltas = sorted({delta for study in members for delta in study.bd})
    nothing = Cell(None, NOT_IN_GRID)

    def over(cells: Sequence[Cell]) -> tuple[Cell, int]:
        if scope == "sequence":
            return cells[0], int(cells[0].value is not None)
        names = (study.cloud.sequence for study in members)
        return mean_cell(list(zip(names, cells, strict=True)))

    def by_delta(found: Sequence[Mapping[int, Cell]]) -> tuple[dict[int, Cell], dict[int, int]]:
        means = {delta: over([one.get(delta, nothing) for one in found]) for delta in deltas}
        cells = {delta: cell for delta, (cell, _) in means.items()}
        return cells, {delta: count for delta, (_, count) in means.items()}

    bd, counted = by_delta([study.bd for study in members])
    common, common_counted = by_delta([study.common for study in members])
    over_paper, _ = by_delta([study.over_paper for study in members])
    best = best_delta(bd, counted, paper)
    return OffsetRow(
        scope=scope,
        setting=first.setting,
        sequence_class="" if scope == "overall" else first.sequence_class,
        sequence=first.sequence if scope == "sequence" else "",
        sequences=len(members),
        bd=bd,
        counted=counted,
        common=common,
        best=best,
        best_common=best_delta(common, common_counted, paper),
        bd_best=nothing if best is None else bd[best],
        bd_paper=bd.get(paper, nothing),
        over_paper=nothing if best is None else over_paper[best],
        hull_over_paper=over([study.hull_over_paper for study in members])[0],
    )
