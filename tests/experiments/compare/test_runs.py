"""Two runs compared: what differs in their results, and what is shown of it."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from kits.runs import CRS, cheaper, source, written

from bdrate import RDCurve
from bdrate import compare as compare_curves
from codecpipe.errors import InputError
from experiments.commands.compare import compare_command
from experiments.compare.runs import Effect, compare_runs
from experiments.compare.view import document, markdown_text, summary, terminal_parts

SIX = tuple((f"S{n}", "D") for n in range(6))


def _effect(effects, method):
    (found,) = [effect for effect in effects if effect.method == method]
    return found


def test_equal_runs_have_no_difference(loaded):
    found = compare_runs(loaded("a"), loaded("b"))
    assert (found.same, found.changed, found.notices) == (12, 0, ())
    assert found.settings == ()
    assert summary(found) == "No difference in 12 rate points."
    assert {effect.verdict for effect in (*found.direct, *found.own_anchors)} == {"no difference"}
    assert terminal_parts(found)[-1] == "No difference in 12 rate points."


def test_a_tenth_less_rate_is_ten_per_cent_direct(loaded):
    a = loaded("a", sequences=SIX)
    found = compare_runs(a, cheaper(a, 0.9))
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
    found = compare_runs(a, cheaper(a, 0.8, "anchor"))
    assert _effect(found.direct, "anchor").mean == pytest.approx(-20.0)
    assert _effect(found.direct, CRS).verdict == "no difference"
    assert _effect(found.own_anchors, CRS).mean > 10


def test_gains_that_come_and_go_are_within_noise(loaded):
    a = loaded("a", sequences=SIX)
    factors = dict(zip(dict(SIX), (0.9, 1.1, 0.95, 1.06, 0.97, 1.02), strict=True))
    found = compare_runs(a, cheaper(a, factors))
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
    b.meta["sources"]["S1"] = source("other")
    found = compare_runs(a, b)
    (notice,) = found.notices
    assert notice.startswith("'S1' is not the same video in both and is left out")
    assert found.same == 3 * 12
    assert dict(_effect(found.direct, CRS).values).keys() == {"S0", "S2", "S3"}


def test_a_sequence_without_a_number_is_named(loaded):
    a = loaded("a", sequences=SIX[:4])
    b = cheaper(a, 0.9)
    b.points.loc[(b.points["sequence"] == "S2") & (b.points["method"] == CRS), "psnr_y"] += 60.0
    effect = _effect(compare_runs(a, b).direct, CRS)
    assert len(effect.values) == 3
    assert effect.left_out == ("S2 (no-overlap)",)


def test_other_metrics_and_an_unknown_one(loaded):
    a = loaded("a", extra=("vmaf",))
    assert _effect(compare_runs(a, cheaper(a, 0.5), "vmaf").direct, CRS).mean == pytest.approx(-50)
    with pytest.raises(InputError, match="'ssim' is not measured in both runs: choose one of psnr"):
        compare_runs(a, a, "ssim")


def test_nan_is_no_difference(loaded):
    a = loaded("a")
    for name in ("psnr_u", "psnr_v", "psnr_yuv"):
        a.points[name] = math.nan
    assert compare_runs(a, a).changed == 0
    assert np.isnan(pd.concat([a.points])["psnr_u"]).all()


def test_the_document_is_json_and_holds_all(loaded):
    a = loaded("a", sequences=SIX)
    found = json.loads(json.dumps(document(compare_runs(a, cheaper(a, 0.9)))))
    crs = next(one for one in found["direct"] if one["method"] == CRS)
    assert crs["verdict"] == "more than noise"
    assert set(crs["values"]) == set(dict(SIX))
    assert found["points"] == {"same": 48, "changed": 24}


def test_the_command(loaded, tmp_path):
    a = loaded("a", sequences=SIX[:3])
    one, two = written(tmp_path / "x", a), written(tmp_path / "y", cheaper(a, 0.9))
    out = tmp_path / "out"
    ran = CliRunner().invoke(compare_command, [str(one), str(two), "-o", str(out)])
    assert ran.exit_code == 0, ran.output
    text = (out / "compare.md").read_text()
    assert "a hint: 3 sequences only" in text
    assert "12 of 36 rate points differ." in text
    ran = CliRunner().invoke(compare_command, [str(one), str(two), "--json"])
    assert json.loads(ran.output) == json.loads((out / "compare.json").read_text())
    assert json.loads(ran.output)["a"] == "x"
