"""`codecpipe rd` on real codecs: results, resuming, being killed, failing jobs."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from command import COMMAND, codecpipe, succeeds

pytestmark = pytest.mark.codec

EXPERIMENT = """
name: small
sequences: [{{file: {clip}}}]
codecs:
  - {{codec: x265, preset: ultrafast}}
  - {{codec: x264, preset: ultrafast}}
layouts: [{{layout: uniform}}, {{layout: crs, gop: 4}}]
enhancers: [lanczos, bicubic]
qps: [22, 27, 32, 37]
"""
TIMES = ["encode_s", "encode_wall_s", "decode_s", "enhance_s"]


@pytest.fixture(scope="module")
def quiet(moving_clip, tmp_path_factory):
    """A folder with the experiment and an undisturbed run."""
    folder = tmp_path_factory.mktemp("rd")
    clip = moving_clip(128, 96, 9)
    (folder / "exp.yaml").write_text(EXPERIMENT.format(clip=clip))
    out = succeeds("rd", "exp.yaml", "-o", "quiet", cwd=folder)
    assert "report: quiet/report.html" in out
    return folder


def _results(run: Path) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    points = pd.read_csv(run / "points.csv").drop(columns=TIMES)
    bd = pd.read_csv(run / "bd_all_frames.csv")
    bd = bd.drop(columns=[name for name in bd if "time" in name])
    return points, pd.read_parquet(run / "frames.parquet"), bd.to_csv()


def _stamps(run: Path) -> dict[str, tuple[int, int]]:
    points = (run / "points").glob("*.json")
    return {p.name: (p.stat().st_mtime_ns, p.stat().st_ino) for p in points}


def test_results_agree_with_the_files(quiet):
    run = quiet / "quiet"
    points, frames, _ = _results(run)
    # 2 codecs × 4 QPs × (anchor + 2 layouts × 2 enhancers)
    assert len(points) == 2 * 4 * 5
    for row in points.itertuples():
        with zipfile.ZipFile(run / row.cpv) as archive:
            sizes = [i.file_size for i in archive.infolist() if i.filename != "manifest.json"]
        assert row.stream_bytes == sum(sizes)
        assert row.rate_kbps == pytest.approx(8 * sum(sizes) * 30 / 9 / 1000, rel=1e-12)
        mine = frames[frames["point"] == row.point]
        assert list(mine["frame"]) == list(range(9))
        assert mine["bits"].sum() == 8 * row.stream_bytes
        assert mine["psnr_y"].mean() == pytest.approx(row.psnr_y, rel=1e-12)
        yuv = (6 * row.psnr_y + row.psnr_u + row.psnr_v) / 8
        assert row.psnr_yuv == pytest.approx(yuv, rel=1e-12)
    crs = points[points["layout"] == "crs"]
    assert set(crs["lr_keys"]) == {"injected"}
    for name in ("report.html", "bd_all_frames.md", "bd_lr_frames.tex", "experiment.yaml"):
        assert (run / name).stat().st_size > 0
    assert list((run / "plots").glob("rd_*.svg"))


def test_a_point_measures_as_its_decoded_file_does(quiet, moving_clip, tmp_path):
    points, _, _ = _results(quiet / "quiet")
    row = points[(points["enhancer"] == "bicubic") & (points["layout"] == "crs")].iloc[0]
    cpv = quiet / "quiet" / row["cpv"]
    succeeds("decode", cpv, "-o", "out.y4m", "--enhancer", "bicubic", cwd=tmp_path)
    clip = moving_clip(128, 96, 9)
    measured = json.loads(succeeds("measure", clip, "out.y4m", "--json", cwd=tmp_path))
    assert measured["means"]["psnr_y"] == pytest.approx(row["psnr_y"], abs=1e-9)
    assert measured["means"]["psnr_yuv"] == pytest.approx(row["psnr_yuv"], abs=1e-9)


def test_starting_again_computes_nothing(quiet):
    before = _stamps(quiet / "quiet")
    succeeds("rd", "exp.yaml", "-o", "quiet", cwd=quiet)
    assert _stamps(quiet / "quiet") == before


def test_dry_run_lists_and_computes_nothing(quiet):
    out = succeeds("rd", "exp.yaml", "-o", "dry", "--dry-run", cwd=quiet)
    assert "40 rate points from 24 files" in out
    assert not (quiet / "dry").exists()


def test_report_with_another_anchor(quiet):
    points = pd.read_csv(quiet / "quiet" / "points.csv")
    name = next(m for m in points["method"] if m.startswith("uniform") and "lanczos" in m)
    succeeds("report", "quiet", "--anchor", name, "-o", "other", cwd=quiet)
    again = pd.read_csv(quiet / "other" / "points.csv")
    assert set(again.loc[again["is_anchor"], "method"]) == {name}
    ran = codecpipe("report", "quiet", "--anchor", "HM", "-o", "x", cwd=quiet)
    assert ran.code == 1
    assert "choose one of" in ran.err


def test_killed_ten_times_it_ends_alike(quiet):
    run, kills, dice = quiet / "killed", 0, random.Random(3)
    finished: dict[str, tuple[int, int]] = {}
    command = [*COMMAND, "rd", "exp.yaml", "-o", "killed", "--jobs", "2"]
    while kills < 10:
        process = subprocess.Popen(
            command,
            cwd=quiet,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        # From before its first point to the writing of the report.
        goal = len(finished) + dice.randrange(0, 5)
        waited = time.monotonic() + dice.uniform(0.5, 6)
        while time.monotonic() < waited and len(_stamps(run)) <= goal and process.poll() is None:
            time.sleep(0.01)
        # Now and then only the command itself: its encoders must not disturb the next start.
        kill = os.killpg if kills % 3 else os.kill
        if process.poll() is None:
            kill(process.pid, signal.SIGKILL)
        process.wait()
        kills += 1
        now = _stamps(run)
        assert {name: now[name] for name in finished} == finished
        finished = now
    succeeds("rd", "exp.yaml", "-o", "killed", cwd=quiet)
    now = _stamps(run)
    assert {name: now[name] for name in finished} == finished
    for mine, theirs in zip(_results(run), _results(quiet / "quiet"), strict=True):
        if isinstance(mine, pd.DataFrame):
            pd.testing.assert_frame_equal(mine, theirs)
        else:
            assert mine == theirs
    for path in (quiet / "quiet" / "cpv").glob("*.cpv"):
        assert (run / "cpv" / path.name).read_bytes() == path.read_bytes()
    assert not (run / "work").exists()


def test_a_failing_job_takes_no_other_down(moving_clip, tmp_path):
    clip = moving_clip(128, 96, 9)
    text = EXPERIMENT.format(clip=clip).replace(
        "{codec: x264, preset: ultrafast}",
        "{codec: x265, preset: ultrafast, name: broken, extra: {rd: 99}}",
    )
    (tmp_path / "exp.yaml").write_text(text)
    ran = codecpipe("rd", "exp.yaml", "-o", "run", cwd=tmp_path)
    assert ran.code == 1
    assert "failed: " in ran.err
    assert "broken" in ran.err
    assert "RD Level" in ran.err
    assert "Traceback" not in ran.err
    points = pd.read_csv(tmp_path / "run" / "points.csv")
    assert set(points["codec"]) == {"x265 ultrafast"}
    assert len(points) == 20
    assert list((tmp_path / "run" / "logs").glob("*.log"))


def test_two_runs_in_one_folder(quiet):
    (quiet / "taken").mkdir()
    with (quiet / "taken" / "lock").open("w") as lock:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX)
        ran = codecpipe("rd", "exp.yaml", "-o", "taken", cwd=quiet)
    assert ran.code == 1
    assert "another process works in" in ran.err
