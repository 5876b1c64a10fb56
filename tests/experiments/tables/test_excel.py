"""``jvet.xlsx``, read back by another library."""

import io
import math

import openpyxl
import pandas as pd
import pytest

from experiments.report.write import write_report
from experiments.results.frames import clean_points
from experiments.tables.bd import bd_rows
from experiments.tables.jvet import jvet_table
from experiments.tables.jvet_book import jvet_book

SEQUENCES = (("Cactus", "B"), ("BQTerrace", "B"), ("BasketballPass", "D"))
CRS = "crs k2 δ5 + lanczos"


def read(points):
    points = clean_points(points)
    rows = bd_rows(points)
    data = jvet_book(points, rows, jvet_table(rows))
    return openpyxl.load_workbook(io.BytesIO(data)), rows


def summary_rows(sheet):
    """{(title above, row's label): the six cells of that method} of the sheet ``Summary``."""
    found, title, methods = {}, "", []
    for row in sheet.iter_rows(min_row=4):
        first = row[0].value
        heads = [(c.column, c.value) for c in row if c.value and "against" in str(c.value)]
        if heads:
            methods = heads
        elif first and not any(c.value is not None for c in row[1:]):
            title = first
        elif first:
            for column, method in methods:
                key = (title, first, method.partition(" against")[0])
                found[key] = row[column - 1 : column + 5]
    return found


@pytest.fixture(scope="module")
def points(make_run):
    return make_run(sequences=SEQUENCES, configs=("AI", "RA"))[0]


def test_sheets(points):
    book, _ = read(points)
    assert book.sheetnames == ["Summary", "AI", "RA"]
    assert book["AI"].freeze_panes == "F3"
    assert book["Summary"].freeze_panes == "B4"


def test_summary_holds_means_as_fractions(points):
    book, rows = read(points)
    cells = summary_rows(book["Summary"])
    assert len(cells) == 2 * 2 * 3  # configurations, methods; B, overall, D
    by_name = {(r.config, r.method, r.sequence): r.cells for r in rows if r.scope == "sequence"}
    for config in "AI", "RA":
        for plane, column in (("y", 1), ("u", 2), ("v", 3)):
            key = f"bd_rate_{plane}_percent"
            one, two, d = (by_name[config, CRS, name][key].value for name, _ in SEQUENCES)
            for label, value in (
                ("Class B", (one + two) / 2),
                ("Overall (CTC)", (one + two) / 2),
                ("Class D", d),
            ):
                cell = cells[f"x265, {config}", label, CRS][column]
                assert cell.data_type == "n"
                assert cell.value == pytest.approx(value / 100, abs=1e-12)
                assert cell.number_format == "0.00%"
        enc = [by_name[config, CRS, name]["enc_time_percent"].value for name, _ in SEQUENCES[:2]]
        cell = cells[f"x265, {config}", "Class B", CRS][4]
        assert cell.value == pytest.approx(math.sqrt(enc[0] * enc[1]) / 100)
        assert cell.number_format == "0%"
        assert cells[f"x265, {config}", "Overall (CTC)", CRS][0].value == 2


def test_sequences_at_each_qp(points):
    book, rows = read(points)
    sheet = book["RA"]
    head = [cell.value for cell in sheet[2]]
    lines = [dict(enumerate(c.value for c in row)) for row in sheet.iter_rows(min_row=3)]
    assert len(lines) == 2 * 3 * 4
    assert head[:6] == ["codec", "method", "class", "sequence", "QP", "kbps"]
    at = points.set_index(["config", "method", "sequence", "qp"])
    for line in lines:
        method, sequence, qp = line[1], line[3], line[4]
        for left, name in ((5, "anchor"), (11, method)):
            point = at.loc[("RA", name, sequence, qp)]
            expected = [point[c] for c in ("rate_kbps", "psnr_y", "psnr_u", "psnr_v", "encode_s")]
            expected.append(point["decode_s"] + point["enhance_s"])
            assert [line[left + n] for n in range(6)] == pytest.approx(expected)
    with_bd = [line for line in lines if line[17] is not None]
    assert [line[4] for line in with_bd] == [22] * 6
    of_ra = {(r.method, r.sequence): r.cells for r in rows if r.config == "RA"}
    for line in with_bd:
        cells = of_ra[line[1], line[3]]
        keys = [f"bd_rate_{p}_percent" for p in "yuv"] + ["enc_time_percent", "dec_time_percent"]
        expected = [cells[key].value / 100 for key in keys]
        assert [line[17 + n] for n in range(5)] == pytest.approx(expected)


