"""The table by class: what counts, and means computed here a second time."""

import csv
import io

import pytest
from scipy.stats import gmean

from experiments.tables.jvet import COLUMNS, jvet_table
from experiments.tables.jvet_view import jvet_flat, jvet_markdown, jvet_tables
from experiments.tables.means import means
from experiments.tables.rows import BDRow
from experiments.tables.table import Cell, shown
from experiments.tables.writers.csv import csv as csv_text

VVC = {
    "Tango2": ("A1", -8.0),
    "CatRobot": ("A2", -6.0),
    "Cactus": ("B", -1.0),
    "BQTerrace": ("B", -3.0),
    "BQMall": ("C", 2.0),
    "Johnny": ("E", -10.0),
    "BQSquare": ("D", 50.0),
    "SlideShow": ("F", 70.0),
}


def bd(sequence, class_name, value, method="crs", error="", **cells):
    """A sequence's BD row: ``value`` for Y, its halves for U and V; EncT 50, DecT 200."""
    y, u, v, enc, dec = COLUMNS
    numbers = {y: value, u: value / 2, v: value / 4, enc: 50.0, dec: 200.0, **cells}
    notes = (f"{error}: a sentence.",) if error else ()
    return BDRow(
        scope="sequence",
        codec="vtm",
        config="RA",
        method=method,
        anchor="anchor",
        sequence_class=class_name,
        sequence=sequence,
        sequences=1,
        cells={
            key: Cell(None, error, notes) if error and key == u else Cell(number)
            for key, number in numbers.items()
        },
    )


def rows_of(sequences, **options):
    rows = [bd(name, cls, value, **options) for name, (cls, value) in sequences.items()]
    return (*rows, *means(rows))


def rows_shown(table):
    (block,) = table.blocks
    return {row.label: row for row in block}


def test_vvc_classes_d_and_f_do_not_count():
    table = jvet_table(rows_of(VVC))
    rows = rows_shown(table)
    assert list(rows) == [
        *("Class A1", "Class A2", "Class B", "Class C", "Class E"),
        *("Overall (CTC)", "Class D", "Class F"),
    ]
    y, u, v, *_ = COLUMNS
    assert rows["Class B"].mean.cells[y].value == pytest.approx(-2)
    # By hand, over six sequences and not over five classes: (−8 −6 −1 −3 + 2 − 10) / 6.
    overall = rows["Overall (CTC)"]
    assert overall.mean.sequences == 6
    assert overall.mean.cells[y].value == pytest.approx(-26 / 6)
    assert overall.mean.cells[u].value == pytest.approx(-26 / 12)
    assert overall.mean.cells[v].value == pytest.approx(-26 / 24)
    assert rows["Class D"].mean.cells[y].value == pytest.approx(50)
    assert [row.counted for row in rows.values()] == [True] * 6 + [False] * 2
    assert "VVC CTC" in table.rule
    assert "classes D and F are listed below it, not counted" in table.rule
    assert "bd_all_frames" in table.rule


def test_times_are_geometric_means_over_the_sequences_that_count():
    *_, enc, dec = COLUMNS
    rows = [
        bd("Tango2", "A1", 1.0, **{enc: 40.0, dec: 100.0}),
        bd("Cactus", "B", 1.0, **{enc: 90.0, dec: 400.0}),
        bd("BQSquare", "D", 1.0, **{enc: 1.0, dec: 1.0}),
    ]
    overall = rows_shown(jvet_table((*rows, *means(rows))))["Overall (CTC)"]
    assert overall.mean.cells[enc].value == pytest.approx(60)  # √(40 · 90)
    assert overall.mean.cells[dec].value == pytest.approx(gmean([100, 400]))


def test_hevc_class_d_counts():
    sequences = {
        "Traffic": ("A", -4.0),
        "Kimono": ("B", -2.0),
        "BQSquare": ("D", 12.0),
        "ChinaSpeed": ("F", 100.0),
    }
    table = jvet_table(rows_of(sequences))
    rows = rows_shown(table)
    assert list(rows) == ["Class A", "Class B", "Class D", "Overall (CTC)", "Class F"]
    assert rows["Overall (CTC)"].mean.cells[COLUMNS[0]].value == pytest.approx(2)
    assert "HEVC CTC; class F is listed below it" in table.rule


