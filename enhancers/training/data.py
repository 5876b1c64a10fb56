"""Samples as batches of tensors, in an order that depends on seed and step alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from enhancers.training.patches import Floats, S

Batch = tuple[Tensor, ...]
"""A method's samples: a named tuple of tensors, each with one more dimension in front."""


def stacked(samples: Sequence[tuple[Floats, ...]]) -> Any:
    """A batch of samples of one shape: a named tuple of their kind."""
    kind: Any = type(samples[0])
    parts = zip(*samples, strict=True)
    return kind(*(torch.stack([torch.from_numpy(one) for one in part]) for part in parts))


class RandomSamples(Dataset[S]):
    """Sample n of a run, for any n: what ``cut`` makes of the number."""

    def __init__(self, cut: Callable[[int], S]) -> None:
        self.cut = cut

    def __getitem__(self, number: int) -> S:
        return self.cut(number)


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


def make_loader(samples: RandomSamples[S], steps: StepSampler, workers: int) -> DataLoader[S]:
    """Batches of each step in turn; ``workers`` processes cut them, 0: this one does."""
    return DataLoader(
        samples,
        batch_sampler=steps,
        num_workers=workers,
        collate_fn=stacked,
        pin_memory=torch.cuda.is_available(),
        prefetch_factor=4 if workers else None,
    )
