"""One network of a run: its settings, its training, its files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import Trainer
from pytorch_lightning.utilities import rank_zero_only
from torch.utils.data import DataLoader

from codecpipe.digest import digest
from enhancers.training.cache import Item
from enhancers.training.checkpoint import Checkpoint
from enhancers.training.data import RandomSamples, StepSampler, make_loader
from enhancers.training.device import Hardware
from enhancers.training.export import run_meta, write_part
from enhancers.training.loop import Loop, Sink, quiet
from enhancers.training.metrics import MetricsFile, TensorBoard
from enhancers.training.module import Rate, Training
from enhancers.training.plan import Planes, TrainingPlan
from enhancers.training.selection import Selection
from enhancers.training.stopping import Stopping
from enhancers.training.task import TrainingKind, TrainingTask
from enhancers.training.validation import Scores, columns_for, kept_baselines, scores

LAST = "last.ckpt"


def is_first() -> bool:
    """Whether this is the process that writes, of several on several devices."""
    return not getattr(rank_zero_only, "rank", 0)


class Job:
    """One network of a run."""

    def __init__(
        self,
        plan: TrainingPlan,
        kind: TrainingKind,
        planes: Planes,
        selection: Selection,
        run: Path,
        commit: str,
    ) -> None:
        self.plan, self.planes, self.selection, self.run = plan, planes, selection, run
        self.steps = plan.steps_of(planes)
        self.task: TrainingTask = kind.make(plan, planes, selection)
        self.meta = run_meta(plan, planes, self.task.config, selection, commit)
        self.folder = run / planes.value
        self.weights = run / f"weights-{planes.value}.safetensors"

    @property
    def fixed_settings(self) -> dict[str, Any]:
        """The settings that must not change when the run is taken up again."""
        settings = self.plan.fixed_settings()
        if "steps" in settings:
            settings["steps"] = self.steps
        return {
            **settings,
            "network": self.task.config.to_dict(),
            "data": _data_key(self.selection.training),
            "planes": self.planes.value,
        }

    def train(
        self,
        hardware: Hardware,
        before: Checkpoint | None,
        stopping: Stopping,
        say: Callable[[str], None],
        interval_s: float,
    ) -> int:
        """Train to the last step or to the deadline; the steps done."""
        plan = self.plan
        training = self._module(before, say)
        start = training.step
        held_out = self.task.validation
        first = is_first()
        parameters = sum(weights.numel() for weights in training.network.parameters())
        say(
            f"{self.planes.value}: {plan.method} {plan.variant}, {parameters} parameters,"
            f" on {hardware};"
            f" {len(self.selection.training)} items to train on,"
            f" {len(self.selection.validation)} held out ({len(held_out)} pictures);"
            f" {f'step {start} of ' if start else ''}{self.steps} steps"
        )
        path = self.folder / "baselines.json"
        baselines = kept_baselines(path, held_out, self.planes, write=first)
        loop = Loop(
            training=training,
            path=self.folder / LAST,
            fixed_settings=self.fixed_settings,
            stopping=stopping,
            sinks=self._sinks(start) if first else (),
            scores_of=lambda errors: scores(held_out, errors, baselines),
            kept=lambda seconds, found: self._export(training, seconds, found),
            say=say,
            interval_s=interval_s,
            before=before,
        )
        with quiet():
            trainer = Trainer(
                accelerator=hardware.accelerator,
                devices=hardware.devices,
                strategy=plan.strategy,
                precision=hardware.precision,
                max_steps=self.steps - start,
                max_epochs=-1,
                gradient_clip_val=plan.clip_norm,
                callbacks=[loop],
                logger=False,
                enable_checkpointing=False,
                enable_progress_bar=False,
                enable_model_summary=False,
                num_sanity_val_steps=0,
                use_distributed_sampler=False,
                benchmark=True,
                default_root_dir=str(self.run),
            )
            trainer.fit(training)
        return training.step

    def _module(self, before: Checkpoint | None, say: Callable[[str], None]) -> Training:
        plan = self.plan
        torch.manual_seed(plan.seed)
        network = self.task.network()
        if before is not None:
            network.load_state_dict(dict(before.network))
        elif plan.init is not None:
            words = self.task.start_from(network, plan.init)
            if words:
                say(f"{self.planes.value}: {words}")
        if plan.channels_last:
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        rate = Rate(plan.learning_rate, plan.schedule, plan.warmup, self.steps)
        training = Training(network, self.task, rate, self._loader)
        if before is not None:
            training.ema.network.load_state_dict(dict(before.ema))
            training.step, training.optimizer_state = before.step, before.optimizer
        if plan.compile:
            network.compile()
        return training

    def _loader(self, start: int, rank: int, world: int) -> DataLoader[Any]:
        samples = RandomSamples(self.task.sample)
        sampler = StepSampler(start, self.steps, self.plan.batch, rank, world)
        return make_loader(samples, sampler, self.plan.workers)

    def _sinks(self, step: int) -> tuple[Sink, ...]:
        qps = sorted({frame.item.qp for frame in self.task.validation})
        sinks: list[Sink] = [MetricsFile(self.folder / "metrics.csv", columns_for(qps), step)]
        if self.plan.logger == "tensorboard":
            sinks.append(TensorBoard(self.folder / "tensorboard", step))
        return tuple(sinks)

    def _export(self, training: Training, seconds: float, found: Scores | None) -> None:
        trained = {
            "steps": training.step,
            "of": self.steps,
            "patches": training.step * self.plan.batch,
            "seconds": round(seconds),
            **self.plan.recorded(),
        }
        metrics = found.row() if found else {}
        state = training.ema.network.state_dict()
        write_part(self.weights, self.planes, state, self.meta, trained, metrics)


def _data_key(items: Sequence[Item]) -> str:
    """A hash of the items in their order: sample n is another one if they change."""
    told = [[item.clip.name, item.clip.source.get("sha256"), item.folder.name] for item in items]
    return digest({"items": told})
