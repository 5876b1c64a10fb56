"""The named problems. Each error is one sentence: what is wrong, and what to do about it."""

from typing import ClassVar


class BDError(ValueError):
    """No Bjøntegaard delta can be given; ``name`` is a short stable identifier for tables."""

    name: ClassVar[str] = "bd-error"


class BDWarning(UserWarning):
    """A delta was computed, with a named reservation (``bd_rate`` and ``bd_quality`` issue it)."""


class CurveShapeError(BDError):
    """Rates and qualities are not two equally long lists of numbers."""

    name = "bad-shape"


class TooFewPointsError(BDError):
    """Fewer than two different rate points."""

    name = "too-few-points"


class NonFiniteError(BDError):
    """A rate or a quality is NaN or infinite."""

    name = "non-finite"


class NonPositiveRateError(BDError):
    """A rate is zero or negative, so that it has no logarithm."""

    name = "non-positive-rate"


class SameRateError(BDError):
    """Two points have the same rate and different qualities."""

    name = "same-rate"


class NonMonotonicError(BDError):
    """Quality does not rise with rate."""

    name = "non-monotonic"


class SaturatedError(BDError):
    """Quality hardly rises any more while rate does, so rate is not a function of quality."""

    name = "saturated"


class NoOverlapError(BDError):
    """The curves have no common interval of quality (BD-rate) or of rate (BD-quality)."""

    name = "no-overlap"


class OvershootError(BDError):
    """A fit leaves the range of its own points, so its mean is meaningless."""

    name = "overshoot"


class MetricMismatchError(BDError):
    """The two curves are not of the same metric and orientation."""

    name = "metric-mismatch"


class BadArgumentError(BDError):
    """An argument that is not one of those allowed."""

    name = "bad-argument"


class CurveFileError(BDError):
    """A file of curves is missing or cannot be understood."""

    name = "curve-file"


class UnpairedError(BDError):
    """A curve of one file has no counterpart in the other."""

    name = "unpaired"
