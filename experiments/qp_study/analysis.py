"""The numbers of a study, computed from its rate points."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from experiments.offsets.best import OffsetRow, SequenceStudy, offset_rows, study_sequence
from experiments.offsets.clouds import PAPER_DELTA, Choice, Setting, clouds_of
from experiments.results.frames import clean_points


@dataclass(frozen=True)
class Analysis:
    """The numbers of all clouds, and of the means over them."""

    paper: int
    """The δ of the paper, which the others are compared with."""
    method: str
    """The method of interpolation, see `bdrate`."""
    studies: tuple[SequenceStudy, ...]
    """One a cloud."""
    rows: tuple[OffsetRow, ...]

    @property
    def settings(self) -> tuple[Setting, ...]:
        """In the order of the studies."""
        return tuple(dict.fromkeys(study.cloud.setting for study in self.studies))

    def rows_of(self, setting: Setting) -> tuple[OffsetRow, ...]:
        """The rows of one setting."""
        return tuple(row for row in self.rows if row.setting == setting)


def analyse(points: pd.DataFrame, choices: Mapping[str, Choice], method: str) -> Analysis:
    """Everything about a grid, or the part of it that is there.

    `points` need not be clean; `choices` are by method; `method` is the interpolation's.

    Raises:
        InputError: there is no point.
    """
    clouds = clouds_of(clean_points(points), choices)
    studies = tuple(study_sequence(cloud, PAPER_DELTA, method) for cloud in clouds)
    return Analysis(PAPER_DELTA, method, studies, offset_rows(studies, PAPER_DELTA))
