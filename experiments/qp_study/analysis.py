"""The numbers of a study, computed from its rate points."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from experiments.offsets.best import OffsetRow, SequenceStudy, offset_rows, study_sequence
from experiments.offsets.clouds import PAPER_DELTA, Choice, Setting, clouds_of
from experiments.offsets.local import BestAtRate, HeatCell, Pair, best_by_rate, rate_difference
from experiments.results.frames import clean_points


@dataclass(frozen=True)
class Analysis:
    """The numbers of all clouds, and of the means over them."""

    paper: int
    """The δ of the paper."""
    studies: tuple[SequenceStudy, ...]
    """One a cloud."""
    rows: tuple[OffsetRow, ...]
    differences: tuple[Mapping[Pair, float | None], ...]
    """Rate against the anchor's in percent by (QP, δ), one a cloud."""
    by_rate: tuple[tuple[BestAtRate, ...], ...]
    """The best offset at each of the anchor's rates, one tuple a cloud."""

    @property
    def settings(self) -> tuple[Setting, ...]:
        """In the order of the studies."""
        return tuple(dict.fromkeys(study.cloud.setting for study in self.studies))

    def rows_of(self, setting: Setting) -> tuple[OffsetRow, ...]:
        """The rows of one setting."""
        return tuple(row for row in self.rows if row.setting == setting)

    def mean_difference(self, setting: Setting) -> dict[Pair, HeatCell]:
        """Means of the differences over a setting's sequences, cell by cell."""
        mine = [
            cells
            for study, cells in zip(self.studies, self.differences, strict=True)
            if study.cloud.setting == setting
        ]
        pairs = dict.fromkeys(pair for cells in mine for pair in cells)
        return {pair: _mean([cells.get(pair) for cells in mine]) for pair in pairs}


def analyse(
    points: pd.DataFrame,
    choices: Mapping[str, Choice],
    method: str,
    paper: int = PAPER_DELTA,
) -> Analysis:
    """Everything about a grid, or the part of it that is there.

    Args:
        points: the rate points, not yet cleaned.
        choices: each method's offset, pattern and enhancer.
        method: of interpolation, see `bdrate`.
        paper: the δ that the others are compared with.

    Raises:
        InputError: there is no point.
    """
    clouds = clouds_of(clean_points(points), choices)
    studies = tuple(study_sequence(cloud, paper, method) for cloud in clouds)
    return Analysis(
        paper,
        studies,
        offset_rows(studies, paper),
        tuple(rate_difference(study.cloud, method) for study in studies),
        tuple(best_by_rate(study.cloud, study.hull, paper, method) for study in studies),
    )


def _mean(values: Sequence[float | None]) -> HeatCell:
    known = [value for value in values if value is not None]
    mean = math.fsum(known) / len(known) if known else None
    return HeatCell(mean, len(known), len(values))
