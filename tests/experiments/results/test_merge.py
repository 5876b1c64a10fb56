"""Runs merged: what is one, and what must not be mixed."""

import re

import pytest
from click.testing import CliRunner
from kits.runs import CRS, cheaper, source, written

from codecpipe.errors import InputError
from experiments.commands.report import report_command
from experiments.results.load import load_runs, merge_runs
from experiments.results.merge import merged


def test_runs_with_other_methods_and_qps_become_one(loaded):
    a = loaded("a", qps=(22, 27, 32))
    b = loaded("b", qps=(27, 32, 37), methods=(("tds + lanczos", 0.8, -0.3, 2.0),))
    points, frames, meta = merged([a, b])
    counts = points.groupby("method").size().to_dict()
    assert counts == {"anchor": 4, "uniform k2 + lanczos": 3, CRS: 3, "tds + lanczos": 3}
    assert set(frames["point"]) == set(points["point"])
    assert meta["remarks"] == []


def test_one_point_with_more_metrics_in_one_run_is_one_point(loaded):
    a, b = loaded("a"), cheaper(loaded("b", extra=("vmaf",)), 1.0)
    for runs in ([a, b], [b, a]):
        points, frames, _ = merged(runs)
        assert len(points) == 12
        assert points["vmaf"].notna().all()
        assert set(frames["point"]) == set(points["point"])


@pytest.mark.parametrize(("column", "value"), [("gop", 64), ("delta_qp", 3), ("scale", 4.0)])
def test_one_name_for_two_settings_is_refused_also_at_other_qps(loaded, column, value):
    a, b = loaded("a", qps=(22, 27)), loaded("b", qps=(32, 37))
    b.points.loc[b.points["method"] == CRS, column] = value
    with pytest.raises(InputError) as error:
        merged([a, b])
    message = str(error.value)
    assert message.startswith(
        f"'{CRS}' (x265 LDP, BasketballPass) is not the same in 'a' ({column}"
    )
    assert f"in 'b' ({column} {value}" in message
    assert message.endswith("see what differs with 'codecpipe compare'")
    # An adaptive layout chooses these itself, QP by QP.
    for run in (a, b):
        run.points["layout"] = run.points["layout"].replace("crs", "adaptive")
    if column != "gop":
        assert len(merged([a, b])[0]) == 12


def test_one_name_for_two_results_is_refused(loaded):
    a = loaded("a")
    with pytest.raises(InputError, match=r"'anchor'.* is not the same in 'a' .*kbps at QP 22"):
        merged([a, cheaper(a, 0.9, "anchor")])


def test_one_name_for_two_videos_is_refused(loaded):
    a, b = loaded("a"), loaded("b")
    b.meta["sources"]["BasketballPass"] = source("other")
    with pytest.raises(InputError, match="'BasketballPass' is not the same video in 'a'"):
        merged([a, b])


def test_two_videos_of_one_name_that_never_meet_are_a_remark(loaded):
    a, b = loaded("a"), loaded("b", codecs=("vvenc",))
    b.meta["sources"]["BasketballPass"] = source("other")
    (remark,) = merged([a, b])[2]["remarks"]
    assert remark.startswith("'BasketballPass' is not the same video in 'a'")


def test_different_anchors_ask_for_one(loaded, tmp_path):
    a, b = loaded("a"), loaded("b", meta={"anchor": CRS})
    paths = [written(tmp_path / run.name, run) for run in (a, b)]
    with pytest.raises(InputError, match=r"different anchors \('anchor' in 'a', 'crs .* --anchor"):
        merge_runs(paths)
    points, _, _ = merge_runs(paths, "anchor")
    assert set(points.loc[points["is_anchor"], "method"]) == {"anchor"}


def test_both_runs_say_what_they_are_and_remarks_say_what_differs(loaded):
    a = loaded("a", meta={"versions": {"x265": "3", "numpy": "2"}, "machine": {"cores": "2"}})
    b = loaded(
        "b",
        meta={
            "versions": {"x265": "4", "numpy": "2"},
            "machine": {"cores": "8"},
            "bd_method": "akima",
            "missing_points": 2,
        },
    )
    _, _, meta = merged([a, b])
    assert meta["versions"] == {"x265": "a: 3\nb: 4", "numpy": "2"}
    assert meta["machine"] == {"cores": "a: 2\nb: 8"}
    assert (meta["bd_method"], meta["missing_points"]) == ("pchip", 2)
    text = " ".join(meta["remarks"])
    for words in ("BD methods (a: pchip, b: akima)", "versions of x265.", "different machines"):
        assert words in text


def test_the_report_of_two_runs_in_grey_with_its_notes(loaded, tmp_path):
    a = loaded("a", meta={"versions": {"x265": "3"}})
    b = loaded("b", methods=(("new + lanczos", 0.7, -0.2, 2.0),), meta={"versions": {"x265": "4"}})
    paths = [str(written(tmp_path / run.name, run)) for run in (a, b)]
    out = tmp_path / "out"
    ran = CliRunner().invoke(report_command, [*paths, "--style", "grey", "-o", str(out)])
    assert ran.exit_code == 0, ran.output
    html = (out / "report.html").read_text(encoding="utf-8")
    assert "different versions of x265." in html
    assert "a: 3\nb: 4" in html
    assert "new + lanczos" in html
    svg = (out / "plots" / "rd_BasketballPass_x265_LDP.svg").read_text()
    colours = set(re.findall(r"#[0-9a-f]{6}", svg))
    assert colours
    assert all(colour[1:3] == colour[3:5] == colour[5:7] for colour in colours)


def test_folders_of_one_name_go_by_their_paths(loaded, tmp_path):
    paths = [written(tmp_path / n / "run", loaded("a")) for n in ("x", "y")]
    assert [run.name for run in load_runs(paths)] == [str(path) for path in paths]
    with pytest.raises(InputError, match="is named twice"):
        load_runs([paths[0], tmp_path / "x" / ".." / "x" / "run"])
