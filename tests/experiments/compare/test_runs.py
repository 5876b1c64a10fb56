"""Two runs compared, and runs merged: what differs, what is one, what must not be mixed."""

import json
import math
import re

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from bdrate import RDCurve
from bdrate import compare as compare_curves
from codecpipe.errors import InputError
from experiments.commands.compare import compare_command
from experiments.commands.report import report_command
from experiments.compare.runs import Effect, compare_runs
from experiments.compare.settings import Difference, differences
from experiments.compare.view import document, markdown_text, summary, terminal_parts
from experiments.results.load import load_runs, merge_runs
from experiments.results.merge import LoadedRun, merged

SIX = tuple((f"S{n}", "D") for n in range(6))
CRS = "crs k2 δ5 + lanczos"
YAML = {
    "name": "one",
    "sequences": [{"file": "a.yuv"}],
    "codecs": [{"codec": "x265", "preset": "fast"}],
    "layouts": [{"layout": "anchor"}, {"layout": "crs", "name": "mine"}],
}


def _hash(name):
    return f"{name}.yuv, SHA-256 of their samples {name.encode().hex():0>64}"


@pytest.fixture
def loaded(make_run):
    """``loaded(name, **options)``: a run that never ran."""

    def make(name, meta=None, **options):
        points, frames = make_run(**options)
        sources = {sequence: _hash(sequence) for sequence in points["sequence"].unique()}
        content = {
            **{"title": name, "anchor": "anchor", "bd_method": "pchip"},
            **{"points": list(points["point"]), "sources": sources, **(meta or {})},
        }
        return LoadedRun(name, points, frames, content)

    return make


def _cheaper(run, factor, method=CRS, name="b"):
    """The same run with a method's rates times ``factor``, by sequence or all alike."""
    points = run.points.copy()
    factors = factor if isinstance(factor, dict) else dict.fromkeys(points["sequence"], factor)
    chosen = points["method"] == method
    points.loc[chosen, "rate_kbps"] *= points.loc[chosen, "sequence"].map(factors)
    points["point"] = name + points["point"]
    return LoadedRun(name, points, run.frames.assign(point=name + run.frames["point"]), run.meta)


def _effect(effects, method):
    (found,) = [effect for effect in effects if effect.method == method]
    return found


# --- results -------------------------------------------------------------------------------------


def test_equal_runs_have_no_difference(loaded):
    found = compare_runs(loaded("a"), loaded("b"))
    assert (found.same, found.changed, found.notices) == (12, 0, ())
    assert found.settings == ()
    assert summary(found) == "No difference in 12 rate points."
    assert {effect.verdict for effect in (*found.direct, *found.own_anchors)} == {"no difference"}
    assert terminal_parts(found)[-1] == "No difference in 12 rate points."


def test_a_tenth_less_rate_is_ten_per_cent_direct(loaded):
    a = loaded("a", sequences=SIX)
    found = compare_runs(a, _cheaper(a, 0.9))
    assert (found.same, found.changed) == (6 * 8, 6 * 4)
    crs = _effect(found.direct, CRS)
    assert crs.mean == pytest.approx(-10.0)
    assert crs.interval.low == pytest.approx(-10.0)
    assert crs.verdict == "more than noise"
    assert _effect(found.direct, "anchor").verdict == "no difference"
    own = _effect(found.own_anchors, CRS)
    for name, value in own.values:
        # (1 + old) · 0.9 − (1 + old), with the BD-rate of A
        rows = a.points[a.points["sequence"] == name]
        old = _bd(rows[rows["is_anchor"]], rows[rows["method"] == CRS])
        assert value == pytest.approx(-0.1 * (100 + old))
    assert "anchor" not in {effect.method for effect in found.own_anchors}


def _bd(anchor, test):
    curves = [
        RDCurve(tuple(t["rate_kbps"][::-1]), tuple(t["psnr_y"][::-1])) for t in (anchor, test)
    ]
    return compare_curves(*curves).bd_rate_percent


