"""BD-rates of all offsets over one and the same interval of PSNR.

The usual BD-rate of each offset is taken over the PSNR that it has in common with the anchor, and
that interval moves with the offset: finer LR frames move it up, where down-sampling saves less.
Over one interval offsets are compared as such.
"""

from collections.abc import Mapping

from bdrate import BDError, RDCurve, SaturatedError
from bdrate.curve import CheckedCurve, check_curve
from bdrate.interpolate import fit
from experiments.tables.table import Cell

NO_COMMON = "no-common-interval"


def common_bd(
    anchor: RDCurve, curves: Mapping[int, RDCurve], method: str = "pchip"
) -> dict[int, Cell]:
    """BD-rate in percent by δ; a curve that cannot be used has its problem's name.

    The interval is that of the curves which can; where they have none in common, no cell has a
    number.
    """
    cells: dict[int, Cell] = {}
    usable: dict[int, CheckedCurve] = {}
    for delta, one in curves.items():
        try:
            usable[delta] = _rising(one, f"δ{delta}")
        except BDError as error:
            cells[delta] = Cell(None, error.name, (str(error),))
    try:
        base = _rising(anchor, "anchor")
    except BDError as error:
        return {delta: Cell(None, error.name, (str(error),)) for delta in curves}
    low = max(float(one.value[0]) for one in (base, *usable.values()))
    high = min(float(one.value[-1]) for one in (base, *usable.values()))
    if high <= low:
        note = f"{NO_COMMON}: there is no PSNR that the anchor and all offsets reach."
        return cells | {delta: Cell(None, NO_COMMON, (note,)) for delta in usable}
    of_anchor = _mean_log_rate(base, low, high, method)
    return cells | {
        delta: Cell(100 * (10 ** (_mean_log_rate(one, low, high, method) - of_anchor) - 1))
        for delta, one in usable.items()
    }


def _rising(curve: RDCurve, role: str) -> CheckedCurve:
    checked = check_curve(curve, role)
    if (checked.value[1:] <= checked.value[:-1]).any():
        raise SaturatedError(f"the PSNR of {checked.name} does not rise any more at its top.")
    return checked


def _mean_log_rate(curve: CheckedCurve, low: float, high: float, method: str) -> float:
    f = fit(curve.value, curve.log_rate, method)
    return float(f.integrate(low, high)) / (high - low)
