"""The order of jobs: streams before encodes, encodes before points; costs; what fails together."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kits.run import encodes

from experiments.plan.cost import Speed, encode_cost_s, measure_cost_s
from experiments.run.schedule import Schedule
from experiments.run.store import RunFolder

HR = ("hr", "k" * 32)


@pytest.fixture
def folder(tmp_path):
    with RunFolder(tmp_path / "run") as folder:
        yield folder


def _all_jobs(schedule, fail=()):
    done = []
    while (job := schedule.next(gpu=True) or schedule.next()) is not None:
        done.append((job.kind, job.key))
        if job.key in fail:
            schedule.fail(job, "no")
        else:
            schedule.done(job, 2 * job.cost_s)
    return done


def test_a_shared_stream_comes_once_and_first(folder):
    schedule = Schedule(encodes(3, shared=(HR,)), folder)
    assert schedule.jobs_left == 1 + 3 + 3
    first = schedule.next()
    assert (first.kind, first.shared.stream) == ("stream", "hr")
    assert schedule.next() is None  # all others wait for it
    schedule.done(first, 1.0)
    kinds = [kind for kind, _ in _all_jobs(schedule)]
    assert sorted(kinds) == ["encode"] * 3 + ["measure"] * 3
    assert (schedule.jobs_left, schedule.points_done) == (0, 3)


def test_points_come_as_soon_as_they_can(folder):
    keys = [key for _, key in _all_jobs(Schedule(encodes(2, points=2), folder))]
    assert keys == ["e0", "p0.0", "p0.1", "e1", "p1.0", "p1.1"]


def test_long_jobs_come_before_short_ones(folder):
    from dataclasses import replace

    short, long = encodes(2)
    long = replace(long, codec="vtm")
    schedule = Schedule([short, long], folder)
    assert [schedule.next().key for _ in range(2)] == ["e1", "e0"]


def test_jobs_for_gpus_have_a_queue_of_their_own(folder):
    schedule = Schedule(encodes(2), folder, wants_gpu=lambda name: name == "lanczos")
    assert schedule.next(gpu=True) is None
    schedule.done(schedule.next(), 1.0)
    assert (schedule.next(gpu=True).key, schedule.next().key) == ("p0", "e1")


def test_what_depends_on_a_failed_stream_fails_with_it(folder):
    schedule = Schedule(encodes(2, shared=(HR,)), folder)
    stream = schedule.next()
    schedule.fail(stream, "x265 crashed")
    assert (schedule.jobs_left, schedule.points_failed, schedule.next()) == (0, 2, None)
    assert list(schedule.failed.values()) == ["x265 crashed"] * 2


def test_what_is_finished_is_not_done_again(folder):
    planned = encodes(3, points=2)
    folder.put_point("p0.0", {})
    folder.put_point("p0.1", {})
    folder.cpv("e1").touch()
    folder.put_times("e1", {})
    folder.put_point("p1.0", {})
    schedule = Schedule(planned, folder)
    assert schedule.points_found == 3
    assert [key for _, key in _all_jobs(schedule)] == ["p1.1", "e2", "p2.0", "p2.1"]


@settings(max_examples=40, deadline=None)
@given(
    count=st.integers(1, 6),
    points=st.integers(1, 3),
    shared=st.booleans(),
    fail=st.sets(st.sampled_from(["e0", "e2", "p0", "p1.0", "p3"])),
)
def test_every_point_is_done_or_failed_and_no_cost_is_left(
    tmp_path_factory, count, points, shared, fail
):
    folder = RunFolder(tmp_path_factory.mktemp("run"))
    schedule = Schedule(encodes(count, 1, points, (HR,) if shared else ()), folder)
    total = schedule.points_total
    _all_jobs(schedule, fail)
    assert schedule.points_done + schedule.points_failed == total == count * points
    assert schedule.jobs_left == 0
    assert schedule.core_s_left() == pytest.approx(0, abs=1e-6)


def test_estimates_follow_the_jobs_that_are_done(folder):
    (planned,) = encodes(1)
    due = encode_cost_s(planned) + measure_cost_s(planned)
    schedule = Schedule([planned], folder)
    assert schedule.is_rough
    assert schedule.core_s_left() == pytest.approx(due)
    speeds = {
        "encode x265 fast LDP": Speed(10, 30),
        "measure x265 fast LDP": Speed(10, 5),
    }
    schedule = Schedule([planned], folder, speeds=speeds)
    assert not schedule.is_rough
    known = 3 * encode_cost_s(planned) + 0.5 * measure_cost_s(planned)
    assert schedule.core_s_left() == pytest.approx(known)
    job = schedule.next()
    schedule.done(job, 4.0)
    assert schedule.core_s == 4.0
    assert schedule.new_speeds == {"encode x265 fast LDP": Speed(job.cost_s, 4.0)}


def test_a_stream_coded_once_is_not_counted_in_each_encode():
    alone, shared = encodes(1)[0], encodes(1, shared=(HR,))[0]
    assert encode_cost_s(shared, ["hr"]) < encode_cost_s(alone)
