"""The runner: what is missing is computed, failures are tried again and stay alone."""

import errno
import os
import signal
import threading
from types import SimpleNamespace

import pytest

from codecpipe.codec import CodecOptions
from codecpipe.errors import InputError, MismatchError, ToolError
from codecpipe.job import EncodeJob
from codecpipe.layout import Config, LayoutOptions, make_layout
from codecpipe.process import Limits
from experiments import runner
from experiments.plan import PlannedEncode, PlannedPoint
from experiments.store import RunFolder


def _encodes(count: int, threads: int = 1) -> list[PlannedEncode]:
    layout = make_layout("crs", 5, Config.LDP, LayoutOptions(gop=4))
    sequence = SimpleNamespace(name="clip")
    return [
        PlannedEncode(
            f"e{i}",
            sequence,
            "x265",
            "x265 fast",
            EncodeJob(layout, 20 + i, CodecOptions("fast", (), threads)),
            (PlannedPoint(f"p{i}", "lanczos", "crs k2 δ5 + lanczos", False),),
        )
        for i in range(count)
    ]


@pytest.fixture
def work(tmp_path, monkeypatch):
    """``work(encodes, compute, jobs=1)``: a run in which ``compute(planned)`` does the work."""
    monkeypatch.setattr(runner, "STOP_S", 0.0)

    def run(encodes, compute, jobs=1):
        def step(planned, folder, *_):
            compute(planned)
            folder.put_point(planned.points[0].key, {})

        monkeypatch.setattr(runner, "compute", step)
        with RunFolder(tmp_path / "run") as folder:
            return runner.run(encodes, folder, None, None, (), jobs=jobs, limits=Limits())

    return run


def test_everything_is_computed_once(work):
    done = []
    outcome = work(_encodes(5), done.append, jobs=2)
    assert sorted(one.key for one in done) == ["e0", "e1", "e2", "e3", "e4"]
    assert (outcome.computed, outcome.found, outcome.failed) == (5, 0, {})
    outcome = work(_encodes(5), lambda _: None)
    assert (outcome.computed, outcome.found) == (0, 5)


def test_a_tool_that_fails_is_tried_once_more(work):
    tries: dict[str, int] = {}

    def compute(planned):
        tries[planned.key] = tries.get(planned.key, 0) + 1
        if planned.key == "e1" or (planned.key == "e2" and tries["e2"] == 1):
            raise ToolError("x265 crashed")

    outcome = work(_encodes(4), compute)
    assert tries == {"e0": 1, "e1": 2, "e2": 2, "e3": 1}
    assert outcome.computed == 3
    assert outcome.failed == {"clip, x265 fast, LDP, crs k2 δ5, QP 21": "x265 crashed"}


@pytest.mark.parametrize("error", [InputError("no"), MismatchError("no")])
def test_what_will_not_change_is_not_tried_again(work, error):
    tries = []

    def compute(planned):
        tries.append(planned.key)
        raise error

    outcome = work(_encodes(1), compute)
    assert tries == ["e0"]
    assert list(outcome.failed.values()) == ["no"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyError("x"), "inside codecpipe, KeyError"),
        (MemoryError(), "fewer --jobs"),
        (PermissionError(13, "Permission denied"), "Permission denied"),
    ],
)
def test_no_error_of_a_job_takes_the_others_down(work, error, words):
    def compute(planned):
        if planned.key == "e0":
            raise error

    outcome = work(_encodes(3), compute)
    assert outcome.computed == 2
    assert words in outcome.failed["clip, x265 fast, LDP, crs k2 δ5, QP 20"]


def test_a_full_disk_ends_the_run(work):
    def compute(planned):
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        work(_encodes(3), compute)


def test_ctrl_c_is_no_reason_to_begin_a_job_again(work, monkeypatch):
    monkeypatch.setattr(runner, "STOP_S", 30.0)  # as long as it takes to notice
    tries = []

    def compute(planned):
        tries.append(planned.key)
        os.kill(os.getpid(), signal.SIGINT)
        raise ToolError("ffmpeg was ended by SIGINT")

    with pytest.raises(KeyboardInterrupt):
        work(_encodes(3), compute)
    assert tries == ["e0"]


def test_as_many_jobs_as_asked_for_run_at_a_time(work):
    now, most, lock, pair = 0, 0, threading.Lock(), threading.Barrier(2)

    def compute(_):
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        pair.wait(30)  # breaks unless two are here together
        with lock:
            now -= 1

    assert work(_encodes(6), compute, jobs=2).computed == 6
    assert most == 2


def test_default_jobs_fill_the_cores_with_threads(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)))
    assert runner.default_jobs(_encodes(3)) == 8
    assert runner.default_jobs(_encodes(3, threads=3)) == 2
    assert runner.default_jobs(_encodes(3, threads=16)) == 1
    assert runner.default_jobs([]) == 8
