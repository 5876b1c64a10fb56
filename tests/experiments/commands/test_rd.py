"""``codecpipe rd`` and ``report``: results, going on, being killed, failing jobs."""

import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import time
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from kits.commands import COMMAND, forked, succeeds

pytestmark = pytest.mark.codec

FRAMES, FPS = 6, 30
CLIP = "clip_64x64_30.yuv"
EXPERIMENT = f"""
name: small
sequences: [{{file: {CLIP}}}]
codecs:
  - {{codec: x265, preset: ultrafast}}
  - {{codec: x264, preset: fast}}
layouts: [{{layout: anchor}}, {{layout: crs, gop: 3}}]
qps: [22, 27, 32, 37]
"""
POINTS = 2 * 2 * 4
CRS = "crs k2 δ5 + lanczos"
TIMES = ["encode_s", "encode_wall_s", "decode_s", "enhance_s"]


@pytest.fixture(scope="module")
def place(moving_clip, tmp_path_factory):
    """A folder with the experiment and ``quiet``, an undisturbed run of it."""
    folder = tmp_path_factory.mktemp("rd") / "here"
    folder.mkdir()
    shutil.copy(moving_clip(64, 64, FRAMES), folder / CLIP)
    (folder / "exp.yaml").write_text(EXPERIMENT)
    out = succeeds("rd", "exp.yaml", "-o", "quiet", cwd=folder)
    assert out.endswith("report: quiet/report.html\n")
    return folder


def _tables(run: Path) -> dict[str, pd.DataFrame]:
    """Result tables without what times the machine took."""
    tables = {"points": pd.read_csv(run / "points.csv").drop(columns=TIMES)}
    tables["frames"] = pd.read_parquet(run / "frames.parquet")
    for name in "bd_all_frames", "bd_lr_frames":
        table = pd.read_csv(run / f"{name}.csv")
        tables[name] = table.drop(columns=[column for column in table if "time" in column])
    return tables


def _assert_alike(run: Path, other: Path, without: tuple[str, ...] = ()) -> None:
    ours, theirs = _tables(run), _tables(other)
    for tables in ours, theirs:
        tables["points"] = tables["points"].drop(columns=[*without])
    for name, table in ours.items():
        pd.testing.assert_frame_equal(table, theirs[name], check_exact=True, obj=name)


def _stamps(run: Path) -> dict[str, tuple[int, int]]:
    """When each finished point was written, and which file it is."""
    found = [(path.name, path.stat()) for path in (run / "points").glob("*.json")]
    return {name: (stat.st_mtime_ns, stat.st_ino) for name, stat in found}


def test_results_agree_with_the_files(place):
    run = place / "quiet"
    tables = _tables(run)
    points, frames = tables["points"], tables["frames"]
    assert len(points) == POINTS
    for row in points.itertuples():
        with zipfile.ZipFile(run / row.cpv) as archive:
            sizes = [e.file_size for e in archive.infolist() if e.filename != "manifest.json"]
        assert row.stream_bytes == sum(sizes)
        assert row.rate_kbps == pytest.approx(8 * sum(sizes) * FPS / FRAMES / 1000, rel=1e-12)
        of_point = frames[frames["point"] == row.point]
        assert list(of_point["frame"]) == list(range(FRAMES))
        assert of_point["bits"].sum() == 8 * sum(sizes)
        assert of_point["psnr_y"].mean() == pytest.approx(row.psnr_y, rel=1e-12)
    assert set(points.loc[points["is_anchor"], "method"]) == {"anchor"}
    crs = points[points["method"] == CRS]
    assert set(crs["lr_keys"]) == {"injected"}
    keys = frames[(frames["method"] == CRS) & frames["key_frame"]]
    assert set(keys["frame"]) == {0, 3}
    rates = points.groupby(["codec", "method"], sort=False)["rate_kbps"]
    assert all(rate.is_monotonic_decreasing for _, rate in rates)  # QPs rise


