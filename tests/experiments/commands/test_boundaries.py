"""Boundaries at 1/2 and middle frames at 1/4 on the command line: encode, info, decode, rd."""

import json
import shutil

import pandas as pd
import pytest
from kits.commands import forked, succeeds

pytestmark = pytest.mark.codec

CLIP = "clip_150x122_30.yuv"  # padded to 152x128, so that a quarter is even
FRAMES, KEYS = 10, [0, 4, 5, 9]
ASKED = ("--layout", "tds", "--scale", "4", "--boundary-scale", "2", "--preset", "ultrafast")
EXPERIMENT = f"""
name: 4x
sequences: [{{file: {CLIP}}}]
codecs: [{{codec: x265, preset: ultrafast}}]
configs: [LDP]
gop: 0
layouts:
  - {{layout: anchor}}
  - {{layout: tds, scale: 4, boundary_scale: 2}}
  - {{layout: tds, scale: 4, boundary_scale: 2, delta_qp: 0, enhancers: [lanczos]}}
enhancers: [bicubic, lanczos]
qps: [17, 22, 27, 32]
"""
TDS = "tds N5 k4 b2 δ5 + "


@pytest.fixture(scope="module")
def place(moving_clip, tmp_path_factory):
    folder = tmp_path_factory.mktemp("boundaries") / "here"
    folder.mkdir()
    shutil.copy(moving_clip(150, 122, FRAMES), folder / CLIP)
    return folder


@pytest.mark.parametrize("config", ["AI", "LDP"])
def test_one_file(place, config):
    file = f"{config}.cpv"
    succeeds("encode", CLIP, "-o", file, *ASKED, "--config", config, "--qp", "22", cwd=place)
    document = json.loads(succeeds("info", file, "--json", cwd=place))
    assert document["layout"]["boundary_scale"] == "2"
    sizes = [(s["name"], s["scale"], s["width"], s["height"]) for s in document["streams"]]
    assert sizes == [("hr", "2", 76, 64), ("lr", "4", 38, 32)]
    table = succeeds("info", file, cwd=place)
    assert "k = 4, boundaries k = 2, delta-qp 5, bicubic down, padded to 152x128" in table
    rows = [[c.strip() for c in line.strip("│").split("│")] for line in table.splitlines()]
    shown = {int(r[0]): (r[2], r[3]) for r in rows if len(r) == 7 and r[0].isdigit()}
    assert shown == {i: ("2", "key") if i in KEYS else ("4", "") for i in range(FRAMES)}
    succeeds("decode", file, "-o", "out_150x122_30.yuv", "--force", cwd=place)
    measured = json.loads(succeeds("measure", CLIP, "out_150x122_30.yuv", "--json", cwd=place))
    psnr = [frame["psnr_y"] for frame in measured["frames"]]
    assert measured["frame_count"] == FRAMES
    others = [value for i, value in enumerate(psnr) if i not in KEYS]
    assert min(psnr[i] for i in KEYS) > max(others) > 15


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--layout", "crs", "--scale", "4"), "layout crs has no boundaries"),
        (("--layout", "tds"), "boundaries at 1/2 do not go with LR frames at 1/2"),
        (("--layout", "tds", "--scale", "16"), "too small to code"),
        (("--layout", "adaptive"), "layout adaptive has no --boundary-scale"),
    ],
)
def test_what_cannot_be_is_refused(place, options, words):
    command = ("encode", CLIP, "-o", "no.cpv", *options, "--boundary-scale", "2")
    ran = forked(*command, cwd=place)
    assert ran.code == 1
    assert words in ran.err
    assert not (place / "no.cpv").exists()


def test_an_experiment_counts_all_frames_and_lr_frames_alone(place):
    (place / "exp.yaml").write_text(EXPERIMENT)
    succeeds("rd", "exp.yaml", "-o", "run", cwd=place)
    run = place / "run"
    points = pd.read_csv(run / "points.csv")
    assert len(points) == 4 * (1 + 2 + 1)
    assert set(points.loc[~points["is_anchor"], "scale"]) == {4}
    assert set(points.loc[~points["is_anchor"], "boundary_scale"]) == {2}
    assert set(points["lr_keys"]) == {"none", "injected"}
    frames = pd.read_parquet(run / "frames.parquet")
    test = frames[frames["method"] == f"{TDS}lanczos"]
    assert set(zip(test["frame"].isin(KEYS), test["key_frame"], test["scale"], strict=True)) == {
        *((True, True, 2), (False, False, 4)),
    }
    # The boundaries' stream is coded once for both offsets.
    assert len(list((run / "streams").rglob("*.stream"))) == 4
    low = pd.read_csv(run / "points_lr_frames.csv")
    assert set(low["frames"]) == {FRAMES - len(KEYS)}
    assert set(low["anchor_for"].dropna()) == set(points.loc[~points["is_anchor"], "method"])
    for row in low[low["qp"] == 27].to_dict("records"):
        used = frames[(frames["point"] == row["point"]) & ~frames["frame"].isin(KEYS)]
        assert row["rate_kbps"] == pytest.approx(used["bits"].sum() * 30 / 6 / 1000)
        assert row["psnr_y"] == pytest.approx(used["psnr_y"].mean())
    methods = {f"{TDS}bicubic", f"{TDS}lanczos", "tds N5 k4 b2 δ0 + lanczos"}
    for table in ("bd_all_frames", "bd_lr_frames"):
        assert set(pd.read_csv(run / f"{table}.csv")["method"]) == methods
    report = (run / "report.html").read_text(encoding="utf-8")
    assert "LR frames alone" in report
    assert "All frames" in report
