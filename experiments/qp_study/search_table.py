"""What a search found, beside what it cost and what the whole grid says."""

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.qp_study.search import Found
from experiments.qp_study.sheets import Column, Sheet, Value
from experiments.tables.rows import Cell


@dataclass(frozen=True)
class SearchReport:
    """One search: for all sequences together (``sequence`` empty) or for one.

    ``encodes``: pairs of QPs that it codes; ``grid_encodes``: those of the grid. The anchor's
    files, which both need, count in neither.
    ``grid_best``, ``grid_value``: best δ of the finished grid and its BD-rate in percent, None
    where the run folder does not hold all of it.
    """

    codec: str
    config: str
    enhancer: str
    pattern: tuple[int, ...]
    sequence: str
    found: Found
    encodes: int
    grid_encodes: int
    grid_best: int | None = None
    grid_value: float | None = None

    @property
    def behind_points(self) -> float | None:
        """BD-rate of what was found less that of the grid's best, in percentage points."""
        if self.grid_value is None or self.found.value is None:
            return None
        return self.found.value - self.grid_value


def search_sheet(reports: Sequence[SearchReport]) -> Sheet:
    """A row a search."""
    body: list[tuple[Value, ...]] = []
    for one in reports:
        tried = " ".join(
            f"{delta}: {'none' if value is None else f'{value:.2f}'}"
            for delta, value in one.found.tried
        )
        body.append(
            (
                *(one.codec, one.config, one.enhancer),
                ",".join(map(str, one.pattern)) or "none",
                *(one.sequence or "all", tried, one.found.delta),
                one.found.value if one.found.value is not None else Cell(None, "no-value"),
                *(one.encodes, one.grid_encodes, 100 * one.encodes / one.grid_encodes),
                *(one.grid_best, one.grid_value, one.behind_points),
            )
        )
    return Sheet(
        "search",
        "Search",
        "Offsets tried, in order, with their BD-rates in percent; the best of them is the answer."
        " Encodes are pairs of QPs; the anchor's files, which both need, count in neither number.",
        (
            *(Column("codec", "codec"), Column("config", "config"), Column("enhancer", "enhancer")),
            *(Column("pattern", "LR offsets"), Column("sequence", "sequence")),
            *(Column("tried", "tried"), Column("delta", "δ found")),
            Column("bd_rate_y_percent", "BD-rate [%]", 2),
            *(Column("encodes", "encodes"), Column("grid_encodes", "of the grid")),
            Column("share_percent", "share [%]", 1, signed=False),
            Column("grid_best", "grid's best δ"),
            Column("grid_bd_rate_y_percent", "its BD-rate [%]", 2),
            Column("behind_points", "behind [points]", 2, signed=False),
        ),
        tuple(body),
        texts=6,
    )
