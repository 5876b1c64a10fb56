"""Validation of SRFR: whole groups, restored as a receiver does; RGB is judged by its luma."""

from pathlib import Path

import numpy as np
import pytest
import torch
from kits.training import srfr_plan, srfr_task, tds_dataset
from torch import Tensor

from codecpipe.video.resample import Filter
from enhancers.srfr.train import choose_groups
from enhancers.training.cache import open_datasets
from enhancers.training.plan import Planes, ValidationPart
from enhancers.training.validation import baseline_mse, shown_error


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tds_dataset(tmp_path_factory.mktemp("dataset"))


def test_whole_groups_are_validated(data: Path) -> None:
    items = [item for item in open_datasets([data]) if item.clip.split == "validation"]
    one = choose_groups(items[:1], ValidationPart(frames=2), 8)
    assert [shot.frame for shot in one] == [6]
    every = choose_groups(items, ValidationPart(frames=3, crop=32), 8)
    assert [shot.frame for shot in every] == [1, 2, 3, 6] * 2
    assert every[0].patch == (8, 16, 16, 16)
    assert every[0].given == (4, 12, 24, 24)


def test_validation_is_the_true_recurrence(data: Path) -> None:
    """Frame by frame: 2 from 0 and 4; 1 from 0 and the restored 2; 3 from 4 and the restored 2."""
    method = srfr_task(srfr_plan(validation={"frames": 4, "crop": 32}), data)
    shots = method.validation[:4]
    item = shots[0].item
    seen: list[tuple[Tensor, Tensor]] = []

    def forward(pictures: Tensor, qp: Tensor) -> Tensor:
        seen.append((pictures[0, :, 0], qp[0]))
        return pictures[:, 1] + 0.25

    found = method.errors(forward, 0, 1, lambda: False)
    assert found is not None
    assert len(found) == len(method.validation) == 8
    part = np.s_[8:56, 24:72]  # the shot's larger part, at HR
    keys = torch.from_numpy(item.keys(Planes.Y)[:, 0][(slice(None), *part)] / np.float32(255))
    assert [qp.tolist() for _, qp in seen[:4]] == [
        *([32, 27, 32], [32, 27, 27], [32, 27, 27]),
        [32, 27, 32],
    ]
    torch.testing.assert_close(seen[0][0][[0, 2]], keys[[0, 1]])
    middle = (seen[0][0][1] + 0.25).clamp(0, 1)
    for at, boundary in ((1, 0), (2, 1)):
        torch.testing.assert_close(seen[at][0][[0, 2]], torch.stack((keys[boundary], middle)))
    torch.testing.assert_close(seen[3][0][[0, 2]], keys[[2, 3]])
    # Of the inner part alone, clamped and rounded.
    target = torch.from_numpy(item.source(Planes.Y)[2, 0][8 + 8 : 56 - 8, 32:64] / np.float32(255))
    restored = seen[0][0][1][8:-8, 8:-8] + 0.25
    assert found[1] == pytest.approx(shown_error(restored, target, 8))
    shares = [method.errors(forward, rank, 3, lambda: False) for rank in range(3)]
    assert np.sum(np.array(shares), axis=0).tolist() == found
    assert method.errors(forward, 0, 1, lambda: True) is None


def test_rgb_is_judged_by_its_luma(data: Path) -> None:
    """A network that changes nothing has the errors of bicubic luma, but for its rounding."""
    plan = srfr_plan(planes="rgb", validation={"frames": 1, "crop": 32})
    errors = [
        srfr_task(plan, data, planes).errors(lambda p, _: p[:, 1], 0, 1, lambda: False)
        for planes in (Planes.RGB, Planes.Y)
    ]
    assert errors[0] == pytest.approx(errors[1], rel=1e-3, abs=1e-9)
    shots = srfr_task(plan, data, Planes.RGB).validation
    bicubic = [baseline_mse(shots, planes, Filter.BICUBIC) for planes in (Planes.RGB, Planes.Y)]
    assert bicubic[0] == bicubic[1]
