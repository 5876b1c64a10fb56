"""Layout adaptive on the command line: encode, info, decode, rd."""

import json
import shutil

import pandas as pd
import pytest
from kits.commands import forked, succeeds

pytestmark = pytest.mark.codec

CLIP, FRAMES = "clip_64x64_30.yuv", 6
FAST = ("--preset", "ultrafast", "--gop", "3", "--qp", "37")
EXPERIMENT = f"""
name: small
sequences: [{{file: {CLIP}}}]
codecs: [{{codec: x265, preset: ultrafast}}]
gop: 3
layouts:
  - {{layout: anchor}}
  - {{layout: adaptive, modes: [crs 2, uniform 2]}}
  - {{layout: adaptive, fast: true}}
enhancers: [lanczos, bicubic]
qps: [32, 42]
"""


@pytest.fixture(scope="module")
def place(moving_clip, tmp_path_factory):
    folder = tmp_path_factory.mktemp("adaptive") / "here"
    folder.mkdir()
    shutil.copy(moving_clip(64, 64, FRAMES), folder / CLIP)
    (folder / "exp.yaml").write_text(EXPERIMENT)
    return folder


def test_a_file_is_coded_shown_and_decoded(place):
    said = succeeds(
        *("encode", CLIP, "-o", "a.cpv", "--layout", "adaptive", "--modes", "uniform 2,crs 2 d3"),
        *("--enhancer", "bicubic", *FAST),
        cwd=place,
    )
    document = json.loads(succeeds("info", "a.cpv", "--json", cwd=place))
    assert f"{FRAMES} frames, {document['stream_bytes']} bytes" in said
    assert document["version"] == 2
    assert document["enhancer"] == "bicubic"
    assert [gop["frames"] for gop in document["gops"]] == [3, 3]
    parts = sum(part["stream_bytes"] for part in document["segments"])
    assert document["stream_bytes"] == parts + document["signalling_bytes"] == parts + 1
    table = succeeds("info", "a.cpv", cwd=place)
    assert "among anchor, uniform k2, crs k2 δ3" in table
    for gop in document["gops"]:
        assert gop["mode"] in table
    succeeds("decode", "a.cpv", "-o", "a.yuv", cwd=place)
    assert (place / "a.yuv").stat().st_size == FRAMES * 64 * 64 * 3 // 2


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--layout", "adaptive", "--scale", "2"), "leave --scale out"),
        (("--layout", "adaptive", "--group", "7"), "leave it out"),
        (("--layout", "crs", "--fast"), "leave it out"),
        (("--enhancer", "lanczos"), "leave it out"),
        (("--layout", "adaptive", "--modes", "tds 2"), "no mode"),
        (("--layout", "adaptive", "--modes", "anchor"), "give modes"),
        (("--layout", "adaptive", "--modes", "crs 2,crs 2"), "take one out"),
        (("--layout", "adaptive", "--modes", "uniform 8"), "too small"),
        (("--layout", "adaptive", "--enhancer", "nope"), "choose one of"),
        (("--layout", "adaptive", "--config", "LDB"), "choose LDP"),
        (("--layout", "adaptive", "--qp", "4"), "change --qp or --delta-qp"),
    ],
)
def test_odd_options_give_one_sentence(place, options, what):
    ran = forked("encode", CLIP, "-o", "b.cpv", *options, cwd=place)
    assert ran.code == 1
    assert ran.out == ""
    assert ran.err.count("\n") == 1
    assert what in ran.err
    assert not (place / "b.cpv").exists()


def test_a_damaged_file_gives_one_sentence(place):
    succeeds("encode", CLIP, "-o", "c.cpv", "--layout", "adaptive", *FAST, cwd=place)
    whole = (place / "c.cpv").read_bytes()
    (place / "d.cpv").write_bytes(whole[:-40])
    for command in (("info", "d.cpv"), ("decode", "d.cpv", "-o", "d.yuv")):
        ran = forked(*command, cwd=place)
        assert (ran.code, ran.err.count("\n")) == (1, 1)
        assert "not a whole .cpv file" in ran.err


def test_an_experiment_chooses_for_each_enhancer(place):
    succeeds("rd", "exp.yaml", "-o", "run", "--jobs", "2", cwd=place)
    points = pd.read_csv(place / "run" / "points.csv", keep_default_na=False)
    adaptive = points[points["layout"] == "adaptive"]
    assert set(adaptive["method"]) == {
        f"{label} + {enhancer}"
        for label in ("adaptive", "adaptive fast")
        for enhancer in ("lanczos", "bicubic")
    }
    assert adaptive["cpv"].nunique() == len(adaptive) == 8
    assert set(adaptive["gop"]) == {3}
    assert (adaptive["scale"] >= 1).all()
    assert set(adaptive["lr_keys"]) <= {"none", "injected"}
    anchor = points[points["is_anchor"]].set_index("qp")
    full = adaptive[adaptive["method"].str.startswith("adaptive +")]
    for _, row in full.iterrows():  # every candidate counts, and the anchor's neighbours
        assert row["encode_s"] > 2 * anchor.loc[row["qp"], "encode_s"]
    frames = pd.read_parquet(place / "run" / "frames.parquet")
    of_adaptive = frames[frames["point"].isin(adaptive["point"])]
    assert set(of_adaptive["mode"]) <= {"anchor", "crs k2", "uniform k2"}
    for _, part in of_adaptive.groupby("point"):
        assert list(part["frame"]) == list(range(FRAMES))
        assert part.groupby(part["frame"] // 3)["mode"].nunique().eq(1).all()
        assert part["bits"].gt(0).all()
    meta = json.loads((place / "run" / "run.json").read_text())
    assert any("adaptive + lanczos" in m for m in points["method"])
    assert any("adaptive" in label for label in meta["encoder_command_lines"])
    again = succeeds("rd", "exp.yaml", "-o", "run", "--jobs", "2", cwd=place)
    assert "report" in again
    assert "adaptive" in (place / "run" / "report.html").read_text()
