"""The runner: what is missing is computed, failures are tried again and stay alone."""

import errno
import os
import signal
import threading
import time

import pytest
from kits.run import context, encodes, workers

from codecpipe.errors import InputError, MismatchError, ToolError
from experiments.run import jobs, runner
from experiments.run.schedule import Schedule
from experiments.run.store import RunFolder


@pytest.fixture(scope="module")
def client():
    with workers(1) as client:
        yield client


@pytest.fixture
def work(tmp_path, monkeypatch, client):
    """``work(encodes, compute)``: a run in which ``compute(kind, key)`` does the work."""

    def run(planned, compute, client=client, on_state=lambda _: None):
        def do(job, place):
            compute(job.kind, job.key)
            folder = RunFolder(place.folder)
            if job.kind == "encode":
                folder.cpv(job.key).touch()
                folder.put_times(job.key, {})
            else:
                folder.put_point(job.key, {})

        monkeypatch.setattr(jobs, "_do", do)
        with RunFolder(tmp_path / "run") as folder:
            schedule = Schedule(planned, folder)
            return runner.run(schedule, context(folder.path), client, on_state)

    return run


def test_everything_is_computed_once(work):
    done, states = [], []
    outcome = work(encodes(3), lambda *job: done.append(job), on_state=states.append)
    assert sorted(done) == [
        *(("encode", f"e{i}") for i in range(3)),
        *(("measure", f"p{i}") for i in range(3)),
    ]
    assert (outcome.computed, outcome.found, outcome.failed) == (3, 0, {})
    assert outcome.core_s > 0
    last = states[-1]
    assert (last.points, last.done, last.failed, last.running) == (3, 3, 0, 0)
    assert last.core_s_left == pytest.approx(0)
    outcome = work(encodes(3), lambda *_: None)
    assert (outcome.computed, outcome.found) == (0, 3)


def test_points_of_a_finished_encode_are_measured_without_coding_it_again(work):
    def no_points(kind, _):
        if kind == "measure":
            raise InputError("no")

    assert work(encodes(2), no_points).computed == 0
    done = []
    assert work(encodes(2), lambda *job: done.append(job)).computed == 2
    assert sorted(done) == [("measure", "p0"), ("measure", "p1")]


def test_a_tool_that_fails_is_tried_three_times(work):
    tries: dict[str, int] = {}

    def compute(_, key):
        tries[key] = tries.get(key, 0) + 1
        if key == "e1" or (key == "e2" and tries["e2"] < 3):
            raise ToolError("x265 crashed")

    outcome = work(encodes(4), compute)
    assert tries == {"e0": 1, "e1": 3, "e2": 3, "e3": 1, "p0": 1, "p2": 1, "p3": 1}
    assert outcome.computed == 3
    assert outcome.failed == {"clip, x265 fast, LDP, crs k2 δ5, QP 21": "x265 crashed"}


@pytest.mark.parametrize("error", [InputError("no"), MismatchError("no")])
def test_what_will_not_change_is_not_tried_again(work, error):
    tries = []

    def compute(_, key):
        tries.append(key)
        raise error

    outcome = work(encodes(1), compute)
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
    def compute(_, key):
        if key == "e0":
            raise error

    outcome = work(encodes(3), compute)
    assert outcome.computed == 2
    assert words in outcome.failed["clip, x265 fast, LDP, crs k2 δ5, QP 20"]


def test_one_point_of_an_encode_fails_alone(work):
    def compute(_, key):
        if key == "p1.0":
            raise InputError("no such weights")

    outcome = work(encodes(2, points=2), compute)
    assert outcome.computed == 3
    assert list(outcome.failed.values()) == ["no such weights"]


def test_a_full_disk_ends_the_run(work):
    def compute(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        work(encodes(3), compute)


def test_ctrl_c_is_no_reason_to_begin_a_job_again(work):
    tries = []
    with workers(1) as client:

        def compute(_, key):
            tries.append(key)
            os.kill(os.getpid(), signal.SIGINT)
            threading.Event().wait(1)  # as long as it takes to notice
            raise ToolError("ffmpeg was ended by SIGINT")

        with pytest.raises(KeyboardInterrupt):
            work(encodes(1), compute, client)
    assert tries == ["e0"]


def _most_at_a_time(work, planned, client):
    now, most, lock = 0, 0, threading.Lock()

    def compute(kind, _):
        nonlocal now, most
        if kind == "measure":
            return
        with lock:
            now += 1
            most = max(most, now)
        threading.Event().wait(0.2)
        with lock:
            now -= 1

    assert work(planned, compute, client).computed == len(planned)
    return most


def test_as_many_jobs_run_as_the_workers_cores_hold(work):
    with workers(2, 2) as client:
        assert _most_at_a_time(work, encodes(8), client) == 4


def test_a_job_takes_the_cores_of_its_encoders_threads(work):
    with workers(2, 2) as client:
        assert _most_at_a_time(work, encodes(6, threads=2), client) == 2


def test_workers_that_name_no_cores_run_a_job_a_thread(work):
    with workers(3, resources=False) as client:
        assert _most_at_a_time(work, encodes(8, threads=2), client) == 3


def test_a_job_that_no_worker_can_hold_is_refused(work, client):
    with pytest.raises(InputError, match="asks for 4 cores, and no worker has more than 1"):
        work(encodes(1, threads=4), lambda *_: None)


def test_networks_run_where_the_gpu_is(tmp_path, monkeypatch):
    where = []

    def do(job, _):
        where.append((job.kind, jobs.get_worker().name))
        folder = RunFolder(tmp_path / "run")
        if job.kind == "encode":
            folder.cpv(job.key).touch()
            folder.put_times(job.key, {})
        else:
            folder.put_point(job.key, {})

    monkeypatch.setattr(jobs, "_do", do)
    with workers(1, 1, gpus={1}) as client, RunFolder(tmp_path / "run") as folder:
        schedule = Schedule(encodes(4), folder, wants_gpu=lambda name: name == "lanczos")
        assert runner.run(schedule, context(folder.path), client).computed == 4
    assert {name for kind, name in where if kind == "measure"} == {1}


def test_a_scheduler_that_goes_away_is_said(work):
    with workers(1) as client:

        def compute(*_):
            threading.Thread(target=client.close).start()
            threading.Event().wait(1)

        with pytest.raises(ToolError, match="scheduler was lost; finished points are kept"):
            work(encodes(3), compute, client)


def test_a_result_that_dies_with_its_worker_is_made_again(work):
    lost, began = [], []

    def compute(_, key):
        began.append(key)
        if began.count(key) > 1:  # long enough to be seen as lost
            threading.Event().wait(1)

    def lose_a_result(_):
        if lost:
            return
        while not (
            done := [key for key, one in client.futures.items() if one.status == "finished"]
        ):
            time.sleep(0.01)
        lost.extend(done)

        async def lose(dask_scheduler):
            (holder,) = dask_scheduler.tasks[done[0]].who_has
            await dask_scheduler.remove_worker(holder.address, stimulus_id="test")

        client.run_on_scheduler(lose)
        while client.futures[done[0]].status == "finished":
            time.sleep(0.001)

    with workers(1, 1) as client:
        outcome = work(encodes(4), compute, client, lose_a_result)
    assert lost
    assert (outcome.computed, outcome.failed) == (4, {})
