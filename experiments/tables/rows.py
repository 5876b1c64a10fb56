"""What a BD table is made of: rows, and cells that hold a number or say why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from experiments.tables.bootstrap import Interval

Scope = Literal["sequence", "class", "overall"]


BD_PSNR_Y = "bd_psnr_y_db"


ENC_TIME = "enc_time_percent"


DEC_TIME = "dec_time_percent"


@dataclass(frozen=True)
class Cell:
    """One number of a BD table, or the name of what kept it from being one.

    ``notes`` are full sentences, each beginning with its name (``"no-overlap: …"``).
    ``interval``: of a mean over three sequences or more, see `experiments.tables.bootstrap`.
    """

    value: float | None
    error: str = ""
    notes: tuple[str, ...] = ()
    interval: Interval | None = None


@dataclass(frozen=True)
class BDRow:
    """One test method against its anchor, on one sequence or as a mean over ``sequences`` of them.

    ``cells`` maps a column (``bd_rate_y_percent``, ``bd_psnr_y_db``, ``enc_time_percent``, …) to
    its cell. A negative BD-rate is a saving. ``notes`` concern the whole row.
    """

    scope: Scope
    codec: str
    config: str
    method: str
    anchor: str
    sequence_class: str
    sequence: str
    sequences: int
    cells: Mapping[str, Cell]
    notes: tuple[str, ...] = ()


def bd_rate_key(metric: str) -> str:
    """Column of the BD-rate over ``metric``: ``psnr_y`` → ``bd_rate_y_percent``."""
    return f"bd_rate_{metric.removeprefix('psnr_')}_percent"