def test_all_files_are_there(place):
    run = place / "quiet"
    for name in "bd_all_frames", "bd_lr_frames":
        for suffix in ".csv", ".md", ".tex":
            assert "crs" in (run / f"{name}{suffix}").read_text(encoding="utf-8")
    bd = _tables(run)["bd_all_frames"]
    assert set(bd["codec"]) == {"x265 ultrafast", "x264 fast"}
    plots = sorted((run / "plots").glob("rd_*"))
    assert {path.suffix for path in plots} == {".svg"}
    html = (run / "report.html").read_text(encoding="utf-8")
    assert "x264 fast" in html
    assert 'src="http' not in html
    assert (run / "experiment.yaml").read_text() == EXPERIMENT
    assert not (run / "work").exists()


def test_each_point_measures_as_its_decoded_file_does(place, tmp_path):
    points = _tables(place / "quiet")["points"]
    for codec in "x265 ultrafast", "x264 fast":
        row = points[(points["method"] == CRS) & (points["codec"] == codec)].iloc[-1]
        decoded = tmp_path / f"{row['point']}.y4m"
        succeeds("decode", f"quiet/{row['cpv']}", "-o", decoded, cwd=place)
        argv = ("measure", CLIP, decoded, "--json")
        means = json.loads(succeeds(*argv, cwd=place))["means"]
        for name in "psnr_y", "psnr_u", "psnr_v", "psnr_yuv":
            assert means[name] == pytest.approx(row[name], abs=1e-9), name


def test_points_csv_is_a_file_of_curves(place):
    lines = (place / "quiet" / "points.csv").read_text(encoding="utf-8").splitlines()
    for name, word in (("anchor", ",anchor,"), ("crs", f",{CRS},")):
        kept = [line for line in lines[1:] if word in line and "x265" in line]
        (place / f"{name}.csv").write_text("\n".join([lines[0], *kept]), encoding="utf-8")
    document = json.loads(succeeds("bdrate", "anchor.csv", "crs.csv", "--json", cwd=place))
    bd = _tables(place / "quiet")["bd_all_frames"]
    row = bd[(bd["codec"] == "x265 ultrafast") & (bd["scope"] == "sequence")].iloc[0]
    result = document[0]["results"]["psnr_y"]
    found = result.get("bd_psnr_db", result.get("bd_quality"))
    assert found == pytest.approx(row["bd_psnr_y_db"], abs=1e-9)


def test_a_second_start_computes_nothing(place):
    run = place / "quiet"
    before = _stamps(run)
    cpvs = {path: path.stat().st_mtime_ns for path in (run / "cpv").iterdir()}
    ran = forked("rd", "exp.yaml", "-o", "quiet", cwd=place)
    assert (ran.code, ran.err) == (0, "16 of 16 points were finished before\n")
    assert _stamps(run) == before
    assert {path: path.stat().st_mtime_ns for path in (run / "cpv").iterdir()} == cpvs


def test_dry_run_lists_and_computes_nothing(place):
    out = succeeds("rd", "exp.yaml", "-o", "dry", "--dry-run", cwd=place)
    assert f"{POINTS} rate points from {POINTS} files" in out
    assert out.count(CRS) == out.count("anchor (anchor)") == POINTS / 2
    assert not (place / "dry").exists()


def test_report_again_and_against_another_anchor(place):
    run = place / "quiet"
    kept = place / "copy"
    shutil.copytree(run, kept)
    for path in kept.glob("bd_*"):
        path.unlink()
    succeeds("report", "copy", cwd=place)
    _assert_alike(kept, run)
    out = succeeds("report", "quiet", "--anchor", CRS, "-o", "other", cwd=place)
    assert f"BD against {CRS}" in out
    again = _tables(place / "other")
    assert set(again["points"].loc[again["points"]["is_anchor"], "method"]) == {CRS}
    assert set(again["bd_all_frames"]["method"]) == {"anchor"}
    ran = forked("report", "quiet", "--anchor", "HM", "-o", "x", cwd=place)
    assert ran.code == 1
    assert f"choose one of anchor, {CRS}" in ran.err


