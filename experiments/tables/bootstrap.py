"""Confidence intervals of means over sequences, by the bootstrap.

The sequences are the sample: a mean over other sequences of the same kind would differ, and the
interval says by how much. It knows nothing of the choice of QPs, and codecs at constant QP have no
noise of their own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from experiments.tables.table import Interval

CONFIDENCE = 0.95

FEWEST = 3  # below, an interval says nothing

# With n differences of no effect, all have one sign with a probability of 2 / 2^n: 25 % of three,
# 6 % of five, 3 % of six. A percentile interval then leaves 0 out, so fewer than six prove nothing.
ENOUGH = 6

_RESAMPLES = 9999

_SEED = 20240501


def mean_interval(values: Sequence[float]) -> Interval | None:
    """Percentile bootstrap interval of the arithmetic mean; None for fewer than three values.

    The order of the values does not matter, and the same values always give the same interval.
    """
    return None if len(values) < FEWEST else _interval(tuple(sorted(map(float, values))))


@lru_cache(maxsize=4096)  # tables by class, by layout and for the terminal ask for the same means
def _interval(values: tuple[float, ...]) -> Interval:
    # Half a second of each command's start, for which most have no use.
    from scipy.stats import bootstrap  # noqa: PLC0415

    result = bootstrap(
        (np.asarray(values),),
        np.mean,
        n_resamples=_RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        vectorized=True,
        random_state=np.random.default_rng(_SEED),
    ).confidence_interval
    return Interval(float(result.low), float(result.high))


def geometric_mean_interval(values: Sequence[float]) -> Interval | None:
    """The same for the geometric mean of positive numbers."""
    found = mean_interval([math.log(value) for value in values])
    return None if found is None else Interval(math.exp(found.low), math.exp(found.high))
