"""Runs cover every frame, whatever the numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders.reference.runs import Join, Run, RunPlan, plan_runs

FRAMES = st.integers(1, 700)
PERIOD = st.integers(0, 130)
GOP = st.sampled_from([1, 2, 4, 8, 16, 32])


def _shown(plan: RunPlan) -> list[int]:
    return [frame for run in plan.runs for frame in range(run.first, run.first + run.count)]


@given(FRAMES, PERIOD, GOP, st.booleans())
def test_every_frame_is_coded(frames: int, period: int, gop: int, segmented: bool) -> None:
    plan = plan_runs(frames, period, gop, segmented=segmented)
    assert set(_shown(plan)) == set(range(frames))
    assert all(run.count > 0 for run in plan.runs)
    # What an encoder takes: none, or a multiple of its GOP.
    assert plan.intra_period % gop == 0
    if plan.join is not Join.SEGMENTS:
        assert _shown(plan) == list(range(frames))
    if plan.join is Join.NONE:
        assert plan.runs == (Run(0, frames),)
    else:
        assert len(plan.runs) > 1


@given(FRAMES, PERIOD, GOP, st.booleans())
def test_intra_pictures_stand_where_the_period_says(
    frames: int, period: int, gop: int, segmented: bool
) -> None:
    plan = plan_runs(frames, period, gop, segmented=segmented)
    intra = {
        frame
        for run in plan.runs
        for frame in range(run.first, run.first + run.count, plan.intra_period or frames)
    }
    assert intra == set(range(0, frames, period or frames))


@given(FRAMES, st.integers(1, 130), GOP, st.booleans())
def test_closed_gops(frames: int, period: int, gop: int, segmented: bool) -> None:
    plan = plan_runs(frames, period, gop, segmented=segmented)
    assert (plan.join is Join.CLOSED) == (period % gop != 0 and period < frames)
    if plan.join is Join.CLOSED:
        assert plan.intra_period == 0
        assert all(run.count == period for run in plan.runs[:-1])
        assert plan.runs[-1].count <= period


@given(FRAMES, st.integers(1, 8), GOP)
def test_segments(frames: int, periods: int, gop: int) -> None:
    period = periods * gop
    plan = plan_runs(frames, period, gop, segmented=True)
    assert (plan.join is Join.SEGMENTS) == (frames > period + 1)
    for one, two in zip(plan.runs, plan.runs[1:], strict=False):
        assert one.first + one.count - 1 == two.first
        assert two.first % period == 0
        assert one.count == period + 1
    # A last segment of the shared picture alone would code nothing.
    assert all(run.count > 1 for run in plan.runs) or frames == 1


@pytest.mark.parametrize(
    ("frames", "period", "gop", "segmented", "plan"),
    [
        (33, 16, 16, True, RunPlan((Run(0, 17), Run(16, 17)), 16, Join.SEGMENTS)),
        (33, 16, 16, False, RunPlan((Run(0, 33),), 16, Join.NONE)),
        (17, 16, 16, True, RunPlan((Run(0, 17),), 16, Join.NONE)),
        (34, 16, 16, True, RunPlan((Run(0, 17), Run(16, 17), Run(32, 2)), 16, Join.SEGMENTS)),
        (12, 5, 8, True, RunPlan((Run(0, 5), Run(5, 5), Run(10, 2)), 0, Join.CLOSED)),
        (5, 5, 8, False, RunPlan((Run(0, 5),), 0, Join.NONE)),
        (9, 0, 8, True, RunPlan((Run(0, 9),), 0, Join.NONE)),
        (9, 32, 8, True, RunPlan((Run(0, 9),), 32, Join.NONE)),
    ],
)
def test_by_hand(frames: int, period: int, gop: int, segmented: bool, plan: RunPlan) -> None:
    assert plan_runs(frames, period, gop, segmented=segmented) == plan