def test_another_anchor_in_the_file_needs_no_new_points(place):
    shutil.copytree(place / "quiet", place / "turned")
    before = _stamps(place / "turned")
    (place / "turned.yaml").write_text(EXPERIMENT + f"anchor: {CRS}\n", encoding="utf-8")
    out = succeeds("rd", "turned.yaml", "-o", "turned", cwd=place)
    assert f"BD against {CRS}" in out
    assert _stamps(place / "turned") == before
    tables = _tables(place / "turned")
    for name in "points", "frames":
        table = tables[name]
        assert set(table.loc[table["is_anchor"], "method"]) == {CRS}
    assert set(tables["bd_all_frames"]["method"]) == {"anchor"}


def test_another_enhancer_needs_no_new_encoding(place):
    shutil.copytree(place / "quiet", place / "more")
    before = _stamps(place / "more")
    cpvs = {path: path.stat().st_mtime_ns for path in (place / "more" / "cpv").iterdir()}
    (place / "more.yaml").write_text(EXPERIMENT + "enhancers: [lanczos, bicubic]\n")
    succeeds("rd", "more.yaml", "-o", "more", cwd=place)
    now = _stamps(place / "more")
    assert {name: now[name] for name in before} == before
    assert len(now) == len(before) + 8
    assert {path: path.stat().st_mtime_ns for path in (place / "more" / "cpv").iterdir()} == cpvs


def test_two_experiments_in_one_folder(place):
    shutil.copytree(place / "quiet", place / "both")
    before = _stamps(place / "both")
    text = EXPERIMENT.replace("crs, gop: 3", "uniform").replace("name: small", "name: other")
    text = text.replace("  - {codec: x264, preset: fast}\n", "")
    (place / "other.yaml").write_text(text)
    succeeds("rd", "other.yaml", "-o", "both", cwd=place)
    now = _stamps(place / "both")
    assert {name: now[name] for name in before} == before
    assert len(now) == len(before) + 4  # the anchor's points served both
    points = _tables(place / "both")["points"]
    assert set(points["method"]) == {"anchor", "uniform k2 δ5 + lanczos"}
    succeeds("rd", "exp.yaml", "-o", "both", cwd=place)
    assert _stamps(place / "both") == now
    _assert_alike(place / "both", place / "quiet")


