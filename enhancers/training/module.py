"""One network in training, as Lightning has it: loss, optimizer, learning rate, average."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.optim import Adam, Optimizer
from torch.utils.data import DataLoader

from enhancers.training.data import Batch
from enhancers.training.task import TrainingTask

CHARBONNIER_EPSILON = 1e-3
Kind = Literal["l1", "charbonnier"]


def losses_of(kind: Kind, restored: Tensor, target: Tensor) -> Tensor:
    """|d|, or sqrt(d² + ε²) with ε = 1e-3, of each sample, in float32."""
    difference = restored.float() - target
    if kind == "l1":
        return difference.abs()
    return torch.sqrt(difference.square() + CHARBONNIER_EPSILON**2)


@dataclass(frozen=True)
class Rate:
    """The learning rate at each step: a linear rise, then constant or half a cosine down to 0."""

    peak: float
    schedule: Literal["constant", "cosine"]
    warmup: int
    steps: int

    def at(self, step: int) -> float:
        """The rate of step ``step`` (the first is 0)."""
        if step < self.warmup:
            return self.peak * (step + 1) / self.warmup
        if self.schedule == "constant":
            return self.peak
        done = (step - self.warmup) / max(1, self.steps - self.warmup)
        return self.peak * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


class Ema(nn.Module):
    """A copy of a network whose weights follow the trained ones slowly.

    ``decay``: share of the old average kept at each step; 0: the weights themselves. Early steps
    keep less, (1 + n) / (10 + n) after n of them, so that the first weights are soon forgotten.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        super().__init__()
        self.network = deepcopy(network).requires_grad_(False).eval()
        self.decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Follow ``network`` after step ``step`` (the first is 1)."""
        keep = min(self.decay, (1 + step) / (10 + step))
        averages: list[Tensor] = list(self.network.parameters())
        weights: list[Tensor] = list(network.parameters())
        torch._foreach_lerp_(averages, weights, 1 - keep)
        for average, buffer in zip(self.network.buffers(), network.buffers(), strict=True):
            average.copy_(buffer)

    def train(self, mode: bool = True) -> Ema:
        """The average is never trained."""
        del mode
        return self


class Training(LightningModule):
    """A network and its moving average; ``step`` counts the steps of all of the run.

    ``loader``: makes batches, from a step on, for one process of several. ``optimizer_state``: of a
    checkpoint; None: a new one.
    """

    def __init__(
        self,
        network: nn.Module,
        task: TrainingTask,
        rate: Rate,
        loader: Callable[[int, int, int], DataLoader[Any]],
    ) -> None:
        super().__init__()
        self.network = network
        self.task, self.rate, self.loader = task, rate, loader
        self.ema = Ema(network, task.plan.ema)
        self.freezing = task.freezing(network)
        self.step = 0
        self.optimizer_state: Mapping[str, Any] | None = None

    def training_step(self, batch: Batch, index: int) -> Tensor:
        """The loss of a batch."""
        del index
        return self.task.loss(self.network, batch, self.step)

    def setup(self, stage: str) -> None:
        """Before several processes agree on what has gradients."""
        del stage
        self.freezing.apply(self.step, self.trainer.world_size)

    def configure_optimizers(self) -> Optimizer:
        """Adam with its usual betas."""
        optimizer = Adam(self.network.parameters(), lr=self.rate.at(self.step))
        if self.optimizer_state is not None:
            optimizer.load_state_dict(dict(self.optimizer_state))
        return optimizer

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """Rate and freezing depend on the step alone: nothing of them has to be stored."""
        del batch, batch_idx
        self.freezing.apply(self.step, self.trainer.world_size)
        for optimizer in self.trainer.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = self.rate.at(self.step)

    def on_after_backward(self) -> None:
        """Before gradients are clipped and used."""
        self.freezing.drop(self.step)

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """A step, and the average after it."""
        super().optimizer_step(*args, **kwargs)
        self.step += 1
        self.ema.update(self.network, self.step)

    def train_dataloader(self) -> DataLoader[Any]:
        """Asked for when it is known which process this is."""
        return self.loader(self.step, self.trainer.global_rank, self.trainer.world_size)
