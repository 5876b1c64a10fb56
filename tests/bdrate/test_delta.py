"""Deltas against published values, the package bjontegaard, and the laws that they obey."""

import warnings

import bjontegaard
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bdrate import (
    METHODS,
    BadArgumentError,
    BDWarning,
    MetricMismatchError,
    NoOverlapError,
    OvershootError,
    RDCurve,
    SaturatedError,
    bd_quality,
    bd_rate,
    compare,
)

A = RDCurve((90.33, 181.03, 332.99, 547.79), (27.95, 31.17, 34.44, 38.11))
B = RDCurve((127.1719, 186.14, 307.2924, 481.5588), (29.9286, 32.4165, 34.7013, 37.4561))
C = RDCurve((937.0112, 1405.4792, 3438.7128, 6448.6368), (45.5074, 47.0002, 49.9565, 52.1459))
D = RDCurve((822.0064, 1608.9144, 3086.912, 5784.7696), (45.7215, 47.6227, 50.1394, 52.3339))


def names(result):
    return [text.partition(":")[0] for text in result.warnings]


@pytest.mark.parametrize(
    ("anchor", "test", "cubic", "gain", "pchip"),
    [
        (A, B, "-13.261773", "0.800713", "-13.292524"),
        (C, D, "-11.502943", "0.406082", "-11.374000"),
    ],
)
def test_published_values_to_all_their_digits(anchor, test, cubic, gain, pchip):
    result = compare(anchor, test, "cubic")
    assert f"{result.bd_rate_percent:.6f}" == cubic
    assert f"{result.bd_quality:.6f}" == gain
    assert f"{compare(anchor, test).bd_rate_percent:.6f}" == pchip
    assert result.warnings == ()


def test_pchip_is_the_default_and_intervals_are_the_common_ones():
    result = compare(A, B)
    assert result == compare(A, B, "pchip")
    assert (result.quality_low, result.quality_high) == (29.9286, 37.4561)
    assert (result.rate_low_kbps, result.rate_high_kbps) == (127.1719, 481.5588)
    assert result.overlap == pytest.approx((37.4561 - 29.9286) / (38.11 - 27.95))


def curve(points, start_rate, start_quality):
    rate, quality = start_rate, start_quality
    rates, values = [rate], [quality]
    for octaves, slope in points:
        rate *= 2**octaves
        quality += slope * octaves
        rates.append(rate)
        values.append(quality)
    return RDCurve(tuple(rates), tuple(values))


def curves(low=3, high=3):
    """Rising curves of low+1 to high+1 points, 1.2 to 5 dB per doubling of rate, from 30 dB."""
    step = st.tuples(st.floats(0.6, 1.4), st.floats(1.2, 5))
    points = st.lists(step, min_size=low, max_size=high)
    return st.builds(curve, points, st.floats(80, 160), st.floats(30, 32))


def oracle(function, anchor, test, method):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(
            anchor.rate_kbps, anchor.quality, test.rate_kbps, test.quality, method,
            require_matching_points=False, min_overlap=0,
        )  # fmt: skip


def check_against_oracle(anchor, test, method):
    try:
        result = compare(anchor, test, method)
    except (NoOverlapError, OvershootError):
        return
    if result.bd_rate_percent is not None:
        ours = 1 + result.bd_rate_percent / 100
        theirs = 1 + oracle(bjontegaard.bd_rate, anchor, test, method) / 100
        assert ours == pytest.approx(theirs, rel=1e-9)
    if result.bd_quality is not None:
        expected = oracle(bjontegaard.bd_psnr, anchor, test, method)
        assert result.bd_quality == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("anchor", "test"), [(A, B), (B, A), (C, D), (D, C)])
def test_equals_the_package_bjontegaard_on_real_curves(anchor, test, method):
    result = compare(anchor, test, method)
    expected = oracle(bjontegaard.bd_rate, anchor, test, method)
    assert result.bd_rate_percent == pytest.approx(expected, rel=1e-9)
    expected = oracle(bjontegaard.bd_psnr, anchor, test, method)
    assert result.bd_quality == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=150, deadline=None)
@given(anchor=curves(), test=curves())
def test_equals_the_package_bjontegaard_with_four_points(method, anchor, test):
    check_against_oracle(anchor, test, method)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=80, deadline=None)
