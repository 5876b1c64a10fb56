"""One table in its six forms: each says the same numbers, problems and notes."""

import csv
import io
import re

import openpyxl
import pytest

from experiments.tables.table import (
    Cell,
    Column,
    Footnotes,
    Interval,
    Row,
    Table,
    plain_rows,
    shown,
    text_columns,
    tone,
)
from experiments.tables.writers.csv import csv as csv_text
from experiments.tables.writers.excel import excel
from experiments.tables.writers.html import html
from experiments.tables.writers.latex import latex
from experiments.tables.writers.markdown import markdown
from experiments.tables.writers.terminal import terminal

RATE = Column("bd", "Y", "BD-rate", "%", decimals=2, signed=True, saving="below", intervals=True)
TIME = Column("time", "EncT", "Time", "%", decimals=0, name="EncT")
NOTE, OTHER, WHOLE = "few-points: three.", "no-overlap: none.", "paid: all."
TABLE = Table(
    "A <b> & 50 %",
    (*text_columns("sequence"), Column("frames", "frames"), RATE, TIME),
    (
        Row(("x_1 | *", 17, Cell(-1.2345, notes=(NOTE,)), Cell(99.6)), notes=(WHOLE,)),
        Row(("y", 9, Cell(None, "no-overlap", (OTHER, NOTE)), Cell(None))),
        Row(("mean", 26, Cell(0.5, interval=Interval(-1.0, 2.0)), Cell(4e2)), strong=True),
    ),
    notes=("A sentence.",),
)


def printed(parts):
    from rich.console import Console

    console = Console(file=io.StringIO(), width=160, markup=False, highlight=False)
    for part in parts:
        console.print(part)
    return console.file.getvalue()


def test_csv_has_all_digits_keys_and_intervals_after_the_notes():
    rows = list(csv.DictReader(io.StringIO(csv_text([TABLE]))))
    head = ["sequence", "frames", "bd", "time", "notes", "bd_low95", "bd_high95"]
    assert list(rows[0]) == head
    assert [row["bd"] for row in rows] == ["-1.2345", "no-overlap", "0.5"]
    assert rows[0]["notes"] == f"{WHOLE} | bd: {NOTE}"
    assert (rows[2]["bd_low95"], rows[0]["bd_low95"]) == ("-1.0", "")
    assert rows[1]["time"] == ""


def test_csv_has_a_column_of_notes_only_where_there_are_any():
    table = Table("", text_columns("name"), plain_rows([["a"]]))
    assert csv_text([table]) == "name\na\n"
    assert csv_text([table], notes=True) == "name,notes\na,\n"
    assert csv_text([table, table]) == "name\na\na\n"
    assert csv_text([table, TABLE]).startswith("name\na\n\nsequence,frames,")


def test_markdown_marks_cells_and_numbers_the_notes():
    text = markdown([TABLE], title="T")
    lines = [[c.strip() for c in re.split(r"(?<!\\)\|", x)] for x in text.splitlines() if "|" in x]
    assert lines[0][1:-1] == ["sequence", "frames", "BD-rate Y [%]", "EncT [%]"]
    assert lines[2][1:-1] == [r"x\_1 \| \*<sup>1</sup>", "17", "-1.23<sup>2</sup>", "100"]
    assert lines[3][1:-1] == ["y", "9", "no-overlap<sup>3,2</sup>", "–"]
    assert lines[4][1:-1] == ["**mean**", "**26**", "**+0.50**", "**400**"]
    assert lines[5][1:-1] == ["95 % interval", "", "<sub>-1.00 … +2.00</sub>", ""]
    assert "\n- A sentence.\n" in text
    places = r"[x\_1 \| \*: BD-rate Y; y: BD-rate Y]"
    assert text.index(f"2. {NOTE} {places}") < text.index(f"3. {OTHER} [y: BD-rate Y]")


def test_latex_escapes_and_stays_rectangular():
    text = latex([TABLE], title="T_1")
    assert r"\caption{T\_1: A \textless{}b\textgreater{} \& 50 \%.}" in text
    assert r"\multicolumn{1}{c}{BD-rate [\%]} & \multicolumn{1}{c}{Time [\%]}" in text
    assert r"\cmidrule(lr){3-3} \cmidrule(lr){4-4}" in text
    assert r"x\_1 \textbar{} *\textsuperscript{1} & 17 & $-1.23$\textsuperscript{2} & 100" in text
    assert r"{\scriptsize 95 \% interval} &  & {\scriptsize $-1.00\ldots +2.00$} &" in text
    assert text.count(r"\midrule") == 2
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert {line.replace(r"\&", "").count("&") for line in rows} == {3}


