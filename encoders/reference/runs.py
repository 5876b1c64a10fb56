"""The runs of a reference encoder that make one stream.

Normally it is one. Where the intra period is no multiple of the encoder's GOP, each intra period is
a run of its own and the stream a row of closed GOPs, each beginning with an IDR. In RA, a long
stream may be cut at its intra pictures and coded in parallel: neighbouring segments share the intra
picture between them, and the software's own tool joins them (JVET practice).
"""

from dataclasses import dataclass
from enum import Enum


class Join(Enum):
    """How the streams of several runs become one."""

    NONE = "one run"
    CLOSED = "closed GOPs, one after the other"
    SEGMENTS = "segments that share their intra pictures"


@dataclass(frozen=True)
class Run:
    """One run of the encoder."""

    first: int
    """The index of its first frame in the input."""
    count: int


@dataclass(frozen=True)
class RunPlan:
    """All runs of a stream."""

    runs: tuple[Run, ...]
    intra_period: int
    """The intra period within a run, 0 for one intra picture."""
    join: Join

    @property
    def frames(self) -> int:
        """The number of frames of the whole stream."""
        return self.runs[-1].first + self.runs[-1].count


def plan_runs(frames: int, intra_period: int, mini_gop: int, *, segmented: bool) -> RunPlan:
    """The runs for ``frames`` pictures with an intra picture every ``intra_period`` (0: one).

    ``segmented``: cut at each intra picture, where the intra period fits the GOP.
    """
    period = intra_period
    if not period or period >= frames:
        # One GOP whatever its length: the period given must still be one that the encoder takes.
        fits = period and period % mini_gop == 0
        return RunPlan((Run(0, frames),), period if fits else 0, Join.NONE)
    if period % mini_gop:
        runs = tuple(Run(at, min(period, frames - at)) for at in range(0, frames, period))
        return RunPlan(runs, 0, Join.CLOSED)
    if not segmented:
        return RunPlan((Run(0, frames),), period, Join.NONE)
    runs = tuple(Run(at, min(period + 1, frames - at)) for at in range(0, frames - 1, period))
    return RunPlan(runs, period, Join.SEGMENTS if len(runs) > 1 else Join.NONE)
