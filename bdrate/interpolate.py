"""Curves through points: pchip, Akima, and the cubic polynomial, all as piecewise polynomials.

Sources: the cubic polynomial is that of G. Bjøntegaard, VCEG-M33 (2001). Piecewise cubic Hermite
interpolation (pchip) is what the JVET reporting sheets compute (see also ITU-T HSTP-VID-WPOM);
scipy's is the same function. Akima's is from J. ACM 17 (1970).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bdrate.curve import Array
from bdrate.errors import BadArgumentError

# scipy is imported where it is used: most commands have no curve to fit, and need not wait for it.
if TYPE_CHECKING:
    from scipy.interpolate import PPoly

METHODS = ("pchip", "cubic", "akima")


def check_method(method: str) -> str:
    """Return ``method`` if it is one of ``METHODS``, else raise BadArgumentError."""
    if method not in METHODS:
        raise BadArgumentError(f"unknown method '{method}': choose one of {', '.join(METHODS)}.")
    return method


def fit(x: Array, y: Array, method: str) -> PPoly:
    """Return y as a function of x, both of shape [N], N ≥ 2, x strictly rising.

    ``cubic`` passes through 4 points and is a least-squares fit to more; 3 points give a parabola
    and 2 a straight line, as with the other methods.
    """
    from scipy.interpolate import Akima1DInterpolator, PchipInterpolator  # noqa: PLC0415

    check_method(method)
    if method == "pchip":
        return PchipInterpolator(x, y)
    if method == "cubic" or len(x) == 2:
        return _cubic(x, y)
    return Akima1DInterpolator(x, y)


def _cubic(x: Array, y: Array) -> PPoly:
    from scipy.interpolate import PPoly  # noqa: PLC0415

    # Fitted on [0, 1]: powers of a PSNR around 40 would cost half of the digits.
    span = x[-1] - x[0]
    degree = min(3, len(x) - 1)
    coefficients = np.polyfit((x - x[0]) / span, y, degree)
    scaled = coefficients / span ** np.arange(degree, -1, -1)
    return PPoly(scaled[:, np.newaxis], np.array([x[0], x[-1]]))


def falls_inside(f: PPoly, low: float, high: float) -> bool:
    """Return whether ``f`` falls anywhere in [low, high] by more than rounding."""
    knots = f.x[(f.x > low) & (f.x < high)]
    edges = np.concatenate(([low], knots, [high]))
    # Within a piece the extremes lie at the ends or where the derivative is zero.
    turns = f.derivative().roots(discontinuity=False, extrapolate=False)
    turns = turns[np.isfinite(turns) & (turns > low) & (turns < high)]
    values = f(np.unique(np.concatenate((edges, turns))))
    tolerance = 1e-9 * max(float(np.ptp(values)), 1e-300)
    return bool((np.diff(values) < -tolerance).any())
