"""One training sample of SRFR: two calls of the recurrence on a patch of one group.

The first call restores the middle frame from both boundaries; the second another frame of the
group, from the boundary of its half and the middle. Pictures are as the network sees them: of HR
size, LR frames up-sampled; RGB is made of both kinds of planes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import torch

from enhancers.engine.rgb import to_rgb
from enhancers.layers.resize import upsample
from enhancers.srfr.order import Call, calls
from enhancers.training.cache import Array, Group, Item
from enhancers.training.patches import (
    Floats,
    Rect,
    part_of,
    peak_of,
    random_patch,
    source_peak_of,
    turned,
)
from enhancers.training.plan import CODED, Planes

A = TypeVar("A")


class Sample(NamedTuple, Generic[A]):
    """Float32 in [0, 1], C planes of H × W samples, for the two calls G(A, B, C) → C.

    Of arrays, or of tensors with one more dimension in front: a batch.
    """

    first: A
    """A, C, B of the first call [3, C, H, W]."""
    first_qp: A
    """Their QPs [3]."""
    second: A
    """A, C of the second call [2, C, H, W]; its B is the middle frame."""
    second_qp: A
    """QPs of A, C and B [3]."""
    targets: A
    """The source of both C [2, C, H, W]."""
    weight: A
    """Weight of the second call []: 0 where the group has one LR frame; it then is the first."""


@dataclass(frozen=True)
class Pictures:
    """Pictures of an item as a network for ``planes`` sees them, and the source in that form."""

    item: Item
    planes: Planes

    def key(self, frame: int, where: Rect) -> Floats:
        """A boundary [C, H, W], as decoded."""
        at = self.item.key_frames.index(frame)
        return self._made(self._full(self.item.keys, at, where, peak_of(self.item)))

    def lr(self, frame: int, where: Rect) -> Floats:
        """An LR frame [C, H, W], up-sampled."""
        return self._made(partial(self._upsampled, frame, where))

    def source(self, frame: int, where: Rect) -> Floats:
        """The source picture [C, H, W] that both are compared with."""
        return self._made(self._full(self.item.source, frame, where, source_peak_of(self.item)))

    def stack(self, call: Call, where: Rect) -> Floats:
        """A and C of a call, [2, C, H, W]."""
        return np.stack([self.key(call.boundary, where), self.lr(call.target, where)])

    def coded(self, frame: int, where: Rect) -> tuple[Floats, Floats]:
        """Luma and chroma of an LR frame, up-sampled: what a change of RGB is brought back to."""
        y, uv = (self._upsampled(frame, where, planes) for planes in CODED)
        return y, uv

    def _made(self, part: Callable[[Planes], Floats]) -> Floats:
        if self.planes is not Planes.RGB:
            return part(self.planes)
        y, uv = (torch.from_numpy(part(planes))[None] for planes in CODED)
        made: Floats = to_rgb(y, uv, self.item.bit_depth)[0].numpy()
        return made

    def _full(
        self, arrays: Callable[[Planes], Array], at: int, where: Rect, peak: float
    ) -> Callable[[Planes], Floats]:
        """Planes of one HR picture."""
        scale = self.item.scale
        return lambda planes: part_of(arrays(planes), [at], where.of(planes, scale), peak)[0]

    def _upsampled(self, frame: int, where: Rect, planes: Planes) -> Floats:
        """Planes of one LR picture at HR size."""
        part = part_of(self.item.lr(planes), [frame], where.of(planes), peak_of(self.item))
        out: Floats = upsample(torch.from_numpy(part), self.item.scale)[0].numpy()
        return out


def random_sample(
    items: Sequence[Item], planes: Planes, patch: int, seed: int, number: int
) -> Sample[Floats]:
    """Sample ``number`` of a run with ``seed``: it depends on nothing else.

    A random group of a random item, a random frame of it beside the middle one, a random patch
    (its side in LR luma samples), flipped and rotated by 90° at random.
    """
    random = np.random.default_rng((seed, number))
    item = items[int(random.integers(len(items)))]
    group = item.groups[int(random.integers(len(item.groups)))]
    second = int(random.integers(max(1, len(group.frames) - 1)))
    where = random_patch(random, patch, item.lr_size)
    return turned(cut_sample(item, planes, group, second, where), int(random.integers(8)))


def cut_sample(
    item: Item, planes: Planes, group: Group, second: int, where: Rect
) -> Sample[Floats]:
    """The first call of a group and the ``second`` of those after it (from 0), in ``where``."""
    first, *others = calls(group.frames, group.before, group.after)
    other = others[second] if others else first
    pictures = Pictures(item, planes)
    qps = item.decoded.qp
    both = pictures.stack(first, where)
    last = pictures.key(first.other, where)
    return Sample(
        first=np.concatenate([both, last[None]]),
        first_qp=np.array([qps[at] for at in seen(first)], np.float32),
        second=pictures.stack(other, where) if others else both,
        second_qp=np.array([qps[at] for at in seen(other)], np.float32),
        targets=np.stack([pictures.source(call.target, where) for call in (first, other)]),
        weight=np.array(1.0 if others else 0.0, np.float32),
    )


def seen(call: Call) -> tuple[int, int, int]:
    """A, C, B: the order of the network's pictures."""
    return call.boundary, call.target, call.other
