"""BD-rates of offsets, the best of them, and what is said where there is none."""

import math
from dataclasses import replace

import pytest

from bdrate import RDCurve, bd_rate
from experiments.offsets.best import best_delta, offset_rows, study_sequence
from experiments.offsets.clouds import Cloud, GridPoint, Setting
from experiments.offsets.local import best_by_rate, rate_difference
from experiments.tables.table import Cell

QPS = (27, 32, 37, 42, 47)
SETTING = Setting("x265", "LDP", "lanczos", ())


def _anchor(qp, rate=1.0, psnr=0.0):
    return GridPoint(qp, 0, rate * 1000 * 2 ** ((27 - qp) / 5), 44 - 0.7 * (qp - 27) + psnr)


def _cloud(name="a", cls="D", best=3, deltas=range(9), lift=0.0):
    """Offsets cost (δ − best)² / 100 of the rate; all of them lie on the anchor's slope."""
    points = []
    for qp in QPS:
        for delta in deltas:
            factor = 0.9 * (1 + (delta - best) ** 2 / 100)
            points.append(replace(_anchor(qp, factor, lift), delta=delta))
    return Cloud(SETTING, name, cls, tuple(_anchor(qp) for qp in QPS), tuple(points))


def test_bd_rates_are_those_of_bdrate():
    cloud = _cloud()
    study = study_sequence(cloud, 5)
    anchor = RDCurve(*zip(*[(p.rate_kbps, p.psnr_y) for p in cloud.anchor], strict=True))
    for delta, cell in study.bd.items():
        test = RDCurve(*zip(*[(p.rate_kbps, p.psnr_y) for p in cloud.of(delta)], strict=True))
        assert cell.value == pytest.approx(bd_rate(anchor, test))
        # All curves end at the same PSNRs here: one interval is as good as the other.
        assert study.common[delta].value == pytest.approx(cell.value)
    assert study.bd[3].value == pytest.approx(-10)
    assert study.over_paper[5].value == 0
    assert study.over_paper[3].value == pytest.approx(100 * (1 / 1.04 - 1))


def test_the_best_offset_of_sequences_classes_and_overall():
    studies = [
        study_sequence(cloud, 5)
        for cloud in (_cloud("a", "C", 2), _cloud("b", "D", 4), _cloud("c", "D", 6))
    ]
    rows = {row.label: row for row in offset_rows(studies, 5)}
    assert [rows[name].best for name in "abc"] == [2, 4, 6]
    assert list(rows) == ["a", "b", "c", "Class D, mean of 2", "Overall, mean of 3"]
    assert rows["Class D, mean of 2"].best == 5
    overall = rows["Overall, mean of 3"]
    assert overall.best == 4
    mean = sum(study.bd[4].value for study in studies) / 3
    assert overall.bd_best.value == pytest.approx(mean)
    assert overall.gain_points == pytest.approx(overall.bd_paper.value - mean)
    assert rows["a"].gain_points == pytest.approx(rows["a"].bd[5].value - rows["a"].bd[2].value)


def test_a_sequence_without_a_number_is_named_and_not_dropped_in_silence():
    broken = _cloud("bad", lift=40)  # shares no PSNR with its anchor
    rows = offset_rows([study_sequence(_cloud(), 5), study_sequence(broken, 5)], 5)
    assert rows[1].best is None
    assert rows[1].bd[3].error == "no-overlap"
    overall = rows[-1]
    assert overall.counted[3] == 1
    assert overall.sequences == 2
    assert "mean over 1 of 2 sequences, without bad (no-overlap)" in overall.bd[3].notes[0]


def test_means_of_fewer_sequences_do_not_win():
    bd = {1: Cell(-20.0), 2: Cell(-5.0), 3: Cell(None, "no-overlap")}
    assert best_delta(bd, {1: 1, 2: 3, 3: 0}, 5) == 2
    assert best_delta({}, {}, 5) is None
    assert best_delta({1: Cell(-1.0), 4: Cell(-1.0)}, {1: 1, 4: 1}, 5) == 4


def test_a_grid_without_the_papers_offset():
    (row,) = offset_rows([study_sequence(_cloud(deltas=(1, 3)), 5)], 5)
    assert row.best == 3
    assert row.bd_paper.error == row.over_paper.error == "not-in-grid"
    assert row.gain_points is None


def test_curves_that_fall_are_named():
    cloud = _cloud(deltas=(5,))
    points = (*cloud.points[:-1], replace(cloud.points[-1], psnr_y=60.0))
    study = study_sequence(replace(cloud, points=points), 5)
    assert study.bd[5].error == study.common[5].error == "non-monotonic"


def test_one_interval_where_curves_end_at_other_psnrs():
    cloud = _cloud(deltas=(0, 4))
    shifted = tuple(
        replace(p, rate_kbps=p.rate_kbps * 2 ** (1 / 7), psnr_y=p.psnr_y + 0.1) if p.delta else p
        for p in cloud.points
    )
    study = study_sequence(replace(cloud, points=shifted), 5)
    assert study.bd[0].value == pytest.approx(study.common[0].value)  # log rate is linear here
    assert study.common[4].value is not None


def test_rate_differences_are_at_equal_psnr_and_within_the_anchor():
    cloud = _cloud(best=0, deltas=(0, 5))
    found = rate_difference(cloud)
    assert found[37, 0] == pytest.approx(-10)
    assert found[37, 5] == pytest.approx(12.5)
    outside = rate_difference(_cloud(deltas=(0,), lift=3.0))
    assert outside[27, 0] is None
    assert outside[47, 0] is not None


def test_the_best_offset_at_each_rate():
    cloud = _cloud(best=3)
    study = study_sequence(cloud, 5)
    rows = best_by_rate(cloud, study.hull, 5)
    assert [row.anchor.qp for row in rows] == list(QPS)
    middle = rows[2]
    assert (middle.delta, middle.compared) == (3, 9)
    assert middle.gain_db == pytest.approx(-0.7 * 5 * math.log2(0.9), abs=1e-6)
    assert middle.over_paper_db == pytest.approx(0.7 * 5 * math.log2(1.04), abs=1e-6)
    assert middle.on_hull == (3,)
    low = best_by_rate(_cloud(deltas=(0,)), (), 5)
    assert low[0].delta == 0 or low[0].delta is None
    assert low[2].over_paper_db is None
