"""The choice as pure numbers, and how it is signalled."""

import itertools
import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codecpipe.adaptive.decide import (
    RatePoint,
    cheapest,
    floored,
    rate_floor,
    rd_cost,
    slope,
)
from codecpipe.adaptive.fast import choose
from codecpipe.adaptive.gops import Segment, gop_ranges, pack, segments_of, signalling_bytes, unpack
from codecpipe.adaptive.modes import ANCHOR, Mode, default_modes, parse_mode, with_anchor
from codecpipe.errors import InputError
from codecpipe.format import VideoFormat
from codecpipe.layout import Config, LayoutOptions

cost = st.floats(-1e4, 1e4).map(lambda value: round(value, 3))
start = st.floats(0, 1e3).map(lambda value: round(value, 3))


def total_cost(costs, starts, choices):
    """The total cost of some choices, see `cheapest`."""
    total = sum(gop[choice] for gop, choice in zip(costs, choices, strict=True))
    return total + sum(starts[now] for before, now in pairwise(choices) if now != before)


@st.composite
def tables(draw):
    modes, gops = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    row = st.lists(cost, min_size=modes, max_size=modes)
    costs = draw(st.lists(row, min_size=gops, max_size=gops))
    return costs, draw(st.lists(start, min_size=modes, max_size=modes))


@given(tables())
def test_no_choice_costs_less(table):
    costs, starts = table
    chosen = total_cost(costs, starts, cheapest(costs, starts))
    every = itertools.product(range(len(starts)), repeat=len(costs))
    assert chosen == pytest.approx(min(total_cost(costs, starts, one) for one in every))


@given(tables())
def test_the_choice_is_never_worse_than_the_anchor_alone(table):
    costs, starts = table
    anchor = total_cost(costs, starts, (0,) * len(costs))
    assert total_cost(costs, starts, cheapest(costs, starts)) <= anchor + 1e-9


def test_of_equal_costs_the_anchor_wins_and_nothing_is_switched_for_nothing():
    assert cheapest([[1, 1], [1, 1]], [0, 0]) == (0, 0)
    assert cheapest([[1, 0], [1, 1], [1, 0]], [0, 0]) == (1, 1, 1)
    assert cheapest([[5, 0], [0, 1], [5, 0]], [0, 3]) == (1, 1, 1)
    assert cheapest([[5, 0], [0, 5], [5, 0]], [1, 3]) == (1, 0, 1)


@given(
    scale=st.floats(0.5, 20),
    rates=st.lists(st.floats(10, 1e6), min_size=3, max_size=3, unique=True),
    other=st.tuples(st.floats(1, 1e7), st.floats(-100, 100)),
)
def test_what_beats_the_line_beats_a_concave_curve_where_it_is_known(scale, rates, other):
    """PSNR = scale · log(rate) is concave: the line is above it at and beyond the neighbours."""
    rates.sort()
    curve = [RatePoint(rate, scale * math.log(rate)) for rate in rates]
    lambda_ = slope(curve)
    if lambda_ is None:
        return  # no float apart
    for rate in (rates[0], rates[1], rates[2], rates[0] / 2, rates[2] * 2):
        on_curve = RatePoint(rate, scale * math.log(rate))
        assert rd_cost(on_curve, lambda_) >= rd_cost(curve[1], lambda_) - 1e-6 * abs(scale * 20)
    point = RatePoint(*other)
    beats = rd_cost(point, lambda_) < rd_cost(curve[1], lambda_) - 1e-4
    if beats and not rates[0] < point.bits < rates[2]:
        assert point.psnr_db > scale * math.log(point.bits) - 1e-3


def test_bits_without_a_price():
    flat = RatePoint(100, 30.0)
    assert slope([flat]) is None
    assert slope([flat, RatePoint(100, 31.0)]) is None
    assert slope([flat, RatePoint(110, 30.0), RatePoint(90, 30.0)]) is None
    assert slope([flat, RatePoint(110, 29.0)]) is None
    assert slope([flat, RatePoint(90, 29.0), RatePoint(110, 30.5)]) == pytest.approx(1.5 / 20)


# --- GOPs and their choices -------------------------------------------------------------------


@given(st.integers(1, 200), st.integers(0, 70))
def test_gops_hold_every_frame_once(frames, gop):
    ranges = gop_ranges(frames, gop)
    assert [frame for one in ranges for frame in one] == list(range(frames))
    assert all(len(one) == (gop or frames) for one in ranges[:-1])


@given(st.data(), st.integers(2, 16), st.integers(1, 50))
def test_choices_come_back_out_of_their_bytes(data, modes, gops):
    choices = tuple(data.draw(st.lists(st.integers(0, modes - 1), min_size=gops, max_size=gops)))
    packed = pack(choices, modes)
    assert (
        len(packed)
        == signalling_bytes(gops, modes)
        == math.ceil(gops * math.ceil(math.log2(modes)) / 8)
    )
    assert unpack(packed, gops, modes) == choices