@pytest.mark.parametrize(
    ("sequences", "catalogues", "counts"),
    [
        ({"Cactus": ("B", 0.0), "BQSquare": ("D", 6.0)}, (), False),  # in both: VVC's rule
        ({"Cactus": ("B", 0.0), "BQSquare": ("D", 6.0)}, ("hevc_ctc",), True),
        ({"Cactus": ("B", 0.0), "BQSquare": ("D", 6.0)}, ("hevc_ctc", "jvet_ctc"), False),
        ({"Cactus": ("B", 0.0), "BQSquare": ("D", 6.0)}, ("mine",), False),
        ({"ParkScene": ("B", 0.0), "BQSquare": ("D", 6.0)}, (), True),  # in the HEVC CTC only
        ({"ParkScene": ("B", 0.0), "BQSquare": ("D", 6.0)}, ("jvet_ctc",), False),
        ({"RitualDance": ("B", 0.0), "BQSquare": ("D", 6.0)}, (), False),
        ({"mine": ("A", 0.0), "other": ("D", 6.0)}, (), True),
        ({"mine": ("A1", 0.0), "other": ("D", 6.0)}, (), False),
    ],
)
def test_which_conditions_these_are(sequences, catalogues, counts):
    rows = rows_shown(jvet_table(rows_of(sequences), catalogues))
    assert rows["Class D"].counted == counts
    assert rows["Overall (CTC)"].mean.cells[COLUMNS[0]].value == pytest.approx(3 if counts else 0)


def test_sequences_of_no_class_and_of_ones_own_count():
    table = jvet_table(rows_of({"Cactus": ("B", 3.0), "street": ("own", 6.0), "bikes": ("", 9.0)}))
    rows = rows_shown(table)
    assert list(rows) == ["Class B", "Class own", "–", "Overall (CTC)"]
    assert rows["Overall (CTC)"].mean.cells[COLUMNS[0]].value == pytest.approx(6)
    assert "of other classes or of none" in table.rule


def test_without_any_class_of_the_ctc_it_is_not_called_so():
    table = jvet_table(rows_of({"bikes": ("", 2.0), "street": ("own", 4.0)}))
    assert list(rows_shown(table)) == ["Class own", "–", "Overall"]
    assert table.rule.startswith("Overall: mean over all sequences")
    assert "CTC" not in jvet_markdown(table).partition("##")[2]


def test_an_overall_mean_over_nothing_has_no_number():
    table = jvet_table(rows_of({"BQSquare": ("D", 6.0)}))
    overall = rows_shown(table)["Overall (CTC)"]
    assert overall.mean.sequences == 0
    assert overall.mean.cells == {}
    assert "| **Overall (CTC)** |" in jvet_markdown(table)


def test_a_failed_cell_holds_the_errors_name():
    rows = [bd("Cactus", "B", 1.0, error="no-overlap"), bd("BQMall", "C", 3.0)]
    table = jvet_table((*rows, *means(rows)))
    shown = rows_shown(table)
    u = COLUMNS[1]
    assert shown["Class B"].mean.cells[u].error == "no-overlap"
    assert shown["Overall (CTC)"].mean.cells[u].value == pytest.approx(1.5)
    (note,) = shown["Overall (CTC)"].mean.cells[u].notes
    assert "without Cactus (no-overlap)" in note
    text = jvet_markdown(table)
    assert "no-overlap<sup>1</sup>" in text
    assert "1. no-overlap: a sentence. [Class B, vtm RA, crs: BD-rate U]" in text
    lines = list(csv.DictReader(io.StringIO(csv_text([jvet_flat(table)]))))
    assert lines[0][u] == "no-overlap"
    assert "no-overlap: a sentence." in lines[0]["notes"]


def test_csv_has_all_digits_and_says_what_counts():
    lines = list(csv.DictReader(io.StringIO(csv_text([jvet_flat(jvet_table(rows_of(VVC)))]))))
    overall = next(line for line in lines if line["row"] == "Overall (CTC)")
    assert float(overall[COLUMNS[0]]) == -26 / 6
    assert (overall["sequences"], overall["method"], overall["anchor"]) == ("6", "crs", "anchor")
    assert {line["row"] for line in lines if line["counted"] == "no"} == {"Class D", "Class F"}


def test_markdown_is_rectangular_and_in_order():
    table = jvet_table((*rows_of(VVC), *rows_of(VVC, method="tds | N5")))
    text = jvet_markdown(table)
    assert text.index("## vtm RA, crs against anchor") < text.index("## vtm RA, tds \\| N5")
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in lines} == {8}
    assert len(lines) == 2 * (8 + 2)
    assert "**-4.33**" in text
    assert table.classes == 7
    first = jvet_tables(table)[0]
    texts = [shown(v, c) for v, c in zip(first.rows[0].cells, first.columns, strict=True)]
    assert texts[:4] == ["Class A1", "1", "-8.00", "-4.00"]


def test_nothing_to_compare():
    table = jvet_table(())
    assert "nothing to compare" in jvet_markdown(table)
    assert table.rule == "There is no test method to compare with the anchor."