@given(anchor=curves(3, 7), test=curves(3, 7))
def test_equals_the_package_bjontegaard_with_more_points(method, anchor, test):
    check_against_oracle(anchor, test, method)


@pytest.mark.parametrize("method", ["pchip", "akima"])
@settings(max_examples=60, deadline=None)
@given(anchor=curves(1, 2), test=curves(1, 2))
def test_equals_the_package_bjontegaard_with_two_and_three_points(method, anchor, test):
    check_against_oracle(anchor, test, method)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=80, deadline=None)
@given(anchor=curves(2, 5), test=curves(2, 5))
def test_exchanging_the_curves_inverts_the_ratio_and_the_sign(method, anchor, test):
    try:
        there, back = compare(anchor, test, method), compare(test, anchor, method)
    except OvershootError:
        return
    if there.bd_rate_percent is not None:
        product = (1 + there.bd_rate_percent / 100) * (1 + back.bd_rate_percent / 100)
        assert product == pytest.approx(1, rel=1e-12)
    if there.bd_quality is not None:
        assert there.bd_quality == -back.bd_quality


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=60, deadline=None)
@given(anchor=curves(), factor=st.floats(0.5, 2))
def test_scaling_the_rate_gives_exactly_that_percentage(method, anchor, factor):
    scaled = RDCurve(tuple(factor * r for r in anchor.rate_kbps), anchor.quality)
    value = compare(anchor, scaled, method).bd_rate_percent
    assert value == pytest.approx(100 * (factor - 1), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_a_constant_gain_in_quality_is_the_bd_quality(method):
    better = RDCurve(A.rate_kbps, tuple(q + 0.5 for q in A.quality))
    assert compare(A, better, method).bd_quality == pytest.approx(0.5, rel=1e-9)
    assert compare(A, better, method).bd_rate_percent < 0


@pytest.mark.parametrize("method", METHODS)
def test_cubic_keeps_its_digits_where_the_qualities_are_large_and_close(method):
    # Shifting the quality axis changes nothing; powers of 1000 would.
    far = [RDCurve(c.rate_kbps, tuple(q + 1000 for q in c.quality)) for c in (A, B)]
    expected = compare(A, B, method).bd_rate_percent
    assert compare(*far, method).bd_rate_percent == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_lower_is_better_is_the_same_curve_mirrored(method):
    def mirrored(c):
        return RDCurve(c.rate_kbps, tuple(100 - q for q in c.quality), "lpips")

    up, down = compare(A, B, method), compare(mirrored(A), mirrored(B), method)
    assert down.bd_rate_percent == pytest.approx(up.bd_rate_percent, rel=1e-9)
    assert down.bd_quality == pytest.approx(up.bd_quality, rel=1e-9)
    assert down.bd_quality > 0  # better, though the values are lower
    assert down.quality_low == pytest.approx(100 - up.quality_high)
    assert down.quality_low < down.quality_high


def test_no_overlap_names_both_ranges():
    low = RDCurve((10, 20, 40, 80), (20, 22, 24, 26))
    with pytest.raises(NoOverlapError, match=r"27\.95–38\.11 dB.*20–26 dB") as caught:
        compare(A, low)
    assert caught.value.name == "no-overlap"


def test_touching_in_one_point_is_no_overlap():
    touching = RDCurve((548, 700, 900, 1200), (38.11, 39, 40, 41))
    with pytest.raises(NoOverlapError):
        compare(A, touching)


def test_overlap_in_rate_only_gives_bd_quality_only():
    much_better = RDCurve(A.rate_kbps, tuple(q + 20 for q in A.quality))
    result = compare(A, much_better)
    assert result.bd_rate_percent is None
    assert result.bd_quality == pytest.approx(20)
    assert result.rate_problem.startswith("no-overlap: no BD-rate: ")
    assert result.rate_problem in result.warnings
    assert result.quality_low is result.quality_high is None
    with pytest.raises(NoOverlapError):
        bd_rate(A, much_better)
    assert bd_quality(A, much_better) == result.bd_quality


def test_overlap_in_quality_only_gives_bd_rate_only():
    cheap = RDCurve(tuple(r / 10 for r in A.rate_kbps), A.quality)
    result = compare(A, cheap)
    assert result.bd_rate_percent == pytest.approx(-90)
    assert result.bd_quality is None
    assert result.quality_problem.startswith("no-overlap: no BD-quality: ")
    with pytest.raises(NoOverlapError, match=r"90\.33–547\.79 kbps.*9\.033–54\.779 kbps"):
        bd_quality(A, cheap)


def test_barely_overlapping_is_said_and_the_threshold_is_an_argument():
    higher = RDCurve(tuple(5 * r for r in A.rate_kbps), tuple(q + 8 for q in A.quality))
    result = compare(A, higher)
    assert names(result) == ["barely-overlapping", "barely-overlapping"]
    assert result.overlap == pytest.approx((38.11 - 35.95) / (38.11 - 27.95))
    assert "quality interval is 21.3 %" in result.warnings[0]
    (left,) = compare(A, higher, min_overlap=0.2).warnings
    assert "rate interval is 10.7 % of the wider curve's, less than 20 %" in left


def test_a_bare_number_still_brings_its_reservations():
    three = RDCurve(B.rate_kbps[:3], B.quality[:3])
    with pytest.warns(BDWarning, match="^few-points: test has 3 rate points"):
        value = bd_rate(A, three)
    assert value == compare(A, three).bd_rate_percent
    with pytest.warns(BDWarning, match="^few-points"):
        bd_quality(A, three)


def test_a_clean_bare_number_comes_without_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert bd_rate(A, B, "akima") == compare(A, B, "akima").bd_rate_percent
        assert bd_quality(A, B, "cubic") == compare(A, B, "cubic").bd_quality


def test_cubic_that_is_not_monotonic_is_said():
    # A steep foot makes the cubic overshoot between the last two points.
    wavy = RDCurve((100, 400, 440, 480), (30, 31, 36, 37))
    straight = RDCurve((100, 200, 400, 800), (29, 32, 35, 38))
    result = compare(straight, wavy, "cubic")
    assert "cubic-not-monotonic" in names(result)
    assert any("fit of test over quality" in text for text in result.warnings)
    assert "pchip-not-monotonic" not in names(compare(straight, wavy))


def test_a_cubic_that_leaves_its_points_is_an_error():
    # Between 30.0 and 30.4 the fit dives far below the lowest rate of the curve.
    wild = RDCurve((100, 101, 1000, 1010), (30, 35, 35.4, 40))
    narrow = RDCurve((100, 120, 140, 160), (31.0, 31.5, 32.0, 33))
    with pytest.raises(OvershootError, match="the cubic fit of test over quality leaves"):
        bd_rate(narrow, wild, "cubic")
    grid = np.linspace(31, 33, 101)
    fitted = np.polyval(np.polyfit(wild.quality, np.log10(wild.rate_kbps), 3), grid)
    assert fitted.mean() > np.log10(1010) + 0.1 or fitted.mean() < 2 - 0.1
    assert compare(narrow, wild).bd_rate_percent is not None


def test_different_metrics_or_orientations_are_refused():
    with pytest.raises(MetricMismatchError, match=r"psnr_y .*vmaf"):
        compare(A, RDCurve(B.rate_kbps, B.quality, "vmaf"))
    with pytest.raises(MetricMismatchError, match="lower is better"):
        compare(A, RDCurve(B.rate_kbps, B.quality, higher_is_better=False))


def test_unknown_arguments_are_refused():
    with pytest.raises(BadArgumentError, match=r"'spline'.*pchip, cubic, akima"):
        compare(A, B, "spline")
    with pytest.raises(BadArgumentError, match="between 0 and 1"):
        compare(A, B, min_overlap=75)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "top",
    [
        (90, 96, 99, 99.9),
        (95, 99.99, 100, 100),
        (85, 95, 99.9, 99.99),
        (99.98, 99.985, 99.99, 100),
    ],
)
def test_saturated_vmaf_never_gives_a_number_with_nothing_said(method, top):
    rates = (100, 200, 400, 800)
    anchor = RDCurve(rates, (88, 99.99, 100, 100), "vmaf")
    result = compare(anchor, RDCurve(rates, top, "vmaf"), method)
    assert result.bd_rate_percent is None
    assert result.rate_problem.startswith("saturated: no BD-rate: ")
    # Quality at a given rate is well defined all the same.
    assert abs(result.bd_quality) < 10
    with pytest.raises(SaturatedError):
        bd_rate(anchor, RDCurve(rates, top, "vmaf"), method)
