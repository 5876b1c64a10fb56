"""The work between the steps: lines of progress, metrics, validation, checkpoints, the end."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor

from codecpipe.errors import InputError
from codecpipe.video.resample import Filter
from enhancers.training.checkpoint import Checkpoint, save_checkpoint
from enhancers.training.module import Training
from enhancers.training.stopping import Stopping
from enhancers.training.validation import Scores


class Sink(Protocol):
    """Where measured numbers go."""

    def put(self, row: Mapping[str, float]) -> None:
        """A row by column; it has a ``step``."""
        ...


@dataclass(eq=False)
class Loop(Callback):
    """Called by Lightning after each step."""

    training: Training
    path: Path
    """The checkpoint's file."""
    fixed_settings: Mapping[str, Any]
    stopping: Stopping
    sinks: tuple[Sink, ...]
    scores_of: Callable[[list[float]], Scores]
    kept: Callable[[float, Scores | None], None]
    """Called with each checkpoint that was written: seconds of training, and the last scores."""
    say: Callable[[str], None]
    interval_s: float
    before: Checkpoint | None
    """Where the run goes on."""

    def __post_init__(self) -> None:
        task = self.training.task
        self.name, self.plan, self.steps = task.planes.value, task.plan, self.training.rate.steps
        self.scores: Scores | None = None
        self._seconds_before = self.before.seconds if self.before else 0.0
        self._saved_step = self.before.step if self.before else -1

    # --- called by Lightning ----------------------------------------------------------------------

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Lightning has set its own signal handlers before; ours replace them."""
        self.stopping.watch()
        del pl_module
        if self.before is not None and self.before.scaler:
            trainer.precision_plugin.load_state_dict(dict(self.before.scaler))
        now = time.monotonic()
        self._started = self._said = self._saved = now
        self._first_step = self._said_step = self.training.step
        self._sum, self._count = torch.zeros((), device=self.training.device), 0
        self._last_loss = float("nan")

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """All that is due after a step."""
        del pl_module, batch, batch_idx
        loss = outputs["loss"] if isinstance(outputs, Mapping) else outputs
        self._sum += loss.detach().float()
        self._count += 1
        step = self.training.step
        is_last = step >= self.steps
        if step % self.plan.log_every == 0 or is_last:
            self._note_loss(trainer)
        if time.monotonic() - self._said >= self.interval_s:
            self._tell()
        is_due = self.stopping.is_due
        stop = is_due
        if trainer.world_size > 1:
            stop = trainer.strategy.reduce_boolean_decision(is_due, all=False)
        if not stop and (step % self.plan.validation.every == 0 or is_last):
            self._validate(trainer)
            self._save(trainer)
        if time.monotonic() - self._saved >= 60 * self.plan.checkpoint_minutes:
            self._save(trainer)
        if stop:
            trainer.should_stop = True

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """The last checkpoint."""
        del pl_module
        self._save(trainer)
        self.stopping.unwatch()

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        """Signals are given back in any case."""
        del trainer, pl_module, exception
        self.stopping.unwatch()

    # --- parts ------------------------------------------------------------------------------------

    def _seconds(self) -> float:
        return self._seconds_before + time.monotonic() - self._started

    def _note_loss(self, trainer: Trainer) -> None:
        loss = self._mean_loss()
        if trainer.world_size > 1:
            mean = trainer.strategy.reduce(
                torch.tensor(loss, device=self.training.device), reduce_op="mean"
            )
            loss = float(mean)
        if trainer.is_global_zero:
            rate = self.training.rate.at(self.training.step - 1)
            self._put({"loss": loss, "rate": rate})

    def _mean_loss(self) -> float:
        """The mean since the last time; a loss that is no number ends the run."""
        if self._count:
            self._last_loss = float(self._sum) / self._count
            self._sum.zero_()
            self._count = 0
        if self._last_loss != self._last_loss or self._last_loss == float("inf"):
            raise InputError(
                f"the loss of {self.name} is no finite number any more at step"
                f" {self.training.step}: give a lower 'learning_rate' or a 'clip_norm', and"
                " --resume from the last checkpoint or start again"
            )
        return self._last_loss

    def _put(self, row: Mapping[str, float]) -> None:
        for sink in self.sinks:
            sink.put({"step": self.training.step, "seconds": self._seconds(), **row})

    def _tell(self) -> None:
        now = time.monotonic()
        loss = self._last_loss if not self._count else float(self._sum) / self._count
        step = self.training.step
        speed = (step - self._said_step) / (now - self._said)
        overall = (step - self._first_step) / (now - self._started)
        left = duration((self.steps - step) / overall)
        self.say(
            f"{self.name} {step}/{self.steps}  {speed:.2f} steps/s  loss {loss:.5f}"
            f"  rate {self.training.rate.at(step):.1e}  {left} left"
        )
        self._said, self._said_step = now, step

    def _validate(self, trainer: Trainer) -> None:
        training = self.training

        def forward(*inputs: Tensor) -> Tensor:
            on_device = [part.to(training.device) for part in inputs]
            with torch.no_grad(), trainer.precision_plugin.forward_context():
                out: Tensor = training.ema.network(*on_device)
            return out.float().cpu()

        one = trainer.world_size == 1
        errors = training.task.errors(
            forward,
            trainer.global_rank,
            trainer.world_size,
            # One process alone must not leave while the others wait for it.
            lambda: one and self.stopping.is_due,
        )
        if errors is None:
            return
        if not one:
            summed = trainer.strategy.reduce(
                torch.tensor(errors, device=training.device, dtype=torch.float64), reduce_op="sum"
            )
            assert isinstance(summed, Tensor)
            errors = [float(value) for value in summed]
        self.scores = self.scores_of(errors)
        if trainer.is_global_zero:
            self._put(self.scores.row())
            self.say(f"{self.name} {training.step}/{self.steps}  {gains(self.scores)}")

    def _save(self, trainer: Trainer) -> None:
        training = self.training
        if self._saved_step == training.step or not trainer.is_global_zero:
            return
        if self._count:
            self._mean_loss()  # never over a good one with one that is not
        optimizer = training.optimizers(use_pl_optimizer=False)
        assert not isinstance(optimizer, list)
        seconds = self._seconds()
        checkpoint = Checkpoint(
            step=training.step,
            seconds=seconds,
            fixed_settings=self.fixed_settings,
            network=training.network.state_dict(),
            ema=training.ema.network.state_dict(),
            optimizer=optimizer.state_dict(),
            scaler=trainer.precision_plugin.state_dict(),
        )
        save_checkpoint(self.path, checkpoint)
        self.kept(seconds, self.scores)
        self._saved, self._saved_step = time.monotonic(), training.step


def gains(scores: Scores) -> str:
    """PSNR and gains at each base QP, in words."""
    parts = [
        f"QP {qp}: {value:.2f} dB ({scores.gain(Filter.BICUBIC, qp):+.2f} bicubic,"
        f" {scores.gain(Filter.LANCZOS, qp):+.2f} Lanczos)"
        for qp, value in scores.network.items()
    ]
    return "validation " + ", ".join(parts)


def duration(seconds: float) -> str:
    """Seconds as 12 s, 3 min, 2 h 05 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


@contextmanager
def quiet() -> Iterator[None]:
    """Without Lightning's tips and warnings, which are for those who write with it."""
    loggers = [logging.getLogger(name) for name in ("pytorch_lightning", "lightning_fabric")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", module=r"(pytorch_lightning|lightning_fabric|torchmetrics)"
        )
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
