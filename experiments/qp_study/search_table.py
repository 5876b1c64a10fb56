"""The table of searches: what each found and cost, beside the answer of the whole grid."""

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.offsets.clouds import Setting
from experiments.qp_study.search import Found
from experiments.qp_study.sheets import SETTING, percent, setting_words
from experiments.tables.table import Cell, Column, Table, Value, plain_rows, text_columns


@dataclass(frozen=True)
class SearchReport:
    """One search, for all sequences together or for one."""

    setting: Setting
    sequence: str
    """Empty where the search is for all sequences together."""
    found: Found
    encodes: int
    """The pairs of QPs that the search codes, without the anchor's files."""
    grid_encodes: int
    """The pairs of QPs of the grid, without the anchor's files."""
    grid_best: int | None = None
    """The best δ of the finished grid; None where the run folder does not hold all of it."""
    grid_value: float | None = None
    """The BD-rate of ``grid_best`` in percent."""

    @property
    def behind_points(self) -> float | None:
        """BD-rate of the answer less that of the grid's best, in percentage points."""
        if self.grid_value is None or self.found.value is None:
            return None
        return self.found.value - self.grid_value


def search_sheet(reports: Sequence[SearchReport]) -> Table:
    """A row a search."""
    body: list[tuple[Value, ...]] = []
    for one in reports:
        tried = " ".join(
            f"{delta}: {'none' if value is None else f'{value:.2f}'}"
            for delta, value in one.found.tried
        )
        value = Cell(None, "no-value") if one.found.value is None else one.found.value
        words = (*setting_words(one.setting), one.sequence or "all", tried)
        share = 100 * one.encodes / one.grid_encodes
        cost = (one.encodes, one.grid_encodes, share)
        grid = (one.grid_best, one.grid_value, one.behind_points)
        body.append((*words, one.found.delta, value, *cost, *grid))
    columns = (
        *SETTING,
        *text_columns("sequence", "tried"),
        Column("delta", "δ found"),
        percent("bd_rate_y_percent", "BD-rate"),
        Column("encodes", "encodes"),
        Column("grid_encodes", "of the grid"),
        Column("share_percent", "share", unit="%", decimals=1),
        Column("grid_best", "grid's best δ"),
        percent("grid_bd_rate_y_percent", "its BD-rate"),
        Column("behind_points", "behind", unit="points", decimals=2),
    )
    return Table(
        "Search",
        columns,
        plain_rows(body),
        lead="Offsets tried, in order, with their BD-rates in percent; the best of them is the"
        " answer. Encodes are pairs of QPs; the anchor's files, which both need, count in neither"
        " number.",
    )