def test_a_changed_anchor_shows_in_the_direct_comparison_only(loaded):
    a = loaded("a", sequences=SIX)
    found = compare_runs(a, _cheaper(a, 0.8, "anchor"))
    assert _effect(found.direct, "anchor").mean == pytest.approx(-20.0)
    assert _effect(found.direct, CRS).verdict == "no difference"
    assert _effect(found.own_anchors, CRS).mean > 10


def test_gains_that_come_and_go_are_within_noise(loaded):
    a = loaded("a", sequences=SIX)
    factors = dict(zip(dict(SIX), (0.9, 1.1, 0.95, 1.06, 0.97, 1.02), strict=True))
    found = compare_runs(a, _cheaper(a, factors))
    effect = _effect(found.direct, CRS)
    assert effect.interval.low < 0 < effect.interval.high
    assert effect.verdict == "within noise"


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ((), "no number"),
        ((-1.0, -2.0), "too few sequences (2 < 3)"),
        ((-1.0, -2.0, -3.0), "a hint: 3 sequences only"),
        ((-1.0, -2.0, -3.0, -1.0, -2.0), "a hint: 5 sequences only"),
        ((-1.0, -2.0, -3.0, -1.0, -2.0, -3.0), "more than noise"),
        ((-1.0, 2.0, -3.0), "within noise"),
        ((0.0, 0.0), "no difference"),
    ],
)
def test_verdicts(values, verdict):
    named = tuple((f"S{n}", value) for n, value in enumerate(values))
    assert Effect("x265", "RA", "crs", named, ()).verdict == verdict


def test_what_is_in_one_run_only_is_named(loaded):
    a = loaded("a", sequences=SIX[:3], configs=("RA", "LDP"))
    b = loaded("b", sequences=SIX[1:4], methods=(("new + lanczos", 0.8, -0.3, 2.0),))
    notices = compare_runs(a, b).notices
    assert notices == (
        "Only in a: sequence S0.",
        "Only in a: config RA.",
        f"Only in a: method uniform k2 + lanczos, {CRS}.",
        "Only in b: sequence S3.",
        "Only in b: method new + lanczos.",
    )


def test_runs_with_nothing_in_common_say_so(loaded):
    found = compare_runs(loaded("a"), loaded("b", sequences=(("Cactus", "B"),)))
    assert (found.direct, found.own_anchors) == ((), ())
    assert summary(found) == "a and b have no rate point in common."
    assert terminal_parts(found)
    assert markdown_text(found)


def test_another_video_of_the_same_name_is_left_out_and_named(loaded):
    a = loaded("a", sequences=SIX[:4])
    b = loaded("b", sequences=SIX[:4])
    b.meta["sources"]["S1"] = _hash("other")
    found = compare_runs(a, b)
    (notice,) = found.notices
    assert notice.startswith("'S1' is not the same video in both and is left out")
    assert found.same == 3 * 12
    assert dict(_effect(found.direct, CRS).values).keys() == {"S0", "S2", "S3"}


def test_a_sequence_without_a_number_is_named(loaded):
    a = loaded("a", sequences=SIX[:4])
    b = _cheaper(a, 0.9)
    b.points.loc[(b.points["sequence"] == "S2") & (b.points["method"] == CRS), "psnr_y"] += 60.0
    effect = _effect(compare_runs(a, b).direct, CRS)
    assert len(effect.values) == 3
    assert effect.left_out == ("S2 (no-overlap)",)


def test_other_metrics_and_an_unknown_one(loaded):
    a = loaded("a", extra=("vmaf",))
    assert _effect(compare_runs(a, _cheaper(a, 0.5), "vmaf").direct, CRS).mean == pytest.approx(-50)
    with pytest.raises(InputError, match="'ssim' is not measured in both runs: choose one of psnr"):
        compare_runs(a, a, "ssim")


# --- settings ------------------------------------------------------------------------------------


def _meta(change=None, **meta):
    return {"experiment_yaml": yaml.safe_dump({**YAML, **(change or {})}), **meta}


def test_what_means_the_same_is_no_difference():
    spelled = {
        "layouts": [{"layout": "crs", "name": "mine", "scale": 2.0}, {"layout": "anchor"}],
        **{"codecs": [{"preset": "fast", "codec": "x265"}], "qps": [27, 32, 37, 42], "name": "two"},
    }
    assert differences(_meta(), _meta(spelled)) == ()


