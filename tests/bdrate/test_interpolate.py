"""The three interpolants."""

import numpy as np
import pytest

from bdrate.errors import BadArgumentError
from bdrate.interpolate import METHODS, falls_inside, fit

X = np.array([27.95, 31.17, 34.44, 38.11])
Y = np.log10([90.33, 181.03, 332.99, 547.79])


@pytest.mark.parametrize("method", METHODS)
def test_passes_through_its_points_and_integrates_exactly(method):
    f = fit(X, Y, method)
    np.testing.assert_allclose(f(X), Y, rtol=1e-12)
    grid = np.linspace(29.5, 37, 200_001)
    assert float(f.integrate(29.5, 37)) == pytest.approx(np.trapezoid(f(grid), grid), rel=1e-9)


def test_cubic_is_numpys_polynomial():
    grid = np.linspace(X[0], X[-1], 50)
    np.testing.assert_allclose(
        fit(X, Y, "cubic")(grid), np.polyval(np.polyfit(X, Y, 3), grid), rtol=1e-9
    )


def test_cubic_through_more_points_is_least_squares():
    x = np.append(X, 41.0)
    y = np.append(Y, 3.2)
    residual = fit(x, y, "cubic")(x) - y
    assert np.abs(residual).max() > 1e-4
    for power in range(4):
        assert abs(residual @ ((x - 34) / 7) ** power) < 1e-12


def test_cubic_through_three_points_is_a_parabola():
    x = np.array([1.0, 2.0, 4.0])
    np.testing.assert_allclose(fit(x, x**2, "cubic")([1.5, 3.0]), [2.25, 9.0])


def test_falls_inside_finds_a_dip_between_the_ends():
    x = np.linspace(0, 4, 4)
    f = fit(x, x * (x - 1.5) * (x - 3), "cubic")
    assert falls_inside(f, 0.0, 4.0)
    assert not falls_inside(f, 3.0, 4.0)
    assert not falls_inside(f, 0.0, 0.3)


def test_unknown_method():
    with pytest.raises(BadArgumentError):
        fit(X, Y, "linear")
