"""The gain of a pair of QPs where it is: against the anchor's curve at equal PSNR or equal rate.

Curves are those that Bjøntegaard deltas are made of, log10 of the rate against PSNR, and are never
extrapolated.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bdrate import BDError, RDCurve
from bdrate.curve import check_curve
from bdrate.interpolate import fit
from experiments.offsets.clouds import Cloud, GridPoint, curve

Pair = tuple[int, int]
"""A QP of key frames, and δ."""


@dataclass(frozen=True)
class HeatCell:
    """A cell of a heat map."""

    value: float | None
    """Percent, or None where there is no number."""
    count: int
    """How many sequences it is a mean of."""
    total: int
    """How many sequences there are."""


@dataclass(frozen=True)
class BestAtRate:
    """The best offset at the rate of one of the anchor's points."""

    anchor: GridPoint
    delta: int | None
    """The best offset; None where no curve reaches this rate."""
    psnr_y: float | None
    """PSNR-Y in dB of the curve of ``delta`` at this rate."""
    gain_db: float | None
    """Its gain over the anchor."""
    over_paper_db: float | None
    """Its gain over the paper's δ; None where that does not reach this rate."""
    compared: int
    """How many offsets reach this rate."""
    on_hull: tuple[int, ...]
    """The offsets of the hull's points around it."""


def rate_difference(cloud: Cloud, method: str = "pchip") -> dict[Pair, float | None]:
    """Rate of each pair (QP, δ) against the anchor's at its PSNR, in percent; < 0: a saving.

    None where the anchor has no such PSNR, or no curve (then in all of them).
    """
    rate_at = _rate_at(curve(cloud.anchor, "anchor"), method)
    found: dict[Pair, float | None] = {}
    for one in cloud.points:
        anchor = rate_at(one.psnr_y)
        found[one.qp, one.delta] = 100 * (one.rate_kbps / anchor - 1) if anchor else None
    return found


def heat_cells(differences: Sequence[Mapping[Pair, float | None]]) -> dict[Pair, HeatCell]:
    """Means of the rate differences of one sequence or several, cell by cell."""
    cells = {}
    for pair in dict.fromkeys(pair for one in differences for pair in one):
        known = [value for one in differences if (value := one.get(pair)) is not None]
        mean = math.fsum(known) / len(known) if known else None
        cells[pair] = HeatCell(mean, len(known), len(differences))
    return cells


def best_by_rate(
    cloud: Cloud, hull: tuple[GridPoint, ...], paper: int, method: str = "pchip"
) -> tuple[BestAtRate, ...]:
    """The best offset at each of the anchor's rates, by falling rate, compared with δ ``paper``."""
    quality = {
        delta: _psnr_at(curve(cloud.of(delta), f"δ{delta}"), method) for delta in cloud.deltas
    }
    rows = []
    for anchor in sorted(cloud.anchor, key=lambda point: point.qp):
        found = {delta: at(anchor.rate_kbps) for delta, at in quality.items()}
        reached = {delta: psnr for delta, psnr in found.items() if psnr is not None}
        best = max(reached, key=lambda delta: (reached[delta], -abs(delta - paper)), default=None)
        psnr = None if best is None else reached[best]
        of_paper = reached.get(paper)
        rows.append(
            BestAtRate(
                anchor=anchor,
                delta=best,
                psnr_y=psnr,
                gain_db=None if psnr is None else psnr - anchor.psnr_y,
                over_paper_db=None if psnr is None or of_paper is None else psnr - of_paper,
                compared=len(reached),
                on_hull=_around(hull, anchor.rate_kbps),
            )
        )
    return tuple(rows)


def _around(hull: tuple[GridPoint, ...], rate: float) -> tuple[int, ...]:
    """Offsets of the hull's points next below and above a rate; none outside the hull."""
    below = [point for point in hull if point.rate_kbps <= rate]
    above = [point for point in hull if point.rate_kbps >= rate]
    if not below or not above:
        return ()
    return tuple(dict.fromkeys((below[-1].delta, above[0].delta)))


def _rate_at(of: RDCurve, method: str) -> Callable[[float], float | None]:
    try:
        checked = check_curve(of, "anchor")
        f = fit(checked.value, checked.log_rate, method)
    except (BDError, ValueError):  # a plateau: the rate is no function of PSNR
        return lambda _: None
    low, high = float(checked.value[0]), float(checked.value[-1])
    return lambda psnr: float(10 ** f(psnr)) if low <= psnr <= high else None


def _psnr_at(of: RDCurve, method: str) -> Callable[[float], float | None]:
    try:
        checked = check_curve(of, "test")
    except BDError:
        return lambda _: None
    f = fit(checked.log_rate, checked.value, method)
    low, high = float(checked.rate[0]), float(checked.rate[-1])
    return lambda rate: float(f(math.log10(rate))) if low <= rate <= high else None
