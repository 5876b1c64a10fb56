"""Rate-distortion curves and Bjøntegaard deltas that never give a silent wrong number.

>>> anchor = RDCurve((90.33, 181.03, 332.99, 547.79), (27.95, 31.17, 34.44, 38.11))
>>> test = RDCurve((127.1719, 186.14, 307.2924, 481.5588), (29.9286, 32.4165, 34.7013, 37.4561))
>>> round(compare(anchor, test).bd_rate_percent, 2)
-13.29

A figure of two curves is drawn by `bdrate.plot.plot_comparison`, which alone needs matplotlib.
"""

from bdrate.curve import RDCurve
from bdrate.delta import MIN_OVERLAP, bd_quality, bd_rate, compare
from bdrate.errors import (
    BadArgumentError,
    BDError,
    BDWarning,
    CurveFileError,
    CurveShapeError,
    MetricMismatchError,
    NonFiniteError,
    NonMonotonicError,
    NonPositiveRateError,
    NoOverlapError,
    OvershootError,
    SameRateError,
    SaturatedError,
    TooFewPointsError,
    UnpairedError,
)
from bdrate.interpolate import METHODS
from bdrate.io import KEY_COLUMNS, Key, read_curves
from bdrate.metrics import Metric, metric_of
from bdrate.pairing import Comparison, compare_files, try_compare
from bdrate.result import BDResult
from bdrate.table import Delta, DeltaColumn, DeltaRow, delta_rows, format_delta, text_table

__all__ = [
    "KEY_COLUMNS",
    "METHODS",
    "MIN_OVERLAP",
    "BDError",
    "BDResult",
    "BDWarning",
    "BadArgumentError",
    "Comparison",
    "CurveFileError",
    "CurveShapeError",
    "Delta",
    "DeltaColumn",
    "DeltaRow",
    "Key",
    "Metric",
    "MetricMismatchError",
    "NoOverlapError",
    "NonFiniteError",
    "NonMonotonicError",
    "NonPositiveRateError",
    "OvershootError",
    "RDCurve",
    "SameRateError",
    "SaturatedError",
    "TooFewPointsError",
    "UnpairedError",
    "bd_quality",
    "bd_rate",
    "compare",
    "compare_files",
    "delta_rows",
    "format_delta",
    "metric_of",
    "read_curves",
    "text_table",
    "try_compare",
]
