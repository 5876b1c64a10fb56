"""Rows of deltas: means, what they leave out, and how they look as text."""

import pytest

from bdrate import (
    BDError,
    Comparison,
    DeltaColumn,
    RDCurve,
    delta_rows,
    format_delta,
    text_table,
    try_compare,
)
from bdrate.table import notes_of

RATE = (100.0, 200.0, 400.0, 800.0)
ANCHOR = (30.0, 33.0, 36.0, 38.0)
Y, GAIN = DeltaColumn("psnr_y", True), DeltaColumn("psnr_y", False)


def row(sequence, class_, factor, quality=ANCHOR, metric="psnr_y", **keys):
    test = RDCurve(tuple(factor * r for r in RATE), quality, metric)
    result = try_compare(RDCurve(RATE, ANCHOR, metric), test)
    return Comparison({"sequence": sequence, "class": class_, **keys}, {metric: result})


def dip(sequence, class_):
    return row(sequence, class_, 1, quality=(30, 33, 32, 38))


ROWS = [
    row("Kimono", "B", 0.9),
    dip("Cactus", "B"),
    row("BQSquare", "D", 0.7),
    row("RaceHorses_416", "D", 0.8),
]


def by_name(rows):
    return {row.keys["sequence"]: row for row in rows}


def test_rows_then_class_means_then_the_overall_mean():
    rows = delta_rows(ROWS)
    assert list(by_name(rows))[4:] == ["Mean of class B", "Mean of class D", "Overall"]
    assert [row.is_mean for row in rows] == [False] * 4 + [True] * 3
    values = {name: row.deltas[Y].value for name, row in by_name(rows).items()}
    assert values["Kimono"] == pytest.approx(-10)
    assert values["Cactus"] is None
    assert values["Mean of class D"] == pytest.approx(-25)
    assert values["Overall"] == pytest.approx(-20)


def test_means_skip_failures_and_say_how_many():
    rows = by_name(delta_rows(ROWS))
    for column in (Y, GAIN):
        delta = rows["Overall"].deltas[column]
        assert (delta.missing, delta.sequences) == (1, 4)
    assert rows["Mean of class D"].deltas[Y].missing == 0
    assert "−20.00 (1 of 4 missing)" in text_table(delta_rows(ROWS))


def test_a_failed_cell_shows_the_name_and_a_note_the_sentence():
    rows = delta_rows(ROWS)
    assert rows[1].deltas[Y].problem.startswith("non-monotonic: ")
    (note,) = notes_of(rows)
    assert note.startswith("Cactus, PSNR-Y: non-monotonic: test: PSNR-Y does not rise")
    text = text_table(rows)
    assert "  non-monotonic  " in text
    assert note in text


def test_a_mean_of_nothing_is_not_a_number():
    rows = delta_rows([dip("S1", "B"), dip("S2", "B")])
    assert rows[2].deltas[Y].value is None
    assert "all 2 missing" in text_table(rows)
    assert "nan" not in text_table(rows)


def test_only_one_of_the_two_deltas_may_fail():
    rows = delta_rows(
        [row("S1", "B", 1, quality=tuple(q + 20 for q in ANCHOR)), row("S2", "B", 0.9)]
    )
    assert rows[0].deltas[Y].problem.startswith("no-overlap: ")
    assert rows[0].deltas[GAIN].value == pytest.approx(20)
    assert not rows[0].deltas[GAIN].problem
    assert "+20.00" in text_table(rows)


def test_classes_can_be_left_out_of_the_overall_mean():
    rows = by_name(delta_rows(ROWS, exclude_classes=("D", "F")))
    assert rows["Overall (without D)"].deltas[Y].value == pytest.approx(-10)
    assert rows["Mean of class D"].deltas[Y].value == pytest.approx(-25)


def test_configurations_are_not_averaged_together():
    pairs = [row(s, "B", f, config=c) for c, f in (("AI", 0.9), ("RA", 0.5)) for s in ("S1", "S2")]
    means = [one for one in delta_rows(pairs) if one.is_mean]
    assert [one.keys["config"] for one in means] == ["AI", "RA"]
    assert [one.deltas[Y].value for one in means] == [pytest.approx(-10), pytest.approx(-50)]


def test_several_metrics_stand_side_by_side():
    y, u = row("S1", "B", 0.9), row("S1", "B", 0.8, metric="psnr_u")
    (found,) = delta_rows([Comparison(y.keys, {**y.results, **u.results})])
    headings = [column.heading for column in found.deltas]
    assert headings == ["BD-rate Y [%]", "BD-PSNR Y [dB]", "BD-rate U [%]", "BD-PSNR U [dB]"]
    assert found.deltas[DeltaColumn("psnr_u", True)].value == pytest.approx(-20)


def test_warnings_are_named():
    short = RDCurve(RATE[:3], ANCHOR[:3])
    result = try_compare(RDCurve(RATE, ANCHOR), short)
    (found,) = delta_rows([Comparison({}, {"psnr_y": result})])
    assert found.warnings == ("few-points",)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (-13.292524, 2, "−13.29"),
        (5.017, 2, "+5.02"),
        (0.001, 2, "0.00"),
        (-0.001, 2, "0.00"),
        (0.00123, 4, "+0.0012"),
        (-100.0, 0, "−100"),
    ],
)
def test_numbers_have_a_sign_and_two_decimals(value, decimals, text):
    assert format_delta(value, decimals) == text


@pytest.mark.parametrize(
    ("metric", "columns"),
    [
        ("psnr_y", ("BD-rate Y [%]", "BD-PSNR Y [dB]")),
        ("psnr_yuv", ("BD-rate YUV [%]", "BD-PSNR YUV [dB]")),
        ("psnr", ("BD-rate [%]", "BD-PSNR [dB]")),
        ("xpsnr_y", ("BD-rate XPSNR-Y [%]", "BD-XPSNR-Y [dB]")),
        ("vmaf", ("BD-rate VMAF [%]", "BD-VMAF")),
        ("ms_ssim", ("BD-rate MS-SSIM [%]", "BD-MS-SSIM")),
    ],
)
def test_headings(metric, columns):
    assert tuple(DeltaColumn(metric, is_rate).heading for is_rate in (True, False)) == columns


@pytest.mark.parametrize(
    ("metric", "keys"),
    [
        ("psnr_y", ("bd_rate_y_percent", "bd_psnr_y_db")),
        ("vmaf", ("bd_rate_vmaf_percent", "bd_vmaf")),
    ],
)
def test_names_in_csv(metric, keys):
    assert tuple(DeltaColumn(metric, is_rate).key for is_rate in (True, False)) == keys


def test_text_is_aligned():
    lines = text_table(delta_rows(ROWS[2:])).splitlines()
    end = lines[0].index(Y.heading) + len(Y.heading)
    assert [line[:end].rsplit(None, 1)[-1] for line in lines[2:4]] == ["−30.00", "−20.00"]


def test_no_comparisons_make_no_table():
    with pytest.raises(BDError, match="no comparisons"):
        delta_rows([])
