"""Bjøntegaard deltas: the mean difference between two rate-distortion curves.

BD-rate is the mean of log10 rate over the common quality interval, test minus anchor, turned into
a percentage; BD-quality (BD-PSNR and its like) is that of quality over the common interval of
log10 rate (G. Bjøntegaard, "Calculation of average PSNR differences between RD-curves", VCEG-M33,
2001). Curves are never extrapolated.
"""

import math
import warnings as python_warnings
from dataclasses import dataclass

import numpy as np

from bdrate.curve import Array, CheckedCurve, RDCurve, check_curve
from bdrate.errors import (
    BadArgumentError,
    BDError,
    BDWarning,
    MetricMismatchError,
    NoOverlapError,
    OvershootError,
)
from bdrate.interpolate import check_method, falls_inside, fit
from bdrate.result import BDResult
from bdrate.saturation import check_saturation

# A delta over less than a quarter of either curve says little about the other three.
MIN_OVERLAP = 0.25
# A mean may leave the range of its points by this share: least squares misses a curve's ends.
OVERSHOOT = 0.1


Pair = tuple[CheckedCurve, CheckedCurve]
"""Anchor and test."""


@dataclass(frozen=True)
class _Part:
    """One of the two deltas."""

    value: float | None
    """The delta, None where there is an error."""
    interval: tuple[float, float] | None
    """The common interval, None where there is none."""
    overlap: float
    """Its share of the wider curve's."""
    warnings: tuple[str, ...] = ()
    error: BDError | None = None


def compare(
    anchor: RDCurve, test: RDCurve, method: str = "pchip", min_overlap: float = MIN_OVERLAP
) -> BDResult:
    """Compare ``test`` with ``anchor``: BD-rate and BD-quality, each only where it is valid.

    Args:
        anchor, test: curves of the same metric, of at least 2 points each, not necessarily as many.
        method: ``pchip`` (default), ``cubic`` (VCEG-M33) or ``akima``.
        min_overlap: warn where the common interval is less than this share of the wider curve's.

    Raises:
        BDError: a subclass with the problem's ``name``, where neither delta can be given: bad input
            (NonFiniteError, NonPositiveRateError, SameRateError, TooFewPointsError,
            NonMonotonicError, MetricMismatchError, BadArgumentError), or neither is valid
            (NoOverlapError, SaturatedError, OvershootError).
    """
    checked = _check_pair(anchor, test, method, min_overlap=min_overlap)
    rate = _rate_part(checked, method, min_overlap)
    quality = _quality_part(checked, method, min_overlap)
    if rate.error is not None and quality.error is not None:
        raise rate.error
    problems = [
        f"{part.error.name}: no {what}: {part.error}" if part.error is not None else ""
        for part, what in ((rate, "BD-rate"), (quality, "BD-quality"))
    ]
    said = (*checked[0].warnings, *checked[1].warnings, *rate.warnings, *quality.warnings)
    low, high = sorted(anchor.sign * end for end in rate.interval or ()) or (None, None)
    # From the rates as given: 10 ** log10(rate) would not print the same.
    rates = max(float(c.rate[0]) for c in checked), min(float(c.rate[-1]) for c in checked)
    return BDResult(
        bd_rate_percent=rate.value,
        bd_quality=quality.value,
        method=method,
        metric=anchor.metric,
        quality_low=low,
        quality_high=high,
        rate_low_kbps=None if quality.interval is None else rates[0],
        rate_high_kbps=None if quality.interval is None else rates[1],
        overlap=rate.overlap,
        rate_overlap=quality.overlap,
        warnings=tuple(dict.fromkeys((*(p for p in problems if p), *said))),
        rate_problem=problems[0],
        quality_problem=problems[1],
    )


def bd_rate(anchor: RDCurve, test: RDCurve, method: str = "pchip") -> float:
    """Return BD-rate in percent; negative means that ``test`` needs less rate than ``anchor``.

    Reservations are issued as Python warnings (BDWarning).

    Raises:
        BDError: as in ``compare``.
    """
    checked = _check_pair(anchor, test, method, min_overlap=MIN_OVERLAP)
    return _value_of(_rate_part(checked, method, MIN_OVERLAP), checked)


def bd_quality(anchor: RDCurve, test: RDCurve, method: str = "pchip") -> float:
    """Return BD-quality (BD-PSNR …) in the metric's unit; positive means that ``test`` is better.

    Reservations are issued as Python warnings (BDWarning).

    Raises:
        BDError: as in ``compare``.
    """
    checked = _check_pair(anchor, test, method, min_overlap=MIN_OVERLAP)
    return _value_of(_quality_part(checked, method, MIN_OVERLAP), checked)


def _value_of(part: _Part, pair: Pair) -> float:
    if part.error is not None:
        raise part.error
    for text in (*pair[0].warnings, *pair[1].warnings, *part.warnings):
        python_warnings.warn(text, BDWarning, stacklevel=3)
    assert part.value is not None
    return part.value


