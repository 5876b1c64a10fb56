"""Validation: the baselines are those of ``decode --enhancer``, and the shots are fixed."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from kits.training import fake_dataset, kind_of, plan

from codecpipe.format import VideoFormat
from codecpipe.video.resample import Filter, plan_size, upsample
from enhancers.training.cache import open_datasets
from enhancers.training.patches import Rect
from enhancers.training.plan import CODED, Planes, ValidationPart
from enhancers.training.selection import select
from enhancers.training.validation import (
    baseline_mse,
    choose_frames,
    columns_for,
    kept_baselines,
    psnr,
    scores,
)


@pytest.mark.parametrize("depth", [8, 10])
def test_baselines_are_swscales(tmp_path: Path, depth: int) -> None:
    item = open_datasets([fake_dataset(tmp_path, depth=depth)])[0]
    shots = choose_frames([item], ValidationPart(frames=2, crop=32), 0)
    assert [shot.frame for shot in shots] == [2, 5]
    assert shots[0].patch == Rect(8, 16, 16, 16)
    fmt = VideoFormat(48, 32, depth)
    lr = [
        np.concatenate([item.lr(p)[2].ravel() for p in CODED]).astype(fmt.dtype) for _ in range(1)
    ]
    (up,) = upsample(lr, fmt, plan_size(96, 64, Fraction(2)), Filter.BICUBIC)
    y, u, v = fmt.with_size(96, 64).planes(up)
    up_by = 1 << (depth - 8)
    peak = (1 << depth) - 1
    for planes, restored in ((Planes.Y, y[None]), (Planes.UV, np.stack([u, v]))):
        at = np.s_[
            ..., 16 // planes.step : 48 // planes.step, 32 // planes.step : 64 // planes.step
        ]
        error = restored[at].astype(float) - item.source(planes)[2].astype(float)[at] * up_by
        expected = float(np.mean((error / peak) ** 2))
        assert baseline_mse(shots, planes, Filter.BICUBIC)[0] == pytest.approx(expected)


def test_baselines_are_kept_and_made_again(tmp_path: Path) -> None:
    item = open_datasets([fake_dataset(tmp_path / "d")])[0]
    kept = tmp_path / "kept.json"
    shots = choose_frames([item], ValidationPart(frames=1), 0)
    first = kept_baselines(kept, shots, Planes.Y)
    content = json.loads(kept.read_text())
    kept.write_text(json.dumps({**content, "bicubic": [0.5]}))
    assert kept_baselines(kept, shots, Planes.Y)[Filter.BICUBIC] == [0.5]
    assert kept_baselines(kept, shots, Planes.UV) != first
    assert kept_baselines(kept, shots, Planes.Y) == first


def test_errors_are_of_what_a_receiver_shows(tmp_path: Path) -> None:
    """Clamped and rounded; each process does its share."""
    asked = plan(validation={"frames": 4})
    selection = select(open_datasets([fake_dataset(tmp_path)]), asked)
    task = kind_of(asked).make(asked, Planes.Y, selection)
    sources = [shot.item.source(Planes.Y)[shot.frame] for shot in task.validation]
    targets = [torch.from_numpy(source[None] / np.float32(255)) for source in sources]
    assert targets[0].shape == (1, 1, 64, 96)
    coming = iter(targets)

    def near(*_: torch.Tensor) -> torch.Tensor:
        return next(coming) + 0.4 / 255

    def never() -> bool:
        return False

    assert task.errors(near, 0, 1, never) == pytest.approx([0.0] * 8, abs=1e-12)

    def bright(*_: torch.Tensor) -> torch.Tensor:
        return torch.full_like(targets[0], 7.0)

    whole = task.errors(bright, 0, 1, never)
    expected = float(((1 - targets[1]) ** 2).mean())
    assert whole is not None
    assert whole[1] == pytest.approx(expected, rel=1e-5)
    shares = [task.errors(bright, rank, 3, never) for rank in range(3)]
    assert np.sum(np.array(shares), axis=0).tolist() == whole
    assert task.errors(bright, 0, 1, lambda: True) is None


def test_scores_are_means_by_qp(tmp_path: Path) -> None:
    items = open_datasets([fake_dataset(tmp_path)])[:2]
    shots = choose_frames(items, ValidationPart(frames=2), 8)
    network, other = [0.01, 0.001, 0.1, 0.1], [0.1] * 4
    found = scores(shots, network, {Filter.BICUBIC: other, Filter.LANCZOS: other})
    assert found.network == pytest.approx({32: (psnr(0.01) + psnr(0.001)) / 2, 42: 10})
    assert found.gain(Filter.LANCZOS, 32) == pytest.approx(15)
    assert list(found.row()) == columns_for([32, 42])
