"""SRFR's samples: the two calls of Algorithm 1, aligned, and a function of their number."""

from pathlib import Path

import numpy as np
import pytest
import torch
from kits.training import halved, ramps, tds_dataset

from enhancers.engine.rgb import to_rgb
from enhancers.layers.resize import upsample
from enhancers.srfr.samples import cut_sample, random_sample
from enhancers.training.cache import Group, Item, open_datasets
from enhancers.training.patches import Rect
from enhancers.training.plan import CODED, Planes

WHERE = Rect(6, 10, 16, 16)


@pytest.fixture(scope="module")
def item(tmp_path_factory: pytest.TempPathFactory) -> Item:
    return open_datasets([tds_dataset(tmp_path_factory.mktemp("dataset"))])[0]


def test_groups_lie_between_two_keys(item: Item, tmp_path: Path) -> None:
    assert item.groups == (Group(0, range(1, 4), 4), Group(5, range(6, 7), 7))
    crs = open_datasets([tds_dataset(tmp_path, keys=(2, 5), frames=8)])[0]
    assert crs.groups == (Group(2, range(3, 5), 5),)


def expected(planes: Planes) -> tuple[np.ndarray, np.ndarray]:
    """By hand: HR pictures and up-sampled LR pictures of all frames in `WHERE`, in samples."""
    luma, chroma = ramps((64, 96), 8)
    full = luma[:, None] if planes is Planes.Y else chroma
    low = halved(full).round()
    half = planes.step
    high = full[..., 12 // half : 44 // half, 20 // half : 52 // half]
    part = low[..., 6 // half : 22 // half, 10 // half : 26 // half]
    return high, upsample(torch.from_numpy(part), 2).numpy()


@pytest.mark.parametrize("planes", list(Planes))
def test_both_calls_see_what_algorithm_1_says(item: Item, planes: Planes) -> None:
    if planes is Planes.RGB:
        parts = [expected(one) for one in CODED]
        high, up = (
            to_rgb(*(torch.from_numpy(part[kind] / 255) for part in parts)).numpy() * 255
            for kind in (0, 1)
        )
    else:
        high, up = expected(planes)
    near = {"atol": 1e-3}
    group = item.groups[0]
    # Frame 2 from 0 and 4; then 1 from 0 and 2, and 3 from 4 and 2.
    for second, (target, boundary) in enumerate([(1, 0), (3, 4)]):
        sample = cut_sample(item, planes, group, second, WHERE)
        np.testing.assert_allclose(sample.first * 255, np.stack([high[0], up[2], high[4]]), **near)
        np.testing.assert_allclose(
            sample.second * 255, np.stack([high[boundary], up[target]]), **near
        )
        np.testing.assert_allclose(sample.targets * 255, high[[2, target]], **near)
        assert sample.first_qp.tolist() == [32, 27, 32]
        assert sample.second_qp.tolist() == [32, 27, 27]
        assert sample.weight == 1


def test_a_group_of_one_frame_has_no_second_call(item: Item) -> None:
    sample = cut_sample(item, Planes.Y, item.groups[1], 0, WHERE)
    assert sample.weight == 0
    assert np.array_equal(sample.second, sample.first[:2])
    assert np.array_equal(sample.targets[0], sample.targets[1])


def test_a_sample_depends_on_seed_and_number_alone(item: Item) -> None:
    numbers = range(8)
    first = [random_sample([item], Planes.UV, 16, 1, number) for number in numbers]
    again = [random_sample([item], Planes.UV, 16, 1, number) for number in reversed(numbers)][::-1]
    for one, other in zip(first, again, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert not np.array_equal(first[0].targets, random_sample([item], Planes.UV, 16, 2, 0).targets)
    assert {float(sample.weight) for sample in first} == {0.0, 1.0}


def test_pictures_are_turned_alike(item: Item) -> None:
    """Halving a target gives the LR frame, which up-sampling only smooths."""
    slopes = set()
    for number in range(30):
        sample = random_sample([item], Planes.Y, 16, 3, number)
        middle, target = sample.first[1] * 255, sample.targets[0] * 255
        if target.max() - target.min() < 200:  # where the ramp does not start again
            assert np.abs(middle - target)[:, 4:-4, 4:-4].max() < 2.5
            assert np.abs(sample.first[0] - sample.first[1]).mean() < 3 / 255
        slopes.add(round(float(target[0, 1, 0] - target[0, 0, 0])))
    assert slopes >= {2, -2, 1, -1}


def test_source_of_another_depth(tmp_path: Path) -> None:
    """It is shifted to the decoded depth, and RGB is made of it at that depth."""
    (item, *_) = open_datasets([tds_dataset(tmp_path, depth=10, source_depth=8)])
    high, _ = expected(Planes.Y)
    sample = cut_sample(item, Planes.Y, item.groups[0], 0, WHERE)
    np.testing.assert_allclose(sample.targets[0] * 1023, high[2] * 4, atol=1e-2)
    parts = [torch.from_numpy(expected(one)[0][2:3] * 4 / 1023) for one in CODED]
    rgb = to_rgb(parts[0], parts[1], 10)[0].numpy()
    sample = cut_sample(item, Planes.RGB, item.groups[0], 0, WHERE)
    np.testing.assert_allclose(sample.targets[0], rgb, atol=1e-5)
