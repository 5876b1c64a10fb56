"""What is wrong with a single curve has a name."""

import math

import numpy as np
import pytest

from bdrate import (
    METHODS,
    BDError,
    CurveShapeError,
    NonFiniteError,
    NonMonotonicError,
    NonPositiveRateError,
    RDCurve,
    SameRateError,
    TooFewPointsError,
    compare,
)

RATE = (100.0, 200.0, 400.0, 800.0)
PSNR = (30.0, 33.0, 36.0, 38.0)
ANCHOR = RDCurve(RATE, PSNR, label="x265")


def names(result):
    return [text.partition(":")[0] for text in result.warnings]


def test_arrays_and_lists_become_tuples_of_floats():
    curve = RDCurve(np.array([1, 2]), [3, 4])
    assert curve.rate_kbps == (1.0, 2.0)
    assert type(curve.quality[0]) is float
    assert hash(curve) == hash(RDCurve((1, 2), (3, 4)))


def test_unequal_lengths_and_text_are_refused():
    with pytest.raises(CurveShapeError, match="'x265' has 4 rates and 3 qualities"):
        RDCurve(RATE, PSNR[:3], label="x265")
    with pytest.raises(CurveShapeError, match="list of numbers"):
        RDCurve(("fast", "slow"), (1, 2))


def test_every_error_is_a_named_value_error():
    def below(cls):
        return [cls, *(c for s in cls.__subclasses__() for c in below(s))]

    found = below(BDError)
    assert len({c.name for c in found}) == len(found) >= 14
    assert issubclass(BDError, ValueError)


def test_unsorted_is_sorted_and_said():
    mixed = RDCurve((200, 100, 800, 400), (33, 30, 38, 36))
    result = compare(ANCHOR, mixed)
    assert names(result) == ["unsorted"]
    assert result.bd_rate_percent == 0


def test_order_of_qp_is_an_order():
    assert compare(ANCHOR, RDCurve(RATE[::-1], PSNR[::-1])).warnings == ()


def test_identical_points_count_once_and_are_said():
    twice = RDCurve((*RATE, 400), (*PSNR, 36))
    result = compare(ANCHOR, twice)
    assert "duplicate" in names(result)
    assert result.bd_rate_percent == 0
    assert "1 of its 5 points" in result.warnings[0]


def test_same_rate_with_another_quality_is_an_error():
    with pytest.raises(SameRateError, match=r"\(400 kbps, 36 dB\) and \(400 kbps, 36.5 dB\)"):
        compare(ANCHOR, RDCurve((*RATE, 400), (*PSNR, 36.5)))
    with pytest.raises(SameRateError):
        compare(ANCHOR, RDCurve((*RATE, 400 * (1 + 1e-12)), (*PSNR, 36.5)))


@pytest.mark.parametrize("method", METHODS)
def test_non_monotonic_is_an_error_that_names_the_points(method):
    dip = RDCurve(RATE, (30, 33, 32.5, 38))
    with pytest.raises(NonMonotonicError, match=r"\(200 kbps, 33 dB\) → \(400 kbps, 32\.5 dB\)"):
        compare(ANCHOR, dip, method)
    with pytest.raises(NonMonotonicError, match=r"^anchor: PSNR-Y does not rise"):
        compare(dip, ANCHOR, method)


def test_level_in_the_middle_is_not_monotonic():
    with pytest.raises(NonMonotonicError):
        compare(ANCHOR, RDCurve(RATE, (30, 33, 33, 38)))


def test_an_unknown_metric_of_the_other_orientation_is_not_guessed():
    falling = RDCurve(RATE, (0.4, 0.3, 0.2, 0.1), "novel")
    with pytest.raises(NonMonotonicError, match="set higher_is_better=False"):
        compare(falling, falling)
    told = RDCurve(RATE, (0.4, 0.3, 0.2, 0.1), "novel", higher_is_better=False)
    assert compare(told, told).bd_rate_percent == 0


def test_lpips_that_rises_is_refused():
    wrong = RDCurve(RATE, PSNR, "lpips")
    with pytest.raises(NonMonotonicError, match=r"does not fall.*set higher_is_better=True"):
        compare(wrong, wrong)


@pytest.mark.parametrize(
    ("rates", "qualities", "text"),
    [
        (RATE, (30, 33, 36, math.inf), "lossless"),
        (RATE, (30, math.nan, 36, 38), r"point 2 \(200 kbps\) is nan"),
        (RATE, (-math.inf, 33, 36, 38), "is -inf"),
        ((100, 200, 400, math.inf), PSNR, "rate of point 4 is inf"),
        ((math.nan, 200, 400, 800), PSNR, "rate of point 1 is nan"),
    ],
)
def test_nan_and_infinity_are_errors(rates, qualities, text):
    with pytest.raises(NonFiniteError, match=text):
        compare(ANCHOR, RDCurve(rates, qualities))


@pytest.mark.parametrize("rate", [0.0, -5.0])
def test_rates_must_be_positive(rate):
    with pytest.raises(NonPositiveRateError, match=f"rate of point 1 is {rate:g} kbps"):
        compare(ANCHOR, RDCurve((rate, 200, 400, 800), PSNR))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("count", [2, 3])
def test_two_and_three_points_are_computed_and_said(method, count):
    few = RDCurve(RATE[:count], tuple(q + 1 for q in PSNR[:count]), label="short")
    result = compare(ANCHOR, few, method)
    assert "few-points" in names(result)
    assert f"test 'short' has {count} rate points" in result.warnings[0]
    assert -40 < result.bd_rate_percent < 0


@pytest.mark.parametrize("method", METHODS)
def test_two_points_are_a_straight_line(method):
    line = RDCurve((100, 400), (30, 36))
    shifted = RDCurve((50, 200), (30, 36))
    assert compare(line, shifted, method).bd_rate_percent == pytest.approx(-50)
    assert compare(line, shifted, method).bd_quality == pytest.approx(3)


@pytest.mark.parametrize(
    ("rates", "qualities", "count"), [((), (), 0), ((100,), (30,), 1), ((100, 100), (30, 30), 1)]
)
def test_fewer_than_two_points_are_an_error_with_their_count(rates, qualities, count):
    with pytest.raises(TooFewPointsError, match=f"has {count} different rate point"):
        compare(ANCHOR, RDCurve(rates, qualities))
