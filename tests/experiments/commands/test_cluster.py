"""``codecpipe rd`` on workers elsewhere: a running scheduler, a batch system, workers that die."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from kits.commands import COMMAND, forked, succeeds

pytestmark = pytest.mark.codec

CLIP = "clip_64x64_30.yuv"
EXPERIMENT = f"""
name: small
sequences: [{{file: {CLIP}}}]
codecs: [{{codec: x265, preset: ultrafast}}]
layouts: [{{layout: crs, gop: 3}}, {{layout: crs, gop: 3, delta_qp: 2}}]
qps: [22, 27, 32, 37]
"""
POINTS = 3 * 4
DASK = (sys.executable, "-m", "distributed.cli.dask_scheduler")
WORKER = (sys.executable, "-m", "distributed.cli.dask_worker")


@pytest.fixture(scope="module")
def place(moving_clip, tmp_path_factory):
    """A folder with the experiment and ``quiet``, an undisturbed run of it on this machine."""
    folder = tmp_path_factory.mktemp("cluster") / "here"
    folder.mkdir()
    (folder / CLIP).write_bytes(moving_clip(64, 64, 6).read_bytes())
    (folder / "exp.yaml").write_text(EXPERIMENT)
    succeeds("rd", "exp.yaml", "-o", "quiet", "--jobs", "1", cwd=folder)
    return folder


def _start(folder, name, *command):
    log = (folder / f"{name}.log").open("w")
    with log:
        return subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )


@pytest.fixture
def cluster(tmp_path):
    """Address of a scheduler, its two workers' processes, and how to start another worker."""
    processes = []

    def worker():
        options = ("--nthreads", "1", "--resources", "cores=1", "--no-dashboard")
        name = f"worker{len(processes)}"
        local = ("--local-directory", str(tmp_path / name), "--no-nanny")
        processes.append(_start(tmp_path, name, *WORKER, address, *options, *local))
        return processes[-1]

    file = tmp_path / "scheduler.json"
    where = ("--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0")
    processes.append(_start(tmp_path, "scheduler", *DASK, "--scheduler-file", str(file), *where))
    _wait(file.exists)
    time.sleep(0.1)
    address = pd.read_json(file, typ="series")["address"]
    yield address, [worker(), worker()], worker
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(condition, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)


def _points(run):
    return {path.name: path.stat().st_mtime_ns for path in (run / "points").glob("*.json")}


def _assert_alike(run, other):
    times = ["encode_s", "encode_wall_s", "decode_s", "enhance_s"]
    ours, theirs = (pd.read_csv(one / "points.csv").drop(columns=times) for one in (run, other))
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)
    for path in (other / "cpv").glob("*.cpv"):
        assert (run / "cpv" / path.name).read_bytes() == path.read_bytes()
    assert not list(run.rglob("*.part"))


def test_a_killed_worker_and_a_killed_client_change_nothing(place, cluster):
    address, (first, _), worker = cluster
    run = place / "far"
    argv = ("rd", "exp.yaml", "-o", "far", "--scheduler", address)
    client = _start(place, "client", *COMMAND, *argv)
    _wait(lambda: len(_points(run)) >= 2)
    os.killpg(first.pid, signal.SIGKILL)
    _wait(lambda: len(_points(run)) >= 5)
    assert client.poll() is None
    os.killpg(client.pid, signal.SIGKILL)
    client.wait()
    before = _points(run)
    assert len(before) < POINTS
    worker()
    out = succeeds(*argv, cwd=place)
    assert "report: far/report.html" in out
    now = _points(run)
    # What the lost client's workers were still at may have come in between.
    assert {name: now[name] for name in before} == before
    _assert_alike(run, place / "quiet")


def test_a_local_worker_that_is_killed_is_replaced(place):
    run = place / "near"
    client = _start(place, "near-client", *COMMAND, "rd", "exp.yaml", "-o", "near", "--jobs", "2")
    _wait(lambda: len(_points(run)) >= 2)
    victims = _workers(client.pid)
    assert len(victims) == 2
    os.kill(victims[0], signal.SIGKILL)
    assert client.wait(120) == 0, (place / "near-client.log").read_text()
    _assert_alike(run, place / "quiet")


def _workers(pid):
    """Processes of Dask workers below a process.

    What a worker has just forked looks like the worker until it runs its own program.
    """
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found += [child] if b"spawn_main" in _command(child) else _workers(child)
    return found


def _command(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def test_the_encodes_that_points_share_are_made_once(place):
    streams = list((place / "quiet" / "streams").rglob("*.stream"))
    assert len(streams) == 4  # the key frames' at each QP, for two delta_qp
    points = pd.read_csv(place / "quiet" / "points.csv")
    assert len(points) == POINTS


def test_no_scheduler_is_one_sentence(place):
    ran = forked("rd", "exp.yaml", "-o", "none", "--scheduler", "tcp://127.0.0.1:9", cwd=place)
    assert ran.code == 1
    assert "no Dask scheduler answers at 'tcp://127.0.0.1:9': start one with" in ran.err
    assert ran.err.count("\n") == 1
    ran = forked("rd", "exp.yaml", "-o", "none", "--scheduler", "nonsense:x", cwd=place)
    assert ran.code == 1
    assert ran.err.count("\n") == 1


def test_two_places_to_work_are_refused(place):
    ran = forked("rd", "exp.yaml", "-o", "two", "--jobs", "1", "--scheduler", "x", cwd=place)
    assert ran.code == 1
    assert "give one of them" in ran.err


def test_a_batch_system_starts_workers(place):
    (place / "queue.yaml").write_text(
        "system: local\nworkers: 1\ncores: 2\nmemory: 2GB\n"
        f"options: {{local_directory: '{place}', interface: lo, log_directory: '{place}'}}\n"
    )
    out = succeeds("rd", "exp.yaml", "-o", "queued", "--slurm", "queue.yaml", cwd=place)
    assert "report: queued/report.html" in out
    _assert_alike(place / "queued", place / "quiet")


def test_a_batch_system_that_is_not_here_is_said(place):
    (place / "slurm.yaml").write_text("workers: 2\ncores: 2\nmemory: 2GB\n")
    ran = forked("rd", "exp.yaml", "-o", "slurm", "--slurm", "slurm.yaml", cwd=place)
    assert ran.code == 1
    assert "sbatch" in ran.err
    assert ran.err.count("\n") == 1