def _children(group: int) -> list[int]:
    """Living processes of a session."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == group and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


def test_killed_ten_times_it_ends_as_if_undisturbed(place):
    run, dice = place / "killed", random.Random(5)
    finished: dict[str, tuple[int, int]] = {}
    for kill in range(10):
        process = subprocess.Popen(
            [*COMMAND, "rd", "exp.yaml", "-o", "killed", "--jobs", "2"],
            cwd=place,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        # Every third time while a file of the results is written, else in the midst of a point.
        goal = dice.randrange(1, 4) if kill % 3 else POINTS
        until = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < until:
            if len(_stamps(run)) >= min(POINTS, len(finished) + goal):
                break
            time.sleep(0.002)
        time.sleep(dice.uniform(0, 0.15))
        whole = bool(kill % 2)
        if process.poll() is None:
            (os.killpg if whole else os.kill)(process.pid, signal.SIGKILL)
        process.wait()
        if not whole:
            until = time.monotonic() + 60
            while _children(process.pid) and time.monotonic() < until:
                time.sleep(0.01)
            assert not _children(process.pid)
        now = _stamps(run)
        assert {name: now.get(name) for name in finished} == finished
        finished = now
        if len(finished) == POINTS and kill < 5:  # the rest shall be killed at work, too
            kept = dice.sample(sorted(finished), POINTS - 6)
            for name in set(finished) - set(kept):
                (run / "points" / name).unlink()
                del finished[name]
            for path in (run / "cpv").glob("*.json"):
                path.unlink(missing_ok=dice.random() < 0.5)
    succeeds("rd", "exp.yaml", "-o", "killed", cwd=place)
    now = _stamps(run)
    assert {name: now[name] for name in finished} == finished
    _assert_alike(run, place / "quiet")
    for path in (place / "quiet" / "cpv").glob("*.cpv"):
        assert (run / "cpv" / path.name).read_bytes() == path.read_bytes()
    assert not (run / "work").exists()
    assert not list(run.rglob("*.part"))


def test_ctrl_c_stops_at_once_and_keeps_what_is_finished(place):
    text = EXPERIMENT.replace("ultrafast", "placebo").replace("x264, preset: fast", "x265")
    (place / "slow.yaml").write_text(text)
    process = subprocess.Popen(
        [*COMMAND, "rd", "slow.yaml", "-o", "stopped", "--jobs", "1"],
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until = time.monotonic() + 60
    while not _stamps(place / "stopped") and time.monotonic() < until:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert err.strip().startswith("codecpipe: stopped")
    assert "Traceback" not in err
    assert 0 < len(_stamps(place / "stopped")) < POINTS
    assert not _children(process.pid)


def test_failing_jobs_take_no_other_down_and_are_tried_again(place):
    from codecpipe.programs.ffmpeg import find_ffmpeg

    script = place / "ffmpeg"  # x264 dies of everything but saying its version
    script.write_text(
        f'#!/bin/sh\ncase "$*" in *pipe:*libx264*) kill -9 $$;; esac\nexec {find_ffmpeg()} "$@"\n'
    )
    script.chmod(0o755)
    ran = forked("rd", "exp.yaml", "-o", "bad", cwd=place, CODECPIPE_FFMPEG=str(script))
    assert ran.code == 1
    *lines, last = ran.err.splitlines()
    assert len(lines) == 8
    for method in "anchor", "crs k2 δ5":
        for qp in 22, 27, 32, 37:
            job = f"failed: clip_64x64_30, x264 fast, LDP, {method}, QP {qp}: "
            (line,) = (line for line in lines if line.startswith(job))
            assert "SIGKILL" in line
    assert last.startswith("codecpipe: 8 of 16 jobs failed; ")
    assert "start again" in last
    points = _tables(place / "bad")["points"]
    assert set(points["codec"]) == {"x265 ultrafast"}
    assert len(points) == 8
    assert len(json.loads((place / "bad" / "run.json").read_text())["failed"]) == 8
    assert "x265 ultrafast" in (place / "bad" / "report.html").read_text(encoding="utf-8")
    # Each was tried three times, and each try left its log.
    assert len(list((place / "bad" / "logs").glob("*.log"))) == 3 * 8
    before = _stamps(place / "bad")
    ran = forked("rd", "exp.yaml", "-o", "bad", cwd=place)
    assert (ran.code, ran.err) == (0, "8 of 16 points were finished before\n")
    now = _stamps(place / "bad")
    assert {name: now[name] for name in before} == before
    assert json.loads((place / "bad" / "run.json").read_text())["failed"] == {}
    # The manifest keeps FFmpeg's path.
    _assert_alike(place / "bad", place / "quiet", without=("container_bytes",))


def test_every_job_failing_is_one_sentence_that_names_one(place):
    text = EXPERIMENT.replace("  - {codec: x265, preset: ultrafast}\n", "")
    text = text.replace("preset: fast}", "preset: fast, extra: {me: nonsense}}")
    (place / "worse.yaml").write_text(text)
    ran = forked("rd", "worse.yaml", "-o", "worse", cwd=place)
    assert ran.code == 1
    assert ran.err.startswith("codecpipe: every job failed, the first one (clip_64x64_30, x264")
    assert ran.err.count("\n") == 1


def test_two_processes_in_one_folder(place):
    (place / "taken").mkdir()
    with (place / "taken" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ran = forked("rd", "exp.yaml", "-o", "taken", cwd=place)
    assert ran.code == 1
    assert ran.err == (
        "codecpipe: another process works in 'taken': wait for it, or name another folder\n"
    )
    assert {path.name for path in (place / "taken").rglob("*") if path.is_file()} == {"lock"}


def test_a_damaged_point_is_named(place):
    shutil.copytree(place / "quiet", place / "damaged")
    victim = sorted((place / "damaged" / "points").iterdir())[3]
    victim.write_text(victim.read_text()[:100])
    ran = forked("rd", "exp.yaml", "-o", "damaged", cwd=place)
    assert ran.code == 1
    assert ran.err.endswith(
        f"codecpipe: 'damaged/points/{victim.name}' is damaged: delete it and start the run again\n"
    )
    victim.unlink()
    succeeds("rd", "exp.yaml", "-o", "damaged", cwd=place)
    _assert_alike(place / "damaged", place / "quiet")
