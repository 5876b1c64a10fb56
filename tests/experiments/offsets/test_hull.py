"""The lower convex hull of an R-D cloud, against scipy and by its own definition."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from experiments.offsets.hull import lower_hull

# Whole numbers: whether three points lie on a line is then decided exactly.
clouds = st.lists(st.tuples(st.integers(1, 400), st.integers(0, 60)), min_size=1, max_size=40)


def slopes(points, hull):
    """Quality per rate along the hull's edges."""
    ends = [points[at] for at in hull]
    return tuple((b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(ends))


def test_what_it_takes_and_leaves():
    points = [(10, 30), (20, 34), (15, 31), (40, 36), (30, 36), (50, 35)]
    hull = lower_hull(points)
    assert hull == (0, 1, 4)  # (15, 31) is below a line, (40, 36) costs more, (50, 35) is worse
    assert slopes(points, hull) == pytest.approx((0.4, 0.2))


def test_points_on_an_edge_and_equal_ones():
    assert lower_hull([(1, 1), (2, 2), (3, 3)]) == (0, 2)
    assert lower_hull([(5, 5), (5, 5)]) == (0,)
    assert lower_hull([(5, 4), (5, 6)]) == (1,)
    assert lower_hull([(7, 1)]) == (0,)


@given(clouds)
def test_nothing_lies_above_it(points):
    hull = [points[at] for at in lower_hull(points)]
    rates, qualities = zip(*hull, strict=True)
    assert list(rates) == sorted(set(rates))
    assert list(qualities) == sorted(set(qualities))
    assert max(q for _, q in points) == qualities[-1]
    assert min(r for r, _ in points) == rates[0]
    for rate, quality in points:
        assert quality <= np.interp(rate, rates, qualities) + 1e-9
    edges = slopes(points, lower_hull(points))
    assert all(a > b for a, b in pairwise(edges))


@given(clouds)
def test_the_order_of_points_does_not_matter(points):
    hull = [points[at] for at in lower_hull(points)]
    other = list(reversed(points))
    assert hull == [other[at] for at in lower_hull(other)]


@given(st.integers(0, 2**32 - 1))
def test_it_is_the_upper_left_part_of_scipys_hull(seed):
    points = np.random.default_rng(seed).uniform(1, 100, (30, 2))
    ours = set(lower_hull([(float(r), float(q)) for r, q in points]))
    whole = ConvexHull(points).vertices.tolist()
    assert ours <= set(whole)
    first, top = min(whole, key=lambda i: points[i, 0]), max(whole, key=lambda i: points[i, 1])
    low, high = points[first], points[top]
    above = {
        i
        for i in whole
        if (points[i, 1] - low[1]) * (high[0] - low[0])
        >= (high[1] - low[1]) * (points[i, 0] - low[0]) - 1e-9
        and low[0] <= points[i, 0] <= high[0]
    }
    assert ours == above