def test_wrong_bytes_are_refused():
    assert pack((1, 4, 0), 5) == bytes([0b00110000, 0b0_0000000])
    with pytest.raises(ValueError, match="another size"):
        unpack(b"\x00", 3, 5)
    with pytest.raises(ValueError, match="none of the candidates"):
        unpack(bytes([0b10100000, 0]), 3, 5)
    with pytest.raises(ValueError, match="none of the candidates"):
        unpack(bytes([0, 1]), 3, 5)


def test_segments_are_maximal_runs():
    assert segments_of((0, 0, 2, 0), 15, 4) == (
        *(Segment(0, 8, 0), Segment(8, 4, 2), Segment(12, 3, 0)),
    )
    assert segments_of((1,), 9, 0) == (Segment(0, 9, 1),)


# --- modes ------------------------------------------------------------------------------------


def test_modes_by_name():
    assert parse_mode("anchor") == ANCHOR
    assert parse_mode("crs 2") == parse_mode(" crs k2 ") == Mode("crs", Fraction(2), 5)
    assert parse_mode("uniform 3/2 d-2") == Mode("uniform", Fraction(3, 2), -2)
    assert parse_mode("uniform 1.5", 3) == Mode("uniform", Fraction(3, 2), 3)
    assert [m.label for m in default_modes(VideoFormat(192, 128))] == [
        *("anchor", "crs k2", "crs k4", "uniform k2", "uniform k4"),
    ]
    assert Mode("crs", Fraction(2), 8).label == "crs k2 δ8"


@pytest.mark.parametrize(
    "text", ["", "crs", "tds 2", "crs 1", "crs 0", "crs 2/0", "crs two", "anchor 2", "crs 2 5 5"]
)
def test_what_is_no_mode(text):
    with pytest.raises(InputError) as caught:
        parse_mode(text)
    assert "\n" not in str(caught.value)


def test_the_anchor_is_always_a_candidate():
    crs = Mode("crs", Fraction(2), 5)
    assert with_anchor([crs]) == with_anchor([crs, ANCHOR]) == (ANCHOR, crs)
    for wrong in ([], [ANCHOR], [crs, crs], [Mode("crs", Fraction(2), d) for d in range(20)]):
        with pytest.raises(InputError):
            with_anchor(wrong)


def test_small_videos_have_fewer_modes():
    assert [m.label for m in default_modes(VideoFormat(62, 128))] == [
        *("anchor", "crs k2", "uniform k2"),
    ]
    with pytest.raises(InputError, match="too small"):
        default_modes(VideoFormat(24, 24))


def test_a_mode_is_an_ordinary_layout_with_its_own_scale():
    options = LayoutOptions(gop=4)
    layout = Mode("uniform", Fraction(4), 3).make(9, Config.LDP, options)
    assert (layout.name, layout.options.gop) == ("uniform", 4)
    assert [(s.scale, s.qp_offset) for s in layout.streams] == [(4, -3)]
    assert ANCHOR.make(9, Config.LDP, options).options == options


@given(st.floats(0, 1e4), st.floats(0, 1e4), st.floats(0, 1e4))
def test_the_fast_choice_keeps_full_size_where_resampling_costs(coding, two, four):
    modes = default_modes(VideoFormat(192, 128))
    losses = {Fraction(2): two, Fraction(4): four}
    chosen = modes[choose(coding, losses, modes)]
    assert not chosen.is_lr or losses[chosen.scale] < coding
    assert choose(0, losses, modes) == 0
    assert modes[choose(1.0, {Fraction(2): 0.0, Fraction(4): 1e9}, modes)].scale == 2


def test_modes_of_too_low_a_rate_are_left_out():
    """The anchor halves its rate in 5 QPs, from 400 bits at QP 30 to 200 at QP 35."""
    floor = rate_floor(RatePoint(200, 30), RatePoint(400, 33), 5)
    assert floor == pytest.approx(0.5)
    quarter = rate_floor(RatePoint(100, 30), RatePoint(100 * 2**0.8, 31), 4)
    assert quarter == pytest.approx(0.5)
    costs, bits = [0.0, -3.0, -9.0], [300, 150, 149]
    assert floored(costs, bits, floor, (0,)) == (0.0, -3.0, math.inf)
    assert floored(costs, bits, floor, (0, 2)) == (0.0, -3.0, -9.0)
    assert floored(costs, bits, 2.0, (0,)) == (0.0, math.inf, math.inf)
    assert cheapest([floored([0.0, -3.0], [300, 10], floor, (0,))] * 2, [0, 0]) == (0, 0)
