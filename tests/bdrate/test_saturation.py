"""Flat curves: what is refused, what is said, what is left alone."""

import pytest

from bdrate import METHODS, RDCurve, SaturatedError, bd_rate, compare

RATE = (100.0, 200.0, 400.0, 800.0)


def vmaf(*values):
    return RDCurve(RATE, values, "vmaf")


def said(result):
    return [text for text in result.warnings if text.startswith("saturated")]


@pytest.mark.parametrize("method", METHODS)
def test_ordinary_curves_are_left_alone(method):
    assert said(compare(vmaf(70, 82, 91, 96.5), vmaf(72, 84, 92, 97), method)) == []
    psnr = RDCurve(RATE, (30, 33, 35.5, 37.5))
    assert said(compare(psnr, psnr, method)) == []
    ssim = RDCurve(RATE, (0.95, 0.97, 0.982, 0.989), "ssim")
    assert said(compare(ssim, ssim, method)) == []


def test_a_curve_that_bends_into_the_ceiling_is_said():
    bent = vmaf(80, 92, 98, 99)
    result = compare(vmaf(78, 90, 96, 98.6), bent)
    assert len(said(result)) == 0
    bent = vmaf(80, 95, 99, 99.6)
    result = compare(vmaf(78, 93, 98, 99.5), bent)
    assert "VMAF of test hardly changes from (400 kbps, 99) to (800 kbps, 99.6)" in said(result)[0]
    assert result.bd_rate_percent < 0


def test_a_single_point_at_the_ceiling_is_said():
    result = compare(vmaf(80, 88, 94, 98), vmaf(82, 90, 96, 100))
    assert "reaches VMAF 100, where it is clipped" in said(result)[0]


@pytest.mark.parametrize("method", METHODS)
def test_a_segment_below_one_percent_of_the_slope_is_refused(method):
    flat = RDCurve(RATE, (1.0, 2.0, 3.0, 3.005), "novel")
    with pytest.raises(SaturatedError, match=r"\(400 kbps, 3\) to \(800 kbps, 3.005\)"):
        bd_rate(flat, flat, method)
    bent = RDCurve(RATE, (1.0, 2.0, 3.0, 3.02), "novel")
    result = compare(bent, bent, method)
    assert result.bd_rate_percent == 0
    assert said(result)


@pytest.mark.parametrize(
    ("metric", "values"),
    [
        ("vmaf", (99.95, 99.96, 99.97, 99.98)),
        ("psnr_u", (50.0, 50.005, 50.01, 50.015)),
        ("ssim", (0.999981, 0.999985, 0.999989, 0.999993)),
        ("ms_ssim", (0.999981, 0.999985, 0.999989, 0.999993)),
    ],
)
def test_a_curve_that_rises_by_less_than_the_metric_resolves_is_refused(metric, values):
    curve = RDCurve(RATE, values, metric)
    with pytest.raises(SaturatedError) as caught:
        bd_rate(curve, curve)
    assert caught.value.name == "saturated"


def test_a_flat_part_outside_the_interval_matters_to_the_cubic_only():
    anchor = vmaf(60, 75, 85, 92)
    test = vmaf(70, 93, 99.98, 99.99)
    result = compare(anchor, test)
    assert result.bd_rate_percent is not None
    assert "outside the common interval" in said(result)[0]
    assert compare(anchor, test, "cubic").bd_rate_percent is None


@pytest.mark.parametrize("method", METHODS)
def test_curves_wholly_at_the_ceiling_have_a_bd_quality_of_zero_and_no_bd_rate(method):
    full = vmaf(100, 100, 100, 100)
    result = compare(full, full, method)
    assert result.bd_rate_percent is None
    assert result.bd_quality == pytest.approx(0, abs=1e-12)
    assert result.rate_problem.startswith("saturated")