def test_settings_that_differ_are_named_one_by_one():
    change = {
        "layouts": [{"layout": "crs", "name": "mine", "gop_s": 2}, {"layout": "uniform"}],
        **{"qps": [22, 27], "enhancers": ["lanczos", {"enhancer": "bicubic"}]},
    }
    found = {(d.key, d.a, d.b) for d in differences(_meta(), _meta(change))}
    assert found == {
        ("qps", "27, 32, 37, 42", "22, 27"),
        ("layout mine: gop_s", "–", "2"),
        ("layout anchor", "there", "–"),
        ("layout uniform k2 δ5", "–", "there"),
        ("enhancer bicubic", "–", "there"),
    }


def test_versions_machine_commit_and_sources():
    a = _meta(versions={"x265": "3", "numpy": "2"}, machine={"cores": "2"}, git_commit="abc")
    b = _meta(versions={"x265": "4", "numpy": "2"}, machine={"cores": "8"}, git_commit=None)
    a["sources"], b["sources"] = {"s": _hash("one")}, {"s": _hash("two")}
    assert [(d.section, d.key) for d in differences(a, b)] == [
        ("versions", "x265"),
        ("machine", "cores"),
        ("git", "commit"),
        ("sources", "s"),
    ]
    b["sources"] = {"s": f"elsewhere/{_hash('one')}"}
    assert "sources" not in {d.section for d in differences(a, b)}


def test_of_command_lines_only_what_differs_is_shown_and_equal_changes_once():
    def lines(preset, keyint):
        words = "ffmpeg -i pipe: -preset {} -x265-params qp=3:keyint={}:info=0 x.hevc"
        return {
            "encoder_command_lines": {
                "anchor": words.format(preset, keyint),
                "crs": words.format(preset, keyint),
                "alone in " + preset: "x",
            }
        }

    found = differences(_meta(**lines("fast", 8)), _meta(**lines("slow", 16)))
    assert found == (
        Difference(
            "encoder", "anchor, and 1 more", "-preset fast keyint=8", "-preset slow keyint=16"
        ),
    )


def test_an_experiment_of_another_version_is_compared_as_written():
    keys = {d.key for d in differences(_meta(), _meta({"colour": "red"}))}
    assert {"not of this version", "colour"} <= keys


# --- what is shown -------------------------------------------------------------------------------


def test_the_document_is_json_and_holds_all(loaded):
    a = loaded("a", sequences=SIX)
    found = json.loads(json.dumps(document(compare_runs(a, _cheaper(a, 0.9)))))
    crs = next(one for one in found["direct"] if one["method"] == CRS)
    assert crs["verdict"] == "more than noise"
    assert set(crs["values"]) == set(dict(SIX))
    assert found["points"] == {"same": 48, "changed": 24}


def _written(folder, run):
    """The run as a folder of its own."""
    (folder / "points").mkdir(parents=True)
    for row in run.points.to_dict("records"):
        part = run.frames[run.frames["point"] == row["point"]]
        columns = part.drop(columns=[c for c in part if c in row and c not in ("psnr_y", "scale")])
        content = {"row": row, "frames": columns.to_dict("list")}
        (folder / "points" / f"{row['point']}.json").write_text(json.dumps(content))
    meta = {**run.meta, "points": list(run.points["point"]), **_meta()}
    (folder / "run.json").write_text(json.dumps(meta))
    return folder


def test_the_command(loaded, tmp_path):
    a = loaded("a", sequences=SIX[:3])
    one, two = _written(tmp_path / "x", a), _written(tmp_path / "y", _cheaper(a, 0.9))
    out = tmp_path / "out"
    ran = CliRunner().invoke(compare_command, [str(one), str(two), "-o", str(out)])
    assert ran.exit_code == 0, ran.output
    text = (out / "compare.md").read_text()
    assert "a hint: 3 sequences only" in text
    assert "12 of 36 rate points differ." in text
    ran = CliRunner().invoke(compare_command, [str(one), str(two), "--json"])
    assert json.loads(ran.output) == json.loads((out / "compare.json").read_text())
    assert json.loads(ran.output)["a"] == "x"