def _check_pair(anchor: RDCurve, test: RDCurve, method: str, min_overlap: float) -> Pair:
    check_method(method)
    if not 0 <= min_overlap <= 1:
        raise BadArgumentError(f"min_overlap is {min_overlap}: give a share between 0 and 1.")
    if anchor.metric != test.metric or anchor.rises != test.rises:
        raise MetricMismatchError(
            f"the anchor's metric is {_metric_text(anchor)} and the test's {_metric_text(test)}: "
            "compare curves of the same metric."
        )
    return check_curve(anchor, "anchor"), check_curve(test, "test")


def _metric_text(curve: RDCurve) -> str:
    return f"{curve.metric} ({'higher' if curve.rises else 'lower'} is better)"


def _rate_part(pair: Pair, method: str, min_overlap: float) -> _Part:
    low, high, overlap = _common(*(curve.value for curve in pair))
    interval = (low, high) if high > low else None
    try:
        said: list[str] = []
        for curve in pair:
            said += check_saturation(curve, low, high=high, method=method)
        if interval is None:
            anchor, test = pair
            raise NoOverlapError(
                f"the curves share no quality: the anchor's {anchor.curve.info.title} lies in "
                f"{_quality_range(anchor)}, the test's in {_quality_range(test)}; "
                "add rate points until they do."
            )
        gain, more = _difference(pair, "quality", interval, method=method)
    except BDError as error:
        return _Part(None, interval, overlap, error=error)
    said += [*_barely("quality", overlap, min_overlap), *more]
    return _Part(100 * math.expm1(gain * math.log(10)), interval, overlap, tuple(said))


def _quality_part(pair: Pair, method: str, min_overlap: float) -> _Part:
    low, high, overlap = _common(*(curve.log_rate for curve in pair))
    interval = (low, high) if high > low else None
    try:
        if interval is None:
            anchor, test = map(_rate_range, pair)
            raise NoOverlapError(
                f"the curves share no rate: the anchor lies in {anchor}, the test in {test}; "
                "add rate points until they do."
            )
        gain, more = _difference(pair, "rate", interval, method=method)
    except BDError as error:
        return _Part(None, interval, overlap, error=error)
    return _Part(gain, interval, overlap, (*_barely("rate", overlap, min_overlap), *more))


def _common(a: Array, b: Array) -> tuple[float, float, float]:
    """Return the interval that two rising arrays share, and its share of the wider one."""
    low, high = float(max(a[0], b[0])), float(min(a[-1], b[-1]))
    wider = max(float(a[-1] - a[0]), float(b[-1] - b[0]))
    return low, high, max(high - low, 0.0) / wider if wider > 0 else 0.0


def _difference(
    pair: Pair, over: str, interval: tuple[float, float], method: str
) -> tuple[float, list[str]]:
    """Return the test's mean less the anchor's over an interval, and the fits' warnings.

    ``over`` is the axis of integration: ``quality`` or ``rate``.
    """
    means, said = zip(*(_mean(curve, over, interval, method=method) for curve in pair), strict=True)
    return means[1] - means[0], said[0] + said[1]


def _mean(
    curve: CheckedCurve, over: str, interval: tuple[float, float], method: str
) -> tuple[float, list[str]]:
    """Return a curve's mean over an interval, by the exact integral, and its warnings."""
    low, high = interval
    x, y = curve.value, curve.log_rate
    if over == "rate":
        x, y = y, x
    f = fit(x, y, method)
    mean = float(f.integrate(low, high)) / (high - low)
    # Points that rise have a mean between their ends; a fit whose mean lies elsewhere is no fit.
    slack = OVERSHOOT * float(np.ptp(y))
    rounding = 1e-9 * max(1.0, float(np.abs(y).max()))
    if not y.min() - slack - rounding <= mean <= y.max() + slack + rounding:
        raise OvershootError(
            f"the {method} fit of {curve.name} over {over} leaves the range of its own points; "
            "use pchip, which cannot."
        )
    if falls_inside(f, low, high):
        return mean, [
            f"{method}-not-monotonic: the {method} fit of {curve.name} over {over} falls inside "
            "the common interval; pchip does not."
        ]
    return mean, []


def _barely(axis: str, overlap: float, limit: float) -> list[str]:
    if overlap >= limit:
        return []
    return [
        f"barely-overlapping: the common {axis} interval is {100 * overlap:.1f} % of the wider "
        f"curve's, less than {100 * limit:.0f} %."
    ]


def _quality_range(curve: CheckedCurve) -> str:
    low, high = sorted(curve.curve.sign * float(curve.value[at]) for at in (0, -1))
    return f"{low:.6g}–{curve.curve.info.show(high)}"


def _rate_range(curve: CheckedCurve) -> str:
    return f"{curve.rate[0]:.6g}–{curve.rate[-1]:.6g} kbps"