def test_html_has_tones_marks_and_a_true_minus():
    text = str(html([TABLE], anchor="a"))
    assert '<td class="saving">−1.23<sup><a href="#a-2">2</a></sup></td>' in text
    assert '<td class="failed">no-overlap<sup>' in text
    assert '<td class="loss">+0.50<small>−1.00 … +2.00</small></td>' in text
    assert '<tr class="mean"><td class="t">mean</td>' in text
    assert f'<li id="a-3">{OTHER} [y: BD-rate Y]</li>' in text
    assert '<th colspan="1" scope="colgroup">BD-rate [%]</th>' in text
    assert '<p class="lead">A sentence.</p>' in text


def test_neighbours_of_equal_columns_are_one_html_table_with_their_titles():
    text = str(html([TABLE, TABLE], titled=True))
    assert text.count("<table") == 1
    assert text.count('<th colspan="4" scope="rowgroup">A &lt;b&gt; &amp; 50 %</th>') == 2


def test_the_terminal_shows_numbers_notes_and_intervals():
    text = printed(terminal([TABLE]))
    cells = [[c.strip() for c in line.strip("│").split("│")] for line in text.splitlines()]
    assert ["x_1 | *", "17", "-1.23", "100"] in cells
    assert ["y", "9", "no-overlap", "–"] in cells
    assert "  95 % interval over sequences, BD-rate Y [%]: mean -1.00 … +2.00" in text
    assert f"  2) {NOTE} [x_1 | *: BD-rate Y; y: BD-rate Y]" in text


def test_names_cannot_act_on_the_terminal():
    table = Table("", text_columns("name"), plain_rows([["a\x1b[31m\nb"]]))
    assert "\x1b" not in printed(terminal([table]))


def test_excel_has_numbers_per_cents_as_fractions_and_notes_below():
    book = openpyxl.load_workbook(io.BytesIO(excel([("One", [TABLE]), ("one", [TABLE])])))
    assert book.sheetnames == ["One", "one 2"]
    rows = [[cell.value for cell in row] for row in book["One"].iter_rows()]
    assert rows[0][0] == "A <b> & 50 %"
    assert rows[1][2:] == ["BD-rate", "Time"]
    assert rows[2] == ["sequence", "frames", "Y", "EncT"]
    assert rows[3] == ["x_1 | *", 17, pytest.approx(-0.012345), pytest.approx(0.996)]
    assert rows[4] == ["y", 9, "no-overlap", "–"]
    assert book["One"]["C4"].number_format == "0.00%"
    assert any(str(row[0]).startswith(NOTE) for row in rows[6:])
    assert book["One"].freeze_panes == "C4"


def test_a_value_is_shown_by_its_column():
    assert shown(None, RATE) == shown(float("nan"), RATE) == shown(Cell(None), RATE) == "–"
    assert shown(-0.001, RATE) == "0.00"
    assert shown(float("inf"), Column("psnr", "PSNR", decimals=2)) == "inf"
    assert shown(27, Column("qp", "QP")) == "27"
    assert tone(Cell(-0.001), RATE) == ""
    assert tone(Cell(-1.0), RATE) == "saving"
    assert tone(Cell(-1.0), Column("psnr", "Y", decimals=2, saving="above")) == "loss"


def test_columns_can_be_left_out_and_rows_become_documents():
    table = TABLE.without(["frames", "time"])
    assert table.documents()[:2] == [
        {"sequence": "x_1 | *", "bd": -1.2345},
        {"sequence": "y", "bd": {"error": "no-overlap"}},
    ]


def test_a_note_of_many_places_names_a_few():
    rows = tuple(Row((f"s{n}", 1, Cell(1.0, notes=(NOTE,)), None)) for n in range(12))
    (text,) = Footnotes([Table("", TABLE.columns, rows)]).texts()
    assert text.endswith("s7: BD-rate Y; and 4 more]")