def test_folders_of_one_name_go_by_their_paths(loaded, tmp_path):
    paths = [_written(tmp_path / n / "run", loaded("a")) for n in ("x", "y")]
    assert [run.name for run in load_runs(paths)] == [str(path) for path in paths]
    with pytest.raises(InputError, match="is named twice"):
        load_runs([paths[0], tmp_path / "x" / ".." / "x" / "run"])


# --- merging -------------------------------------------------------------------------------------


def test_runs_with_other_methods_and_qps_become_one(loaded):
    a = loaded("a", qps=(22, 27, 32))
    b = loaded("b", qps=(27, 32, 37), methods=(("tds + lanczos", 0.8, -0.3, 2.0),))
    points, frames, meta = merged([a, b])
    counts = points.groupby("method").size().to_dict()
    assert counts == {"anchor": 4, "uniform k2 + lanczos": 3, CRS: 3, "tds + lanczos": 3}
    assert set(frames["point"]) == set(points["point"])
    assert meta["remarks"] == []


def test_one_point_with_more_metrics_in_one_run_is_one_point(loaded):
    a, b = loaded("a"), _cheaper(loaded("b", extra=("vmaf",)), 1.0)
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
        merged([a, _cheaper(a, 0.9, "anchor")])


def test_one_name_for_two_videos_is_refused(loaded):
    a, b = loaded("a"), loaded("b")
    b.meta["sources"]["BasketballPass"] = _hash("other")
    with pytest.raises(InputError, match="'BasketballPass' is not the same video in 'a'"):
        merged([a, b])


def test_two_videos_of_one_name_that_never_meet_are_a_remark(loaded):
    a, b = loaded("a"), loaded("b", codecs=("vvenc",))
    b.meta["sources"]["BasketballPass"] = _hash("other")
    (remark,) = merged([a, b])[2]["remarks"]
    assert remark.startswith("'BasketballPass' is not the same video in 'a'")


def test_different_anchors_ask_for_one(loaded, tmp_path):
    a, b = loaded("a"), loaded("b", meta={"anchor": CRS})
    paths = [_written(tmp_path / run.name, run) for run in (a, b)]
    with pytest.raises(InputError, match=r"different anchors \('anchor' in 'a', 'crs .* --anchor"):
        merge_runs(paths)
    points, _, _ = merge_runs(paths, "anchor")
    assert set(points.loc[points["is_anchor"], "method"]) == {"anchor"}


def test_both_runs_say_what_they_are_and_remarks_say_what_differs(loaded):
    a = loaded("a", meta={"versions": {"x265": "3", "numpy": "2"}, "machine": {"cores": "2"}})
    b = loaded(
        "b",
        meta={
            **{"versions": {"x265": "4", "numpy": "2"}, "machine": {"cores": "8"}},
            **{"bd_method": "akima", "missing_points": 2},
        },
    )
    _, _, meta = merged([a, b])
    assert meta["versions"] == {"x265": "a: 3\nb: 4", "numpy": "2"}
    assert meta["machine"] == {"cores": "a: 2\nb: 8"}
    assert (meta["bd_method"], meta["missing_points"]) == ("pchip", 2)
    text = " ".join(meta["remarks"])
    for words in ("BD methods (a: pchip, b: akima)", "versions of x265.", "different machines"):
        assert words in text


def test_nan_is_no_difference(loaded):
    a = loaded("a")
    for name in ("psnr_u", "psnr_v", "psnr_yuv"):
        a.points[name] = math.nan
    assert compare_runs(a, a).changed == 0
    assert np.isnan(pd.concat([a.points])["psnr_u"]).all()


def test_the_report_of_two_runs_in_grey_with_its_notes(loaded, tmp_path):
    a = loaded("a", meta={"versions": {"x265": "3"}})
    b = loaded("b", methods=(("new + lanczos", 0.7, -0.2, 2.0),), meta={"versions": {"x265": "4"}})
    paths = [str(_written(tmp_path / run.name, run)) for run in (a, b)]
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
