"""Tables, figures and the page of a study, from points that were never coded."""

import csv
import json
import re

import pandas as pd
import pytest

from experiments.offsets.clouds import Choice, Setting
from experiments.qp_study.analysis import analyse
from experiments.qp_study.report import all_figures, all_sheets, write_study
from experiments.qp_study.search import Found, SearchReport
from experiments.tables.writers.csv import csv as csv_text
from experiments.tables.writers.markdown import markdown

DELTAS, QPS = (0, 3, 5, 8), (27, 32, 37)


def _points(sequences=(("A<b>", "C", 3), ("B", "D", 5), ("C", "D", 8)), patterns=((), (3, 0))):
    rows, choices = [], {}
    for name, cls, best in sequences:
        for qp in QPS:
            base = {"sequence": name, "class": cls, "codec": "x265 fast", "config": "LDP"}
            base |= {"qp": qp, "frames": 17, "fps": 50.0}
            rate, psnr = 1000 * 2 ** ((27 - qp) / 5), 44 - 0.7 * (qp - 27)
            rows.append({**base, "point": f"{name}-{qp}", "method": "anchor", "is_anchor": True,
                         "rate_kbps": rate, "psnr_y": psnr})  # fmt: skip
            for pattern in patterns:
                for delta in DELTAS:
                    method = f"crs δ{delta} {pattern}"
                    choices[method] = Choice(delta, pattern, "lanczos")
                    factor = (0.95 if pattern else 1) * (1 + (delta - best) ** 2 / 200)
                    rows.append({**base, "point": f"{name}-{qp}-{method}", "method": method,
                                 "is_anchor": False, "rate_kbps": rate * factor,
                                 "psnr_y": psnr - 0.1})  # fmt: skip
    return pd.DataFrame(rows), choices


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    out = tmp_path_factory.mktemp("study")
    two = (("A<b>", "C", 3), ("B", "D", 5))
    analysis = analyse(*_points(two, patterns=((),)), "pchip")
    found = Found(5, -1.5, ((3, -1.0), (8, None), (5, -1.5)))
    search = SearchReport(Setting("x265 fast", "LDP", "lanczos", ()), "", found, 48, 60, 3, -1.6)
    meta = {"title": "A study <of> δ", "study_file": "name: x"}
    page = write_study(analysis, meta, out, searches=(search,))
    return analysis, page, out


def _csv(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_tables(tmp_path):
    analysis = analyse(*_points(), "pchip")
    for stem, table in all_sheets(analysis).items():
        (tmp_path / stem).write_text(csv_text([table]), encoding="utf-8")
    best = {(row["sequence"], row["pattern"]): row for row in _csv(tmp_path / "best_offsets")}
    assert best["A<b>", "none"]["best_delta"] == "3"
    assert best["Class D, mean of 2", "none"]["best_delta"] == "5"
    assert best["Overall, mean of 3", "3,0"]["counted"] == "3"
    gains = [float(row["gain_points"]) for row in best.values()]
    assert min(gains) == 0
    patterns = {(r["sequence"], r["pattern"]): r for r in _csv(tmp_path / "patterns")}
    assert float(patterns["B", "none"]["gain_points"]) == 0
    assert float(patterns["B", "3,0"]["gain_points"]) == pytest.approx(5, abs=0.3)
    assert len(_csv(tmp_path / "bd_by_delta")) == 2 * len(DELTAS) * (3 + 1 + 1)
    assert len(_csv(tmp_path / "rate_difference")) == 2 * 3 * len(DELTAS) * len(QPS)


def test_files(written):
    _, _, out = written
    assert {path.stem for path in out.glob("*.csv")} == set(
        "search best_offsets bd_by_delta best_by_rate hull rate_difference".split()
    )
    assert (out / "qp-study.md").is_file()
    (search,) = _csv(out / "search.csv")
    assert search["tried"] == "3: -1.00 8: none 5: -1.50"
    assert float(search["behind_points"]) == pytest.approx(0.1)


def test_the_page_is_whole_and_needs_no_other_file(written):
    page = written[1].read_text(encoding="utf-8")
    assert "A study &lt;of&gt; δ" in page
    assert "A&lt;b&gt;" in page
    assert "<b>" not in page
    assert not re.search(r"""(src|href)=["'](?!#|data:)""", page)
    assert len(re.findall("<img ", page)) == 1 + 1 + 2 + 2
    assert "name: x" in page


def test_figures_in_all_formats_that_are_asked_for(written):
    analysis, _, out = written
    plots = list((out / "plots").iterdir())
    assert {path.suffix for path in plots} == {".svg"}
    assert len(plots) == len(all_figures(analysis))
    assert all(path.stat().st_size > 3000 for path in plots)
    heat = next(plot for plot in all_figures(analysis) if plot.kind == "heat")
    said = {text.get_text() for text in heat.figure.axes[0].texts}
    assert any(re.fullmatch(r"[+−]\d+\.\d", text) for text in said)


def test_markdown_and_json(written):
    analysis, _, out = written
    text = (out / "qp-study.md").read_text(encoding="utf-8")
    assert "## The best fixed offset" in text
    assert r"A\<b\>" in text
    for table in all_sheets(analysis).values():
        rows = json.loads(json.dumps(table.documents()))
        assert len(rows) == len(table.rows)
        assert set(rows[0]) == {column.key for column in table.columns}


def test_problems_stand_by_name(tmp_path):
    points, choices = _points(sequences=(("A", "C", 3),), patterns=((),))
    far = points["method"] == "crs δ3 ()"
    points.loc[far, "psnr_y"] += 60
    analysis = analyse(points, choices, "pchip")
    table = all_sheets(analysis)["bd_by_delta"]
    (tmp_path / "t.csv").write_text(csv_text([table]), encoding="utf-8")
    rows = {row["delta_qp"]: row for row in _csv(tmp_path / "t.csv")}
    assert rows["3"]["bd_rate_y_percent"] == "no-overlap"
    assert rows["3"]["notes"].startswith("bd_rate_y_percent: no-overlap: ")
    assert rows["3"]["bd_rate_y_common_percent"] == "no-common-interval"
    text = markdown([table])
    assert "no-overlap<sup>" in text
    assert "[A, x265 fast LDP, lanczos: BD-rate]" in text
