"""Where a curve is too flat to say which rate a quality takes."""

from dataclasses import dataclass

import numpy as np

from bdrate.curve import CheckedCurve
from bdrate.errors import SaturatedError

# Of the curve's own mean slope (quality per doubling of rate). Ordinary curves stay above 0.25 even
# for VMAF near 99; below 0.1 the top of the curve is bending into its ceiling; below 0.01 a
# hundredth of the curve's quality range decides about a share of the rate range as large as itself.
WARN_SLOPE = 0.1
ERROR_SLOPE = 0.01


@dataclass(frozen=True)
class _Flat:
    """A flat part of a curve, between two values of quality."""

    low: float
    high: float
    text: str
    """The part in words."""
    fatal: bool
    """True if no BD-rate can be integrated over it."""


def _flat_segments(curve: CheckedCurve) -> list[_Flat]:
    octaves = np.diff(curve.log_rate) / np.log10(2)
    slopes = np.diff(curve.value) / octaves
    mean = (curve.value[-1] - curve.value[0]) / octaves.sum()
    info = curve.curve.info
    found = []
    for i, slope in enumerate(slopes.tolist()):
        # A step of the metric's resolution would stand for a doubling of the rate or more.
        below_resolution = info.resolution is not None and slope <= info.resolution
        fatal = slope <= ERROR_SLOPE * mean or below_resolution
        if fatal or slope < WARN_SLOPE * mean:
            text = (
                f"{info.title} of {curve.name} hardly changes from {curve.point(i)} "
                f"to {curve.point(i + 1)}"
            )
            low, high = float(curve.value[i]), float(curve.value[i + 1])
            found.append(_Flat(low=low, high=high, text=text, fatal=fatal))
    return found


def check_saturation(curve: CheckedCurve, low: float, high: float, method: str) -> list[str]:
    """Return warnings about flat parts of ``curve``; [low, high] is the interval to integrate over.

    A part outside the interval does no harm to a piecewise method, but bends the cubic polynomial
    everywhere.

    Raises:
        SaturatedError: between two points inside the interval, quality rises by less than 1 % of
            the curve's mean slope, or by less than the metric's resolution (PSNR 0.01 dB,
            VMAF 0.02, SSIM 1e-5) per doubling of rate; or not at all.
    """
    warnings = []
    for flat in _flat_segments(curve):
        inside = method == "cubic" or (flat.low < high and flat.high > low)
        if flat.fatal and (inside or flat.low == flat.high):
            raise SaturatedError(
                f"{flat.text}, so a BD-rate would be decided by noise; "
                "leave the points above out and use lower rates."
            )
        where = "" if inside else " (outside the common interval)"
        warnings.append(f"saturated: {flat.text}{where}.")
    info = curve.curve.info
    top = float(curve.value[-1])
    if curve.curve.rises and info.ceiling is not None and top >= info.ceiling and not warnings:
        warnings.append(
            f"saturated: {curve.name} reaches {info.title} {info.ceiling:g}, where it is clipped, "
            f"at {curve.point(len(curve) - 1)}."
        )
    return warnings