def test_no_formulas(points):
    book, _ = read(points.assign(sequence="=1+1"))
    assert book["AI"]["D3"].value == "=1+1"
    assert {c.data_type for sheet in book for row in sheet for c in row} <= {"n", "s"}


def test_failed_cells_hold_the_errors_name(points):
    bad = points.copy()
    at = (bad["sequence"] == "BasketballPass") & ~bad["is_anchor"] & (bad["config"] == "RA")
    bad.loc[at, "psnr_u"] = 80 - bad.loc[at, "psnr_u"]
    book, _ = read(bad)
    cells = summary_rows(book["Summary"])["x265, RA", "Class D", CRS]
    assert [cell.data_type for cell in cells] == ["n", "n", "s", "n", "n", "n"]
    assert cells[2].value == "non-monotonic"
    row = next(r for r in book["RA"].iter_rows(min_row=3) if r[3].value == "BasketballPass")
    assert row[18].value == "non-monotonic"
    assert row[22].value.startswith("non-monotonic: ")
    texts = [row[0].value for row in book["Summary"].iter_rows() if row[0].value]
    notes = [text for text in texts if text.startswith("non-monotonic: ")]
    assert any(f"[Class D, x265 RA: {CRS}: BD-rate U" in note for note in notes)


def test_other_qps_infinite_and_missing_values(points):
    odd = points[(points["config"] == "AI") & (points["sequence"] == "Cactus")].copy()
    odd.loc[odd["is_anchor"] & (odd["qp"] == 22), "qp"] = 20
    odd["psnr_v"] = math.inf
    odd["encode_s"] = math.nan
    sheet = read(odd)[0]["AI"]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3, max_row=7)]
    assert [line[4] for line in lines] == [20, 22, 27, 32, 37]
    assert lines[0][11] is None
    assert lines[1][5] is None
    assert lines[1][11] is not None
    assert lines[2][8] == lines[2][14] == "inf"
    assert lines[2][9] is None


def test_methods_with_other_classes_stand_below(points):
    fewer = points[(points["config"] == "AI")]
    fewer = fewer[~((fewer["method"] == CRS) & (fewer["class"] == "D"))]
    cells = summary_rows(read(fewer)[0]["Summary"])
    assert {key[1:] for key in cells} == {
        *((label, "uniform k2 + lanczos") for label in ("Class B", "Overall (CTC)", "Class D")),
        *((label, CRS) for label in ("Class B", "Overall (CTC)")),
    }


def test_names_of_sheets_are_valid(points):
    one = points[points["config"] == "AI"]
    many = [one.assign(config=name) for name in ("a/b", "a:b", "summary", "x" * 40, "History")]
    names = read(pd.concat(many, ignore_index=True))[0].sheetnames
    assert sorted(names) == ["History 2", "Summary", "a_b", "a_b 2", "summary 2", "x" * 28]


def test_without_anchor_or_test_there_is_a_book(points):
    assert read(points[points["is_anchor"]])[0].sheetnames == ["Summary"]
    book, _ = read(points[~points["is_anchor"]])
    assert book["RA"]["F3"].value is None
    assert book["RA"]["R3"].value == "no-anchor"


def test_the_report_writes_it_the_same_each_time(make_run, tmp_path):
    points, frames = make_run(sequences=SEQUENCES)
    one, two = (write_report(points, frames, {}, tmp_path / name) for name in "ab")
    assert [path.name for path in one.jvet] == ["jvet.md", "jvet.csv", "jvet.xlsx"]
    for a, b in zip(one.jvet, two.jvet, strict=True):
        assert a.read_bytes() == b.read_bytes()
    html = one.html.read_text(encoding="utf-8")
    assert html.index("Overall (CTC): mean over") < html.index("All frames against the anchor")


def test_one_class_needs_no_table_by_class_in_the_report(make_run, tmp_path):
    points, frames = make_run()
    assert "JVET contribution" not in write_report(points, frames, {}, tmp_path).html.read_text()


def test_the_catalogues_of_a_run_decide_on_class_d(make_run, tmp_path):
    points, frames = make_run(sequences=SEQUENCES)
    for catalogue, words in (("jvet_ctc", "VVC CTC"), ("hevc_ctc", "HEVC CTC")):
        files = write_report(points, frames, {"catalogues": [catalogue]}, tmp_path / catalogue)
        assert words in files.jvet[0].read_text(encoding="utf-8")
