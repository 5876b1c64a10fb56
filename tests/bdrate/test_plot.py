"""Figures."""

import sys

import numpy as np
import pytest
from matplotlib.image import imread

from bdrate import BadArgumentError, RDCurve, compare
from bdrate.plot import plot_comparison

A = RDCurve((90.33, 181.03, 332.99, 547.79), (27.95, 31.17, 34.44, 38.11), label="x265")
B = RDCurve((127.1719, 186.14, 307.2924, 481.5588), (29.9286, 32.4165, 34.7013, 37.4561))


@pytest.mark.parametrize(
    ("suffix", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("PDF", b"%PDF")]
)
def test_the_suffix_is_the_format(tmp_path, suffix, magic):
    path = tmp_path / f"rd.{suffix}"
    assert plot_comparison(A, B, compare(A, B), path=path) == path
    assert path.read_bytes().startswith(magic)


def shaded(path):
    pixels = imread(path)[..., :3]
    return int((np.abs(pixels - 0.85).max(axis=-1) < 0.01).sum())


def test_the_area_between_the_curves_is_shaded(tmp_path):
    plot_comparison(A, B, compare(A, B), path=tmp_path / "gap.png")
    plot_comparison(A, A, compare(A, A), path=tmp_path / "same.png")
    assert shaded(tmp_path / "gap.png") > shaded(tmp_path / "same.png") + 5000


def test_curves_without_a_bd_rate_are_drawn_without_area(tmp_path):
    full = RDCurve((100, 200, 400, 800), (90, 99.99, 100, 100), "vmaf")
    result = compare(full, full)
    assert result.bd_rate_percent is None
    path = plot_comparison(full, full, result, path=tmp_path / "flat.svg")
    assert path.stat().st_size > 5000


@pytest.mark.parametrize("method", ["cubic", "akima"])
def test_lower_is_better_and_other_methods(tmp_path, method):
    worse, better = (
        RDCurve(c.rate_kbps, tuple(1 - q / 100 for q in c.quality), "lpips") for c in (A, B)
    )
    plot_comparison(worse, better, compare(worse, better, method), path=tmp_path / "l.png")
    assert shaded(tmp_path / "l.png") > 5000


def test_pyplot_is_not_touched(tmp_path):
    plot_comparison(A, B, compare(A, B), path=tmp_path / "rd.png")
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(BadArgumentError, match=r"\.png, \.svg or \.pdf"):
        plot_comparison(A, B, compare(A, B), path=tmp_path / "rd.gif")
    assert list(tmp_path.iterdir()) == []
