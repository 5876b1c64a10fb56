"""``codecpipe qp-study`` with a real encoder: search, grid, and what they share."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from kits.commands import forked, succeeds

from experiments.qp_study.run import plan_study
from experiments.qp_study.schema import parse_study
from experiments.spec.overrides import Overrides

pytestmark = pytest.mark.codec

STUDY = """
name: small
sequences: [{file: clip_64x64_30.yuv}]
codecs: [{codec: x265, preset: ultrafast}]
layout: {layout: crs, gop: 3}
qps: [22, 32, 37]
delta_qps: [1, 3, 5, 7, 9]
"""


@pytest.fixture(scope="module")
def place(moving_clip, tmp_path_factory):
    """A folder with the study, and ``run``: first searched, then the whole grid, then searched."""
    folder = tmp_path_factory.mktemp("study") / "here"
    folder.mkdir()
    shutil.copy(moving_clip(64, 64, 6), folder / "clip_64x64_30.yuv")
    (folder / "s.yaml").write_text(STUDY, encoding="utf-8")
    return folder


def _rows(run: Path) -> int:
    return len(list((run / "points").glob("*.json")))


def test_a_search_then_the_grid_in_one_folder(place):
    run = place / "run"
    first = json.loads(succeeds("qp-study", "s.yaml", "-o", "run", "--search", "--json", cwd=place))
    (search,) = first["search"]
    assert search["encodes"] == _rows(run) - 3 <= search["grid_encodes"] / 3  # 3 of the anchor
    assert search["grid_encodes"] == 3 * 5
    assert search["grid_best"] is None
    tried = {int(part.rstrip(":")) for part in search["tried"].split()[::2]}
    assert search["delta"] in tried
    assert set(pd.read_csv(run / "points.csv")["delta_qp"]) == tried | {0}

    said = succeeds("qp-study", "s.yaml", "-o", "run", cwd=place)
    assert "The best fixed offset" in said
    assert said.endswith("report: run/qp-study.html\n")
    assert _rows(run) == 18
    assert not (run / "report.html").exists()
    points = pd.read_csv(run / "points.csv")
    assert set(points["lr_keys"]) == {"none", "injected"}

    ran = forked("qp-study", "s.yaml", "-o", "run", "--search", "--json", cwd=place)
    assert ran.code == 0
    again = json.loads(ran.out)
    assert "6 of 6 points were finished before" in ran.err
    assert again["search"][0]["delta"] == search["delta"]
    best = {row["delta_qp"]: row["bd_rate_y_percent"] for row in again["bd_by_delta"]}
    assert len(best) == 5  # the grid's results stay
    assert again["search"][0]["grid_bd_rate_y_percent"] == min(best.values())
    assert (run / "study.yaml").read_text(encoding="utf-8") == STUDY


def test_patterns_reach_the_encoder_and_leave_other_points_as_they_were(place):
    def planned(more):
        text = STUDY.replace("gop: 3", "gop: 6").replace("[1, 3, 5, 7, 9]", f"[5]\n{more}")
        return plan_study(parse_study(text, "p.yaml"), "p.yaml", place, Overrides()).encodes

    plain = {encode.points[0].method: encode for encode in planned("")}
    both = {encode.points[0].method: encode for encode in planned("lr_offsets: [[], [4, 1]]")}
    assert {name: both[name].key for name in plain} == {n: e.key for n, e in plain.items()}
    (added,) = set(both) - set(plain)
    assert added == "crs k2 δ5 h4,1 + lanczos"
    job = both[added].job
    lr = job.layout.streams[1]
    assert job.settings(lr).qp_offsets == (0, 4, 1, 4, 1, 4)
    assert job.settings(job.layout.streams[0]).qp_offsets == ()
    assert len({encode.key for encode in both.values()}) == 3


def test_a_plan_without_coding(place):
    said = succeeds("qp-study", "s.yaml", "-o", "nothing", "--dry-run", cwd=place)
    assert "18 rate points from 18 files" in said
    assert not (place / "nothing").exists()


@pytest.mark.parametrize(
    ("study", "said"),
    [
        ("nothing.yaml", "neither a file nor one of codecpipe's own studies"),
        ("v.yaml", "vvenc cannot give each picture of LDP a QP of its own"),
    ],
)
def test_errors_are_one_sentence(place, study, said):
    text = STUDY.replace("{codec: x265, preset: ultrafast}", "{codec: vvenc}")
    (place / "v.yaml").write_text(text + "lr_offsets: [[3, 0]]\n", encoding="utf-8")
    ran = forked("qp-study", study, "-o", "e", cwd=place)
    assert ran.code == 1
    assert ran.out == ""
    (line,) = ran.err.splitlines()
    assert said in line
