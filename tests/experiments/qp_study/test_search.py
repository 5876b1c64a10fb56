"""The search for the best offset: never over its budget, and close to what the grid says."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.qp_study.search import allowed, search

GRID = tuple(range(-2, 13))
# BD-rate in percent of CRS k = 2 over δ −2 … 12, x265 medium LDP, QP 27 … 47: the mean of two
# clips, and each of them.
RECORDED = {
    "mean": (23.25, 20.22, 19.86, 18.12, 17.49, 18.03, 18.46, 20.70, 22.68, 25.70, 30.89, 38.50,
             46.83, 56.60, 68.51),
    "BasketballPass": (31.44, 30.64, 29.83, 29.57, 30.06, 31.17, 33.80, 35.57, 38.9, 42.75, 49.0,
                       59.3, 69.1, 80.4, 93.7),
    "goldengatetower": (15.05, 9.81, 9.88, 6.66, 4.92, 4.89, 3.11, 5.83, 6.41, 8.65, 12.73, 17.74,
                        24.53, 32.76, 43.31),
    # VVenC faster.
    "vvenc BasketballPass": (48.83, 44.54, 39.96, 38.01, 38.07, 35.93, 36.94, 37.99, 36.84, 38.97,
                             41.43, 46.28, 52.63, 59.74, 67.81),
    "vvenc goldengatetower": (54.13, 44.07, 37.09, 32.77, 26.89, 21.22, 20.05, 18.65, 17.37, 18.20,
                              19.41, 22.24, 26.49, 31.04, 37.72),
}  # fmt: skip


def test_a_third_of_the_grid():
    for deltas in range(3, 60):
        assert 3 * allowed(deltas) <= deltas
    assert (allowed(1), allowed(15)) == (1, 5)


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_curves(name):
    values = dict(zip(GRID, RECORDED[name], strict=True))
    found = search(GRID, values.__getitem__, allowed(len(GRID)))
    assert len(found.tried) <= 5
    assert found.value is not None
    assert found.value - min(values.values()) <= 0.3


@given(
    optimum=st.floats(1, 8.5),  # nearer to an end of the grid it takes more tries
    curvature=st.floats(0.05, 0.4),
    skew=st.floats(-0.02, 0.02),
    wave=st.floats(0, 6.3),
)
def test_smooth_curves_with_a_little_noise(optimum, curvature, skew, wave):
    def value(delta):
        x = delta - optimum
        return curvature * x * x * (1 + skew * x) + 0.02 * math.sin(5 * delta + wave)

    found = search(GRID, value, allowed(len(GRID)))
    assert found.value == value(found.delta)
    assert found.value - min(map(value, GRID)) <= 0.3


@given(
    values=st.lists(st.one_of(st.none(), st.floats(-50, 50)), min_size=1, max_size=20),
    budget=st.integers(1, 25),
)
def test_whatever_the_values_are(values, budget):
    asked = []
    deltas = [3 * at - 7 for at in range(len(values))]

    def value(delta):
        asked.append(delta)
        return values[deltas.index(delta)]

    found = search(deltas, value, budget)
    assert len(asked) == len(set(asked)) <= budget
    assert [delta for delta, _ in found.tried] == asked
    known = [v for _, v in found.tried if v is not None]
    assert found.value == min(known, default=None)
    assert (found.delta is None) == (not known)


def test_the_ends_of_the_grid_are_reached():
    for end in (-2, 12):
        found = search(GRID, lambda delta, end=end: abs(delta - end) ** 2 / 10, 4)
        assert abs(found.delta - end) <= 1
