"""Samples as batches of tensors, in an order that depends on seed and step alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from enhancers.training.cache import Item
from enhancers.training.samples import Cut, Sample, random_sample


class Batch(NamedTuple):
    """A batch of `enhancers.training.samples.Sample`: one more dimension in front."""

    lr: Tensor
    keys: Tensor
    keys_lr: Tensor
    qp: Tensor
    key_qp: Tensor
    target: Tensor


def batched(samples: Sequence[Sample]) -> Batch:
    """Samples of one shape as a batch."""
    return Batch(*(torch.stack([torch.from_numpy(a) for a in part]) for part in zip(*samples)))  # noqa: B905


class RandomSamples(Dataset[Sample]):
    """Sample n of a run, for any n."""

    def __init__(self, items: Sequence[Item], cut: Cut, seed: int) -> None:
        self.items, self.cut, self.seed = tuple(items), cut, seed

    def __getitem__(self, number: int) -> Sample:
        return random_sample(self.items, self.cut, self.seed, number)


class StepSampler(Sampler[list[int]]):
    """The sample numbers of each step: step s has s·batch … (s + 1)·batch − 1.

    Process ``rank`` of ``world`` takes its share of each step, so that a step has the same samples
    on one device and on several.
    """

    def __init__(self, start: int, stop: int, batch: int, rank: int = 0, world: int = 1) -> None:
        self.start, self.stop, self.batch = start, stop, batch
        self.share = batch // world
        self.offset = rank * self.share

    def __len__(self) -> int:
        return max(0, self.stop - self.start)

    def __iter__(self) -> Iterator[list[int]]:
        for step in range(self.start, self.stop):
            first = step * self.batch + self.offset
            yield list(range(first, first + self.share))


def make_loader(samples: RandomSamples, steps: StepSampler, workers: int) -> DataLoader[Sample]:
    """Batches of each step in turn; ``workers`` processes cut them, 0: this one does."""
    return DataLoader(
        samples,
        batch_sampler=steps,
        num_workers=workers,
        collate_fn=batched,
        pin_memory=torch.cuda.is_available(),
        prefetch_factor=4 if workers else None,
    )
