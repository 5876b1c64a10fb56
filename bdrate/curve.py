"""A rate-distortion curve, and its checks before anything is computed from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bdrate.errors import (
    CurveShapeError,
    NonFiniteError,
    NonMonotonicError,
    NonPositiveRateError,
    SameRateError,
    TooFewPointsError,
)
from bdrate.metrics import Metric, metric_of

Array = NDArray[np.float64]

# Rates that agree to nine digits are one rate: no encoder log tells them apart.
SAME_RATE = 1e-9


@dataclass(frozen=True)
class RDCurve:
    """The rate points of one codec on one sequence.

    Raises:
        CurveShapeError: the two are not equally long lists of numbers. Everything else is checked
            when the curve is used, so that one bad curve does not stop a table of many.
    """

    rate_kbps: tuple[float, ...]
    """Bitrates in kbit/s [N], N ≥ 2, in any order."""
    quality: tuple[float, ...]
    """The metric at each of them [N], in the metric's own unit (PSNR: dB)."""
    metric: str = "psnr_y"
    """The metric's name, such as ``psnr_y``, ``vmaf``, ``lpips``."""
    label: str = ""
    """The curve's name in messages and legends."""
    higher_is_better: bool | None = None
    """The metric's orientation; ``None`` takes it from the metric's name."""

    def __post_init__(self) -> None:
        for field in ("rate_kbps", "quality"):
            object.__setattr__(self, field, _floats(field, getattr(self, field)))
        if len(self.rate_kbps) != len(self.quality):
            raise CurveShapeError(
                f"{self.name} has {len(self.rate_kbps)} rates and {len(self.quality)} qualities: "
                "give one quality for each rate."
            )

    @property
    def name(self) -> str:
        """The label, or what to say where there is none."""
        return f"curve '{self.label}'" if self.label else "the curve"

    @property
    def info(self) -> Metric:
        """The curve's metric."""
        return metric_of(self.metric)

    @property
    def rises(self) -> bool:
        """True if a higher value of the metric is the better one."""
        if self.higher_is_better is None:
            return self.info.higher_is_better
        return self.higher_is_better

    @property
    def sign(self) -> float:
        """1 if a higher value of the metric is the better one, else -1."""
        return 1.0 if self.rises else -1.0


def _floats(field: str, values: Iterable[Any]) -> tuple[float, ...]:
    try:
        return tuple(float(value) for value in values)
    except (TypeError, ValueError) as error:
        raise CurveShapeError(f"{field} must be a list of numbers: {error}.") from None


@dataclass(frozen=True)
class CheckedCurve:
    """A curve of N different points in the order of their rates."""

    curve: RDCurve
    """The curve as it was given."""
    name: str
    """Its name in messages, with its role."""
    rate: Array
    """Rates in kbit/s [N]."""
    log_rate: Array
    """Their log10 [N], which rises strictly."""
    value: Array
    """Quality [N], negated where lower is better; it never falls, and is flat at the top only."""
    warnings: tuple[str, ...]
    """Reservations about the points as they were given."""

    def __len__(self) -> int:
        return len(self.log_rate)

    def point(self, index: int) -> str:
        """Return one point as text, for messages."""
        quality = self.curve.info.show(self.curve.sign * float(self.value[index]))
        return f"({self.rate[index]:.6g} kbps, {quality})"


def check_curve(curve: RDCurve, role: str) -> CheckedCurve:
    """Sort and check ``curve``; ``role`` is ``anchor`` or ``test``.

    Raises:
        NonFiniteError, NonPositiveRateError, SameRateError, TooFewPointsError, NonMonotonicError.
    """
    name = f"{role} '{curve.label}'" if curve.label else role
    _check_values(curve, name)
    warnings: list[str] = []
    # -0.0 would be a second zero.
    points = [(r, q + 0.0) for r, q in zip(curve.rate_kbps, curve.quality, strict=True)]
    distinct = list(dict.fromkeys(points))
    if len(distinct) < len(points):
        warnings.append(
            f"duplicate: {name} gives {len(points) - len(distinct)} of its {len(points)} points "
            "more than once; counted once."
        )
    if len(distinct) < 2:
        raise TooFewPointsError(
            f"{name} has {len(distinct)} different rate point{'' if len(distinct) == 1 else 's'}: "
            "a delta needs at least 2, and 4 for a usual one."
        )
    rates = [r for r, _ in distinct]
    # Rising rates (kbps) and falling ones (QP 22, 27, 32, 37) are both in order.
    if rates not in (sorted(rates), sorted(rates, reverse=True)):
        warnings.append(f"unsorted: {name} is not in order of rate; sorted.")
    distinct.sort()
    if len(distinct) < 4:
        warnings.append(
            f"few-points: {name} has {len(distinct)} rate points; "
            "common test conditions use 4 or more."
        )
    rate = np.array([r for r, _ in distinct])
    quality = np.array([q for _, q in distinct])
    checked = CheckedCurve(
        curve=curve,
        name=name,
        rate=rate,
        log_rate=np.log10(rate),
        value=quality if curve.rises else -quality,
        warnings=tuple(warnings),
    )
    _check_order(checked)
    return checked


def _check_values(curve: RDCurve, name: str) -> None:
    for index, (rate, quality) in enumerate(zip(curve.rate_kbps, curve.quality, strict=True), 1):
        if not np.isfinite(rate):
            raise NonFiniteError(
                f"{name}: the rate of point {index} is {rate}; leave the point out."
            )
        if np.isposinf(quality) and curve.info.unit == "dB":
            raise NonFiniteError(
                f"{name}: {curve.info.title} of point {index} ({rate:.6g} kbps) is infinite, "
                "that is lossless; leave the point out."
            )
        if not np.isfinite(quality):
            raise NonFiniteError(
                f"{name}: {curve.info.title} of point {index} ({rate:.6g} kbps) is {quality}; "
                "leave the point out or measure it again."
            )
        if rate <= 0:
            raise NonPositiveRateError(
                f"{name}: the rate of point {index} is {rate:.6g} kbps; "
                "rates must be greater than 0."
            )


def _check_order(checked: CheckedCurve) -> None:
    rate = checked.rate
    for i in range(len(checked) - 1):
        if rate[i + 1] - rate[i] <= SAME_RATE * rate[i + 1]:
            raise SameRateError(
                f"{checked.name} has two points of the same rate and different quality, "
                f"{checked.point(i)} and {checked.point(i + 1)}: leave the wrong one out."
            )
    step = np.diff(checked.value)
    # A plateau at the very top is saturation: it spoils BD-rate only, and is judged there.
    plateau = checked.value[1:] == checked.value.max()
    bad = np.flatnonzero((step < 0) | ((step == 0) & ~plateau))
    if not len(bad):
        return
    pairs = ", ".join(f"{checked.point(i)} → {checked.point(i + 1)}" for i in bad.tolist())
    better = "rise" if checked.curve.rises else "fall"
    hint = "measure these points again or leave them out"
    if len(bad) == len(step) and (step < 0).all():
        other = not checked.curve.rises
        hint = f"if {'higher' if other else 'lower'} is better, set higher_is_better={other}"
    raise NonMonotonicError(
        f"{checked.name}: {checked.curve.info.title} does not {better} with rate "
        f"at {pairs}; {hint}."
    )
