"""The bootstrap interval against two independent computations and in its corner cases."""

import csv
import io

import numpy as np
import pytest

from experiments.tables.bd import bd_rows
from experiments.tables.bootstrap import FEWEST, geometric_mean_interval, mean_interval
from experiments.tables.view import bd_flat, bd_markdown, bd_overview, bd_view
from experiments.tables.writers.csv import csv as csv_text
from experiments.tables.writers.latex import latex
from experiments.tables.writers.terminal import terminal

SAMPLE = np.random.default_rng(7).normal(-3.0, 2.0, 40)


def test_it_is_the_percentile_interval_by_hand():
    draws = np.random.default_rng(99).integers(0, len(SAMPLE), (200_000, len(SAMPLE)))
    low, high = np.percentile(SAMPLE[draws].mean(axis=1), (2.5, 97.5))
    found = mean_interval(SAMPLE)
    width = high - low
    assert found.low == pytest.approx(low, abs=0.03 * width)
    assert found.high == pytest.approx(high, abs=0.03 * width)


def test_on_a_normal_sample_it_is_the_textbook_interval():
    error = SAMPLE.std() / np.sqrt(len(SAMPLE))
    found = mean_interval(SAMPLE)
    assert found.low == pytest.approx(SAMPLE.mean() - 1.96 * error, abs=0.1 * error)
    assert found.high == pytest.approx(SAMPLE.mean() + 1.96 * error, abs=0.1 * error)


def test_it_covers_the_true_mean_about_as_often_as_it_says():
    random = np.random.default_rng(3)
    samples = random.normal(1.0, 1.0, (200, 20))
    found = [mean_interval(sample) for sample in samples]
    hits = sum(one.low <= 1.0 <= one.high for one in found)
    assert 0.88 <= hits / len(samples) <= 0.98  # 20 values: a little too narrow


def test_all_resamples_of_three_values():
    """27 resamples, all equally probable: the 2.5 % and 97.5 % quantiles are the outer values."""
    found = mean_interval([1.0, 2.0, 9.0])
    assert (found.low, found.high) == (1.0, 9.0)


def test_fewer_than_three_have_none():
    assert FEWEST == 3
    assert mean_interval([]) is None
    assert mean_interval([1.0, 2.0]) is None
    assert geometric_mean_interval([1.0, 2.0]) is None


@pytest.mark.filterwarnings("error")
def test_equal_values_have_an_interval_of_no_width():
    found = mean_interval([2.5] * 4)
    assert (found.low, found.high) == (2.5, 2.5)


def test_same_values_same_interval_in_any_order():
    assert mean_interval(SAMPLE) == mean_interval(SAMPLE) == mean_interval(SAMPLE[::-1])


def test_of_ratios_it_is_symmetric_in_the_inverse():
    ratios = [50.0, 80.0, 120.0, 200.0]
    found = geometric_mean_interval(ratios)
    inverse = geometric_mean_interval([1 / r for r in ratios])
    assert found.low == pytest.approx(1 / inverse.high, rel=0.05)
    assert found.low < 98.98 < found.high


# --- in tables -----------------------------------------------------------------------------------

FOUR = (("A", "B"), ("C", "D"), ("E", "D"), ("G", "D"))


def _rows(make_run):
    points, _ = make_run(sequences=FOUR)
    # Sequences that differ: each needs another share of the anchor's rate.
    crs = points["method"].str.startswith("crs")
    share = points["sequence"].map({"A": 0.9, "C": 1.0, "E": 1.1, "G": 0.8})
    points.loc[crs, "rate_kbps"] *= share[crs]
    points["psnr_u"] = points["psnr_u"].where(points["sequence"] != "G")
    return bd_rows(points)


def test_means_over_three_and_more_have_an_interval(make_run):
    rows = _rows(make_run)
    crs = [row for row in rows if row.method.startswith("crs")]
    values = [row.cells["bd_rate_y_percent"].value for row in crs if row.scope == "sequence"]
    found = {(row.scope, row.sequence_class): row for row in crs if row.scope != "sequence"}
    overall = found["overall", ""].cells
    assert overall["bd_rate_y_percent"].interval == mean_interval(values)
    assert found["class", "D"].cells["bd_rate_y_percent"].interval == mean_interval(values[1:])
    assert found["class", "B"].cells["bd_rate_y_percent"].interval is None
    times = [row.cells["enc_time_percent"].value for row in crs if row.scope == "sequence"]
    assert overall["enc_time_percent"].interval == geometric_mean_interval(times)
    # A sequence without a number does not count: class D has two U values left.
    assert found["class", "D"].cells["bd_rate_u_percent"].interval is None
    assert all(row.cells["bd_rate_y_percent"].interval is None for row in crs[:4])


def test_csv_keeps_its_columns_and_gets_two_more_for_each(make_run):
    rows = _rows(make_run)
    lines = list(csv.DictReader(io.StringIO(csv_text([bd_flat(rows)]))))
    head = list(lines[0])
    assert head.index("notes") < head.index("bd_rate_y_percent_low95")
    overall = next(x for x in lines if x["scope"] == "overall" and x["method"].startswith("crs"))
    row = next(x for x in rows if x.scope == "overall" and x.method.startswith("crs"))
    interval = row.cells["bd_rate_y_percent"].interval
    assert float(overall["bd_rate_y_percent_low95"]) == interval.low
    assert float(overall["bd_rate_y_percent_high95"]) == interval.high
    assert lines[0]["bd_rate_y_percent_low95"] == ""


def test_readable_tables_show_it_below_the_mean(make_run):
    rows = _rows(make_run)
    shown = bd_view(rows)
    row = next(x for x in rows if x.scope == "overall" and x.method.startswith("crs"))
    interval = row.cells["bd_rate_y_percent"].interval
    text = f"{interval.low:+.2f} … {interval.high:+.2f}"
    lines = bd_markdown(shown, "t").splitlines()
    at = next(n for n, line in enumerate(lines) if "crs" in line and line.startswith("|"))
    assert text in lines[at + 1]
    assert "95 % interval" in lines[at + 1]
    assert lines[at].count("|") == lines[at + 1].count("|")
    tex = latex(shown, title="t")
    assert rf"{{\scriptsize ${text.replace(' … ', chr(92) + 'ldots ')}$}}" in tex
    printed = [str(part) for part in terminal(bd_overview(rows, "all frames"))]
    assert any("95 % interval" in part and text in part for part in printed)
