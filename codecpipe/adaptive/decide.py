"""From what each mode would cost in each GOP to the cheapest mode of each GOP: pure numbers.

The cost of a GOP in dB is ``lambda_ · bits - Σ PSNR-Y`` over its frames; lower is better.
"""

import math
from collections.abc import Container, Sequence
from dataclasses import dataclass

QP_STEP = 5
"""How far the QPs of a curve are from each other, in the CTC and usually."""
PSNR_CAP_DB = 100.0
"""Of a frame, in costs: a frame without any error has no PSNR that could be added."""


@dataclass(frozen=True)
class RatePoint:
    """Bits and the sum of the frames' PSNR-Y in dB, of a sequence or a part of it."""

    bits: float
    psnr_db: float


def rd_cost(point: RatePoint, lambda_: float) -> float:
    """``lambda_ · bits - Σ PSNR``, in dB."""
    return lambda_ * point.bits - point.psnr_db


def capped(psnr_db: float) -> float:
    """PSNR of a frame as costs count it."""
    return min(psnr_db, PSNR_CAP_DB)


def slope(points: Sequence[RatePoint]) -> float | None:
    """Slope in dB per bit of the chord through the outer ones of some rate points of a curve.

    None where more bits do not give more quality: there is no price of a bit then.

    The points are the anchor's at the QP in question and at its neighbours. Its curve is concave.
    So the line of this slope through the point in the middle is above the curve at both neighbours,
    and beyond them too. What beats this line in cost beats the curve, and so lowers the BD-rate.
    """
    low, high = min(points, key=lambda p: p.bits), max(points, key=lambda p: p.bits)
    if high.bits <= low.bits or high.psnr_db <= low.psnr_db:
        return None
    return (high.psnr_db - low.psnr_db) / (high.bits - low.bits)


def rate_floor(coarse: RatePoint, fine: RatePoint, qp_apart: int) -> float:
    """The least share of the anchor's bits for a mode in a mixture: that of the anchor, later on.

    The line of `slope` is far above the curve at a much lower rate: a mode may beat it there and
    still be no better than one of the next QPs. Without a floor the rate points of two QPs come to
    lie together, or change places, and no BD-rate can be had of them. The mode that is best for
    the whole sequence is not held to it. The floor is the anchor's rate at ``QP + QP_STEP``, by its
    points at two QPs ``qp_apart``: its logarithm is close to linear in QP.
    """
    return float((coarse.bits / fine.bits) ** (QP_STEP / qp_apart))


def floored(
    costs: Sequence[float], bits: Sequence[float], floor: float, exempt: Container[int]
) -> tuple[float, ...]:
    """Costs by mode, infinite where a mode's bits are fewer than `floor` times the anchor's.

    The modes `exempt` keep their costs.
    """
    return tuple(
        cost if mode in exempt or own >= floor * bits[0] else math.inf
        for mode, (cost, own) in enumerate(zip(costs, bits, strict=True))
    )


def cheapest(costs: Sequence[Sequence[float]], starts: Sequence[float]) -> tuple[int, ...]:
    """The mode of each GOP with the least cost in all, by dynamic programming.

    ``costs[gop][mode]``; ``starts[mode]``: what a segment of that mode costs beyond its GOPs
    wherever it starts, but for the first GOP, whose costs have it in them. Of equal costs the lower
    index wins (the anchor's is 0), and a mode that goes on.
    """
    modes = range(len(starts))
    total = list(costs[0])
    came_from: list[list[int]] = []
    for gop in costs[1:]:
        best = min(modes, key=lambda mode: total[mode])
        origin = [best if total[best] + starts[m] < total[m] else m for m in modes]
        total = [gop[m] + (total[m] if origin[m] == m else total[best] + starts[m]) for m in modes]
        came_from.append(origin)
    chosen = [min(modes, key=lambda mode: total[mode])]
    for origin in reversed(came_from):
        chosen.append(origin[chosen[-1]])
    return tuple(reversed(chosen))
