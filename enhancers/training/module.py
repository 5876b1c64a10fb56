"""One network in training, as Lightning has it: loss, optimizer, learning rate, average."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.optim import Adam, Optimizer
from torch.utils.data import DataLoader

from enhancers.training.data import Batch
from enhancers.training.ema import Ema
from enhancers.training.freezing import Freezing


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


class Training(LightningModule):
    """A network and its moving average; ``step`` counts the steps of all of the run.

    ``loss``: of the network, a batch and the step. ``loader``: makes batches, from a step on,
    for one process of several. ``optimizer_state``: of a checkpoint; None: a new one.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        loss: Callable[[nn.Module, Batch, int], Tensor],
        rate: Rate,
        ema: float,
        loader: Callable[[int, int, int], DataLoader[Any]],
        freezing: Freezing | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.loader = loader
        self.ema = Ema(network, ema)
        self.loss, self.rate = loss, rate
        self.freezing = freezing or Freezing()
        self.step = 0
        self.optimizer_state: Mapping[str, Any] | None = None

    def training_step(self, batch: Batch, index: int) -> Tensor:
        """The loss of a batch."""
        del index
        return self.loss(self.network, batch, self.step)

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
