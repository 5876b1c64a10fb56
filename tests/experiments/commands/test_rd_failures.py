"""``codecpipe rd`` that is killed, stopped, or has jobs that fail: what is finished stays."""

import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from kits.commands import COMMAND, forked, succeeds
from kits.small_run import (
    EXPERIMENT,
    POINTS,
    assert_alike,
    result_tables,
    stamps,
)

pytestmark = pytest.mark.codec


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


def test_killed_ten_times_it_ends_as_if_undisturbed(small_run):
    run, dice = small_run / "killed", random.Random(5)
    finished: dict[str, tuple[int, int]] = {}
    for kill in range(10):
        process = subprocess.Popen(
            [*COMMAND, "rd", "exp.yaml", "-o", "killed", "--jobs", "2"],
            cwd=small_run,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        # Every third time while a file of the results is written, else in the midst of a point.
        goal = dice.randrange(1, 4) if kill % 3 else POINTS
        until = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < until:
            if len(stamps(run)) >= min(POINTS, len(finished) + goal):
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
        now = stamps(run)
        assert {name: now.get(name) for name in finished} == finished
        finished = now
        if len(finished) == POINTS and kill < 5:  # the rest shall be killed at work, too
            kept = dice.sample(sorted(finished), POINTS - 6)
            for name in set(finished) - set(kept):
                (run / "points" / name).unlink()
                del finished[name]
            for path in (run / "cpv").glob("*.json"):
                path.unlink(missing_ok=dice.random() < 0.5)
    succeeds("rd", "exp.yaml", "-o", "killed", cwd=small_run)
    now = stamps(run)
    assert {name: now[name] for name in finished} == finished
    assert_alike(run, small_run / "quiet")
    for path in (small_run / "quiet" / "cpv").glob("*.cpv"):
        assert (run / "cpv" / path.name).read_bytes() == path.read_bytes()
    assert not (run / "work").exists()
    assert not list(run.rglob("*.part"))


def test_ctrl_c_stops_at_once_and_keeps_what_is_finished(small_run):
    text = EXPERIMENT.replace("ultrafast", "placebo").replace("x264, preset: fast", "x265")
    (small_run / "slow.yaml").write_text(text)
    process = subprocess.Popen(
        [*COMMAND, "rd", "slow.yaml", "-o", "stopped", "--jobs", "1"],
        cwd=small_run,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until = time.monotonic() + 60
    while not stamps(small_run / "stopped") and time.monotonic() < until:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert err.strip().startswith("codecpipe: stopped")
    assert "Traceback" not in err
    assert 0 < len(stamps(small_run / "stopped")) < POINTS
    assert not _children(process.pid)


def test_failing_jobs_take_no_other_down_and_are_tried_again(small_run):
    from codecpipe.programs.ffmpeg import find_ffmpeg

    script = small_run / "ffmpeg"  # x264 dies of everything but saying its version
    script.write_text(
        f'#!/bin/sh\ncase "$*" in *pipe:*libx264*) kill -9 $$;; esac\nexec {find_ffmpeg()} "$@"\n'
    )
    script.chmod(0o755)
    ran = forked("rd", "exp.yaml", "-o", "bad", cwd=small_run, CODECPIPE_FFMPEG=str(script))
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
    points = result_tables(small_run / "bad")["points"]
    assert set(points["codec"]) == {"x265 ultrafast"}
    assert len(points) == 8
    assert len(json.loads((small_run / "bad" / "run.json").read_text())["failed"]) == 8
    assert "x265 ultrafast" in (small_run / "bad" / "report.html").read_text(encoding="utf-8")
    # Each was tried three times, and each try left its log.
    assert len(list((small_run / "bad" / "logs").glob("*.log"))) == 3 * 8
    before = stamps(small_run / "bad")
    ran = forked("rd", "exp.yaml", "-o", "bad", cwd=small_run)
    assert (ran.code, ran.err) == (0, "8 of 16 points were finished before\n")
    now = stamps(small_run / "bad")
    assert {name: now[name] for name in before} == before
    assert json.loads((small_run / "bad" / "run.json").read_text())["failed"] == {}
    # The manifest keeps FFmpeg's path.
    assert_alike(small_run / "bad", small_run / "quiet", without=("container_bytes",))


def test_every_job_failing_is_one_sentence_that_names_one(small_run):
    text = EXPERIMENT.replace("  - {codec: x265, preset: ultrafast}\n", "")
    text = text.replace("preset: fast}", "preset: fast, extra: {me: nonsense}}")
    (small_run / "worse.yaml").write_text(text)
    ran = forked("rd", "worse.yaml", "-o", "worse", cwd=small_run)
    assert ran.code == 1
    assert ran.err.startswith("codecpipe: every job failed, the first one (clip_64x64_30, x264")
    assert ran.err.count("\n") == 1


def test_two_processes_in_one_folder(small_run):
    (small_run / "taken").mkdir()
    with (small_run / "taken" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ran = forked("rd", "exp.yaml", "-o", "taken", cwd=small_run)
    assert ran.code == 1
    assert ran.err == (
        "codecpipe: another process works in 'taken': wait for it, or name another folder\n"
    )
    assert {path.name for path in (small_run / "taken").rglob("*") if path.is_file()} == {"lock"}


def test_a_damaged_point_is_named(small_run):
    shutil.copytree(small_run / "quiet", small_run / "damaged")
    victim = sorted((small_run / "damaged" / "points").iterdir())[3]
    victim.write_text(victim.read_text()[:100])
    ran = forked("rd", "exp.yaml", "-o", "damaged", cwd=small_run)
    assert ran.code == 1
    assert ran.err.endswith(
        f"codecpipe: 'damaged/points/{victim.name}' is damaged: delete it and start the run again\n"
    )
    victim.unlink()
    succeeds("rd", "exp.yaml", "-o", "damaged", cwd=small_run)
    assert_alike(small_run / "damaged", small_run / "quiet")
