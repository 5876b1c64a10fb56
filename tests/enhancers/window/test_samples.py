"""Samples are aligned, complete, and a function of their number."""

from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kits.training import fake_dataset, halved, ramps

from codecpipe.errors import InputError
from enhancers.training.cache import Item, open_datasets
from enhancers.training.data import RandomSamples, StepSampler, make_loader
from enhancers.training.patches import Rect, around, turned
from enhancers.training.plan import CODED, Planes
from enhancers.window.config import WindowPlan
from enhancers.window.samples import Sample, cut_sample, plan_cut, random_sample

LOW_DELAY = WindowPlan(size=3, current=2, keys=1)
BOTH_WAYS = WindowPlan(size=3, current=1, keys=2)


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> tuple[Item, ...]:
    return open_datasets([fake_dataset(tmp_path_factory.mktemp("dataset"))])


@pytest.mark.parametrize("planes", list(CODED))
def test_parts_are_aligned(items: tuple[Item, ...], planes: Planes) -> None:
    """Against the ramps that the pictures are, cut by hand at the same place."""
    cut = plan_cut(items, planes, LOW_DELAY, 16, 8)
    assert cut.key_side == 24
    patch, key = Rect(6, 10, 16, 16), Rect(2, 6, 24, 24)
    sample = cut_sample(items[0], cut, 5, patch, key)
    luma, chroma = ramps((64, 96), 7)
    full = luma[:, None] if planes is Planes.Y else chroma
    low = halved(full).round()
    half = planes.step
    at = np.s_[..., 12 // half : 44 // half, 20 // half : 52 // half]
    np.testing.assert_allclose(sample.target * 255, full[5][at], atol=1e-4)
    at = np.s_[..., 6 // half : 22 // half, 10 // half : 26 // half]
    np.testing.assert_allclose(sample.lr * 255, low[[3, 4, 5]][at], atol=1e-4)
    at = np.s_[..., 4 // half : 52 // half, 12 // half : 60 // half]
    np.testing.assert_allclose(sample.keys * 255, full[[4]][at], atol=1e-4)
    at = np.s_[..., 2 // half : 26 // half, 6 // half : 30 // half]
    np.testing.assert_allclose(sample.keys_lr * 255, low[[4]][at], atol=1e-4)
    assert sample.qp.tolist() == [27, 32, 27]
    assert sample.key_qp.tolist() == [32]


def test_random_samples_stay_aligned(items: tuple[Item, ...]) -> None:
    """Halving the target gives the current frame, whatever way both were turned."""
    cut = plan_cut(items, Planes.Y, LOW_DELAY, 16, 8)
    turns = set()
    for number in range(60):
        sample = random_sample(items, cut, 5, number)
        assert sample.target.shape == (1, 32, 32)
        assert sample.keys.shape == (1, 1, 48, 48)
        assert sample.keys_lr.shape == (1, 1, 24, 24)
        low = halved(sample.target * 255)
        smooth = low.max() - low.min() < 200  # where the ramp does not start again
        if smooth:
            np.testing.assert_allclose(sample.lr[-1] * 255, low.round(), atol=1e-3)
        slope = (sample.target[0, 1, 0] - sample.target[0, 0, 0]) * 255
        turns.add(round(float(slope)))
    assert turns >= {2, -2, 1, -1}


def test_a_sample_depends_on_seed_and_number_alone(items: tuple[Item, ...]) -> None:
    cut = plan_cut(items, Planes.UV, BOTH_WAYS, 16, 8)
    first = [random_sample(items, cut, 1, number) for number in range(6)]
    again = [random_sample(items, cut, 1, number) for number in reversed(range(6))][::-1]
    for one, other in zip(first, again, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert not np.array_equal(first[0].target, random_sample(items, cut, 2, 0).target)


def test_source_of_another_depth(tmp_path: Path) -> None:
    """It is shifted to the decoded depth, as the pipeline does before it measures."""
    item = open_datasets([fake_dataset(tmp_path, depth=10, source_depth=8)])[0]
    cut = plan_cut([item], Planes.Y, LOW_DELAY, 16, 8)
    sample = cut_sample(item, cut, 1, Rect(0, 0, 16, 16), Rect(0, 0, 24, 24))
    luma, _ = ramps((64, 96), 2)
    np.testing.assert_allclose(sample.target[0] * 1023, luma[1, :32, :32] * 4, atol=1e-3)


@given(st.integers(0, 7), st.integers(2, 12))
def test_turns_are_their_own_law(which: int, side: int) -> None:
    """Every turn keeps the samples, and is undone by some other."""
    random = np.random.default_rng(side).random((1, side, side), np.float32)
    stack = random[None]
    none = np.zeros(1, np.float32)
    sample = Sample(stack, stack, stack, none, none, random)
    done = turned(sample, which)
    assert np.array_equal(np.sort(done.target.ravel()), np.sort(random.ravel()))
    assert np.array_equal(done.lr[0], done.target)
    assert any(np.array_equal(turned(done, back).target, random) for back in range(8))


@given(st.data())
def test_parts_lie_in_the_picture(data: st.DataObject) -> None:
    size = data.draw(st.tuples(*[st.integers(4, 40).map(lambda n: 2 * n)] * 2))
    inner = tuple(data.draw(st.integers(1, side // 2)) * 2 for side in size)
    outer = tuple(
        data.draw(st.integers(low // 2, side // 2)) * 2
        for low, side in zip(inner, size, strict=True)
    )
    top, left = (
        data.draw(st.integers(0, (side - low) // 2)) * 2
        for low, side in zip(inner, size, strict=True)
    )
    found = around(Rect(top, left, *inner), *outer, size)
    assert found.top % 2 == found.left % 2 == 0
    assert 0 <= found.top <= top
    assert 0 <= found.left <= left
    assert top + inner[0] <= found.top + outer[0] <= size[0]
    assert left + inner[1] <= found.left + outer[1] <= size[1]


def test_window_and_keys() -> None:
    assert LOW_DELAY.around(0, 9) == (0, 0, 0)
    assert LOW_DELAY.around(1, 9) == (0, 0, 1)
    assert BOTH_WAYS.around(8, 9) == (7, 8, 8)
    assert LOW_DELAY.keys_for(3, (0, 4, 8)) == (0,)
    assert LOW_DELAY.keys_for(5, (0, 4, 8)) == (1,)
    assert BOTH_WAYS.keys_for(5, (0, 4, 8)) == (1, 2)
    assert BOTH_WAYS.keys_for(9, (0, 4, 8)) == (2, 2)
    assert BOTH_WAYS.keys_for(1, (2, 4)) == (0, 0)
    assert WindowPlan(size=3, current=2, keys=0).keys_for(5, (0, 4)) == ()


def test_pictures_that_are_too_small(items: tuple[Item, ...]) -> None:
    with pytest.raises(InputError, match=r"48x32, smaller than .* of 64: give a patch of 32"):
        plan_cut(items, Planes.Y, LOW_DELAY, 64, 32)
    with pytest.raises(InputError, match="multiple of 8"):
        plan_cut(items, Planes.Y, LOW_DELAY, 16, 12)
    assert plan_cut(items, Planes.Y, LOW_DELAY, 16, 64).key_side == 32


@given(st.integers(0, 5), st.integers(1, 4), st.integers(1, 4), st.integers(1, 4))
def test_steps_have_the_same_samples_on_several_devices(
    start: int, count: int, share: int, world: int
) -> None:
    stop, batch = start + count, share * world
    alone = list(StepSampler(start, stop, batch))
    ranks = [list(StepSampler(start, stop, batch, rank, world)) for rank in range(world)]
    for step, numbers in enumerate(alone):
        assert list(chain(*(rank[step] for rank in ranks))) == numbers
    assert list(chain(*alone)) == list(range(start * batch, stop * batch))


def test_workers_change_nothing(items: tuple[Item, ...]) -> None:
    cut = plan_cut(items, Planes.Y, LOW_DELAY, 16, 8)
    samples = RandomSamples(partial(random_sample, items, cut, 3))
    here, there = (list(make_loader(samples, StepSampler(1, 4, 2), workers)) for workers in (0, 2))
    assert len(here) == 3
    for one, other in zip(here, there, strict=True):
        assert all(a.equal(b) for a, b in zip(one, other, strict=True))
