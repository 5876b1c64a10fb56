"""Finding the best offset in few encodes: golden section by scipy, then parabolas.

Only offsets of the grid are tried, each once, and the answer is one that was tried. The method
needs what the mean BD-rate over δ is: smooth, with one minimum, within the noise of the encoder.
Scipy's bounded search makes the first steps; it never leaves their bracket and so would take more
than a few to get to the ends of the grid, where the parabola goes at once.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from experiments.offsets.clouds import Setting

SHARE = 3
"""The search may take one part in so many of the grid's encodes."""
WORST = 1e6
"""A number instead of no value: scipy's arithmetic wants one."""
BRACKET = 3
"""Offsets that scipy tries, as many as a parabola needs."""
FITTED = 4
"""Lowest points that a parabola is laid through, by least squares: three alone follow the noise."""


@dataclass(frozen=True)
class Found:
    """The answer of a search."""

    delta: int | None
    """The best offset tried; None where no offset has a value."""
    value: float | None
    """The value of ``delta``."""
    tried: tuple[tuple[int, float | None], ...]
    """All offsets tried with their values, in order."""


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


def allowed(deltas: int) -> int:
    """How many of a grid's offsets a search may try: a third of them, at least 1."""
    return max(1, deltas // SHARE)


def search(deltas: Sequence[int], evaluate: Callable[[int], float | None], budget: int) -> Found:
    """The offset of the lowest value among ``budget`` that are tried at most.

    `evaluate` gives the value of one of the grid's offsets, lower is better, or None where it has
    none; it is called once for each.
    """
    from scipy.optimize import minimize_scalar  # noqa: PLC0415  (as in `bdrate.interpolate`)

    lattice = sorted(set(deltas))
    limit = min(budget, len(lattice))
    tried: dict[int, float | None] = {}

    def value_at(position: float, most: int) -> float:
        # Positions on the lattice, so that steps of other than 1 are equal as well.
        delta = lattice[min(len(lattice) - 1, max(0, round(float(position))))]
        if delta not in tried:
            if len(tried) >= most:
                raise _SpentError
            tried[delta] = evaluate(delta)
        value = tried[delta]
        return WORST if value is None else value

    with suppress(_SpentError):
        if len(lattice) > 1:
            minimize_scalar(
                lambda position: value_at(position, min(BRACKET, limit)),
                bounds=(0, len(lattice) - 1),
                method="bounded",
                options={"xatol": 0.5},
            )
    while len(tried) < limit and (position := _next(lattice, tried)) is not None:
        value_at(position, limit)
    known = [(value, delta) for delta, value in tried.items() if value is not None]
    best = min(known, default=None)
    return Found(best[1] if best else None, best[0] if best else None, tuple(tried.items()))


class _SpentError(Exception):
    """The budget is used up."""


def _next(lattice: list[int], tried: dict[int, float | None]) -> int | None:
    """Where to try next: the lowest point of the parabola through the lowest `FITTED`.

    If it was tried, its neighbour towards the parabola's true minimum, then the neighbours of the
    best; None where all of these were tried.
    """
    known = {at: v for at, delta in enumerate(lattice) if (v := tried.get(delta)) is not None}
    free = [at for at, delta in enumerate(lattice) if delta not in tried]
    if not known:
        return free[len(free) // 2] if free else None
    best = sorted(known, key=lambda at: known[at])[:FITTED]
    wanted = [best[0] - 1, best[0] + 1]
    if len(best) >= BRACKET:
        curvature, slope, _ = np.polyfit(best, [known[at] for at in best], 2)
        if curvature > 0:
            minimum = min(len(lattice) - 1.0, max(0.0, float(-slope / (2 * curvature))))
            nearest = round(minimum)
            wanted = [nearest, nearest + (1 if minimum > nearest else -1), *wanted]
    return next((at for at in wanted if at in free), None)
