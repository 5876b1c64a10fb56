"""The rows of a BD table: each method on each sequence, and the means over sequences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from experiments.tables.table import Cell

Scope = Literal["sequence", "class", "overall"]

BD_PSNR_Y = "bd_psnr_y_db"
ENC_TIME = "enc_time_percent"
DEC_TIME = "dec_time_percent"


@dataclass(frozen=True)
class BDRow:
    """One test method against its anchor, on one sequence or as a mean over several."""

    scope: Scope
    codec: str
    config: str
    method: str
    anchor: str
    sequence_class: str
    sequence: str
    sequences: int
    """How many it is a mean of."""
    cells: Mapping[str, Cell]
    """By column: ``bd_rate_y_percent``, ``bd_psnr_y_db``, ``enc_time_percent``, … A negative
    BD-rate is a saving."""
    notes: tuple[str, ...] = ()
    """Sentences on the whole row."""


def blocks_of(rows: Sequence[BDRow]) -> Iterator[list[BDRow]]:
    """The rows of each method of each codec and configuration."""
    for _, part in groupby(rows, lambda row: (row.codec, row.config, row.method)):
        yield list(part)


def bd_rate_key(metric: str) -> str:
    """The column of the BD-rate over ``metric``: ``psnr_y`` → ``bd_rate_y_percent``."""
    return f"bd_rate_{metric.removeprefix('psnr_')}_percent"
