"""One training sample: aligned parts of LR neighbours, key frames and source. Numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from enhancers.training.cache import Item
from enhancers.training.patches import (
    Floats,
    Rect,
    around,
    part_of,
    peak_of,
    random_patch,
    smallest_side,
    source_peak_of,
    turned,
)
from enhancers.training.plan import Planes
from enhancers.window.config import WindowPlan

A = TypeVar("A")


class Sample(NamedTuple, Generic[A]):
    """Float32 in [0, 1]; T frames of the window, K keys, C planes; H = k·h, Hk = k·hk.

    Of arrays, or of tensors with one more dimension in front: a batch.
    """

    lr: A
    """The window's LR frames [T, C, h, w]."""
    keys: A
    """Key frames [K, C, Hk, Wk]."""
    keys_lr: A
    """The keys' LR pictures [K, C, hk, wk]."""
    qp: A
    """QPs of the LR frames [T]."""
    key_qp: A
    """QPs of the keys [K]."""
    target: A
    """The source [C, H, W]."""


@dataclass(frozen=True)
class Cut:
    """How samples are cut."""

    planes: Planes
    scale: int
    """k."""
    frames: WindowPlan
    """The frames that the network looks at."""
    patch: int
    """Side of the patch, in LR luma samples."""
    key_side: int
    """Side of the part of key frames, in LR luma samples."""


def plan_cut(
    items: Sequence[Item], planes: Planes, frames: WindowPlan, patch: int, key_margin: int
) -> Cut:
    """The cut of samples out of these items; errors as those of `smallest_side`.

    ``key_margin``: luma samples at HR beside the patch; less where a picture has no more.
    """
    scale = items[0].scale
    side = smallest_side(items, patch, key_margin)
    return Cut(planes, scale, frames, patch, min(patch + 2 * key_margin // scale, side))


def random_sample(items: Sequence[Item], cut: Cut, seed: int, number: int) -> Sample[Floats]:
    """Sample ``number`` of a run with ``seed``: it depends on nothing else.

    A random LR frame of a random item, a random patch, flipped and rotated by 90° at random.
    """
    random = np.random.default_rng((seed, number))
    item = items[int(random.integers(len(items)))]
    frame = item.lr_frames[int(random.integers(len(item.lr_frames)))]
    patch = random_patch(random, cut.patch, item.lr_size)
    key = around(patch, cut.key_side, cut.key_side, item.lr_size)
    return turned(cut_sample(item, cut, frame, patch, key), int(random.integers(8)))


def cut_sample(item: Item, cut: Cut, frame: int, patch: Rect, key: Rect) -> Sample[Floats]:
    """Frame ``frame`` of an item in ``patch``, its keys in ``key``."""
    planes, scale = cut.planes, cut.scale
    window = cut.frames.around(frame, item.decoded.frames)
    positions = cut.frames.keys_for(frame, item.key_frames)
    key_frames = [item.key_frames[at] for at in positions]
    peak, source_peak = peak_of(item), source_peak_of(item)
    qps = item.decoded.qp
    lr = item.lr(planes)
    return Sample(
        lr=part_of(lr, window, patch.of(planes), peak),
        keys=part_of(item.keys(planes), positions, key.of(planes, scale), peak),
        keys_lr=part_of(lr, key_frames, key.of(planes), peak),
        qp=np.array([qps[at] for at in window], np.float32),
        key_qp=np.array([qps[at] for at in key_frames], np.float32),
        target=part_of(item.source(planes), [frame], patch.of(planes, scale), source_peak)[0],
    )
