"""Tables: means, what they leave out, and how cells look."""

import math

import pytest

from bdrate import BDError, Comparison, RDCurve, format_delta, make_table, try_compare
from bdrate.table import column_names

RATE = (100.0, 200.0, 400.0, 800.0)
ANCHOR = (30.0, 33.0, 36.0, 38.0)
Y, GAIN = "BD-rate Y [%]", "BD-PSNR Y [dB]"


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


def at(table, sequence):
    (index,) = table.frame.index[table.frame["sequence"] == sequence]
    return index


def test_rows_then_class_means_then_the_overall_mean():
    table = make_table(ROWS)
    assert list(table.frame["sequence"])[4:] == ["Mean of class B", "Mean of class D", "Overall"]
    assert list(table.frame["mean"]) == [False] * 4 + [True] * 3
    values = table.frame[Y]
    assert values[at(table, "Kimono")] == pytest.approx(-10)
    assert math.isnan(values[at(table, "Cactus")])
    assert values[at(table, "Mean of class D")] == pytest.approx(-25)
    assert values[at(table, "Overall")] == pytest.approx(-20)


def test_means_skip_failures_and_say_how_many():
    table = make_table(ROWS)
    overall = at(table, "Overall")
    assert table.missing[overall, Y] == (1, 4)
    assert table.frame["missing"][overall] == f"{Y}: 1 of 4 missing; {GAIN}: 1 of 4 missing"
    assert (at(table, "Mean of class D"), Y) not in table.missing
    assert "−20.00 (1 of 4 missing)" in table.to_text()


def test_a_failed_cell_shows_the_name_and_a_note_the_sentence():
    table = make_table(ROWS)
    assert table.failed[1, Y] == "non-monotonic"
    (note,) = table.notes
    assert note.startswith("Cactus, PSNR-Y: non-monotonic: test: PSNR-Y does not rise")
    for text in (table.to_text(), table.to_markdown(), table.to_latex()):
        assert "non-monotonic" in text
        assert "does not rise" in text


def test_a_mean_of_nothing_is_not_a_number():
    table = make_table([dip("S1", "B"), dip("S2", "B")])
    assert math.isnan(table.frame[Y][2])
    assert "all 2 missing" in table.to_text()
    assert "nan" not in table.to_text()


def test_only_one_of_the_two_deltas_may_fail():
    table = make_table(
        [row("S1", "B", 1, quality=tuple(q + 20 for q in ANCHOR)), row("S2", "B", 0.9)]
    )
    assert table.failed == {(0, Y): "no-overlap"}
    assert table.frame[GAIN][0] == pytest.approx(20)
    assert "+20.00" in table.to_text()


def test_classes_can_be_left_out_of_the_overall_mean():
    table = make_table(ROWS, exclude_classes=("D", "F"))
    overall = at(table, "Overall (without D)")
    assert table.frame[Y][overall] == pytest.approx(-10)
    assert table.frame[Y][at(table, "Mean of class D")] == pytest.approx(-25)


def test_configurations_are_not_averaged_together():
    rows = [row(s, "B", f, config=c) for c, f in (("AI", 0.9), ("RA", 0.5)) for s in ("S1", "S2")]
    frame = make_table(rows).frame
    means = frame[frame["mean"]]
    assert list(means["config"]) == ["AI", "RA"]
    assert list(means[Y]) == [pytest.approx(-10), pytest.approx(-50)]


def test_several_metrics_stand_side_by_side():
    y, u = row("S1", "B", 0.9), row("S1", "B", 0.8, metric="psnr_u")
    table = make_table([Comparison(y.keys, {**y.results, **u.results})])
    assert {Y, GAIN, "BD-rate U [%]", "BD-PSNR U [dB]"} <= set(table.frame.columns)
    assert table.frame["BD-rate U [%]"][0] == pytest.approx(-20)


def test_warnings_are_named():
    short = RDCurve(RATE[:3], ANCHOR[:3])
    result = try_compare(RDCurve(RATE, ANCHOR), short)
    assert make_table([Comparison({}, {"psnr_y": result})]).frame["warnings"][0] == "few-points"


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
        ("psnr_y", (Y, GAIN)),
        ("psnr_yuv", ("BD-rate YUV [%]", "BD-PSNR YUV [dB]")),
        ("psnr", ("BD-rate [%]", "BD-PSNR [dB]")),
        ("xpsnr_y", ("BD-rate XPSNR-Y [%]", "BD-XPSNR-Y [dB]")),
        ("vmaf", ("BD-rate VMAF [%]", "BD-VMAF")),
        ("ms_ssim", ("BD-rate MS-SSIM [%]", "BD-MS-SSIM")),
    ],
)
def test_headings(metric, columns):
    assert column_names(metric) == columns


def test_text_is_aligned():
    lines = make_table(ROWS[2:]).to_text().splitlines()
    end = lines[0].index(Y) + len(Y)
    assert [line[:end].rsplit(None, 1)[-1] for line in lines[2:4]] == ["−30.00", "−20.00"]


def test_markdown_has_one_cell_a_column():
    lines = [n for n in make_table(ROWS).to_markdown().splitlines() if n.startswith("|")]
    assert len({line.count("|") for line in lines}) == 1
    assert len(lines) == 2 + 4 + 3
    assert lines[1].startswith("| --- | --- | ---: |")
    assert "| Kimono | B | −10.00 |" in lines[2]


def test_latex_is_escaped_and_complete():
    text = make_table(ROWS).to_latex()
    assert r"RaceHorses\_416 & D & $-$20.00" in text
    assert r"BD-rate Y [\%]" in text
    assert "−" not in text
    body = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert len({line.replace(r"\&", "").count("&") for line in body}) == 1
    assert text.count(r"\midrule") == 2
    assert text.index(r"\begin{tabular}{llrr") < text.index(r"\end{tabular}")


def test_no_comparisons_make_no_table():
    with pytest.raises(BDError, match="no comparisons"):
        make_table([])
