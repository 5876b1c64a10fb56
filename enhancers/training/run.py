"""A training run: each network in turn, its checkpoints, its weights."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from pytorch_lightning import Trainer
from pytorch_lightning.utilities import rank_zero_only
from torch.utils.data import DataLoader

from codecpipe.errors import InputError
from enhancers.crs.config import CrsConfig
from enhancers.crs.network import Crs
from enhancers.training.build import frames_of, network_config
from enhancers.training.cache import Item, Selection, open_datasets, select
from enhancers.training.checkpoint import Checkpoint, check_held, load_checkpoint
from enhancers.training.data import RandomSamples, StepSampler, make_loader
from enhancers.training.device import Hardware, choose_hardware
from enhancers.training.export import join_weights, read_part, run_meta, write_part
from enhancers.training.loop import Loop, Sink, quiet
from enhancers.training.metrics import MetricsFile, TensorBoard
from enhancers.training.module import Rate, Training
from enhancers.training.plan import Planes, TrainingPlan
from enhancers.training.samples import Cut, Sample, plan_cut
from enhancers.training.stopping import Stopping
from enhancers.training.validation import (
    Scores,
    Shot,
    choose_shots,
    columns_for,
    kept_baselines,
    network_errors,
    scores,
)

LAST = "last.ckpt"
COST = {Planes.Y: 4, Planes.UV: 1}
"""What a step takes, about: chroma patches are half as wide and half as high."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended: ``steps`` done by planes; ``weights``: the file of all networks."""

    finished: bool
    by_signal: bool
    steps: Mapping[Planes, int]
    weights: Path | None


def train(
    plan: TrainingPlan,
    datasets: Sequence[Path],
    run: Path,
    *,
    resume: bool = False,
    max_minutes: float | None = None,
    commit: str = "",
    say: Callable[[str], None] = print,
    interval_s: float = 10.0,
) -> Outcome:
    """Train the plan's networks one after the other, with all that is kept in the folder ``run``.

    Args:
        plan: what to train.
        datasets: folders of the datasets.
        run: the run folder; must have no checkpoints unless ``resume``.
        resume: go on from the last checkpoints.
        max_minutes: end after so long, with a checkpoint. Several networks share the time by what
            is left to do for each.
        commit: of this program, for the weights' metadata.
        say: is given each line of progress.
        interval_s: seconds from one line to the next.

    Raises:
        InputError: the plan does not fit the datasets, the machine or the checkpoints.
    """
    started = time.monotonic()
    hardware = choose_hardware(plan)
    selection = select(open_datasets(datasets), plan)
    jobs = [_Job(plan, planes, selection, run, commit) for planes in plan.planes]
    checkpoints = {job.planes: _checkpoint(job, resume) for job in jobs}
    if resume and not any(checkpoints.values()):
        raise InputError(f"'{run}' has no checkpoint to go on from: leave --resume out")
    # The other processes of a run on several devices find what the first one has written.
    if _is_first():
        for job in jobs:
            job.folder.mkdir(parents=True, exist_ok=True)
        settings = plan.model_dump(mode="json")
        (run / "train.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
    else:
        say = _say_nothing
    steps = {job.planes: c.step if (c := checkpoints[job.planes]) else 0 for job in jobs}
    deadline = None if max_minutes is None else started + 60 * max_minutes
    by_signal = False
    for at, job in enumerate(jobs):
        if steps[job.planes] >= job.steps:
            continue
        stopping = Stopping(_deadline(deadline, [(j, steps[j.planes]) for j in jobs[at:]]))
        steps[job.planes] = job.train(hardware, checkpoints[job.planes], stopping, say, interval_s)
        by_signal = stopping.by_signal
        if by_signal:
            break
    finished = all(steps[job.planes] >= job.steps for job in jobs)
    return Outcome(finished, by_signal, steps, _weights(jobs))


def _is_first() -> bool:
    """Whether this is the process that writes, of several on several devices."""
    return not getattr(rank_zero_only, "rank", 0)


def _say_nothing(line: str) -> None:
    del line


def _deadline(end: float | None, left: Sequence[tuple[_Job, int]]) -> float | None:
    """When the first of the networks left must end, so that the others have their share."""
    if end is None:
        return None
    costs = [COST[job.planes] * max(0, job.steps - done) for job, done in left]
    now = time.monotonic()
    return now + (end - now) * costs[0] / sum(costs)


def _checkpoint(job: _Job, resume: bool) -> Checkpoint | None:
    path = job.folder / LAST
    if not path.exists():
        return None
    if not resume:
        if not _is_first():
            return None  # the first process has just written it
        raise InputError(
            f"'{path}' is there already: give --resume to go on, or name another folder"
        )
    checkpoint = load_checkpoint(path)
    check_held(checkpoint, job.held, path)
    return checkpoint


def _weights(jobs: Sequence[_Job]) -> Path | None:
    """The file of all networks of a run, made of what there is of each."""
    there = {job.planes: job.weights for job in jobs if job.weights.exists()}
    if set(there) == set(Planes):
        joined = jobs[0].run / "weights.safetensors"
        if _is_first():
            join_weights(there[Planes.Y], there[Planes.UV], joined)
        return joined
    return there.get(jobs[0].planes)


class _Job:
    """One network of a run."""

    def __init__(
        self, plan: TrainingPlan, planes: Planes, selection: Selection, run: Path, commit: str
    ) -> None:
        self.plan, self.planes, self.selection, self.run = plan, planes, selection, run
        self.steps = plan.steps_of(planes)
        self.config: CrsConfig = network_config(plan, planes, selection)
        frames = frames_of(self.config)
        self.cut: Cut = plan_cut(selection.training, planes, frames, plan.patch, plan.key_margin)
        self.shots: tuple[Shot, ...] = choose_shots(
            selection.validation, plan.validation, plan.key_margin
        )
        self.meta = run_meta(plan, planes, self.config, selection, commit)
        self.folder = run / planes.value
        self.weights = run / f"weights-{planes.value}.safetensors"

    @property
    def held(self) -> dict[str, Any]:
        """What must not change when the run is taken up again."""
        held = self.plan.held()
        if "steps" in held:
            held["steps"] = self.steps
        return {
            **held,
            "network": self.config.to_dict(),
            "data": _digest(self.selection.training),
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
        training = self._module(before)
        start = training.step
        first = _is_first()
        parameters = sum(weights.numel() for weights in training.network.parameters())
        say(
            f"{self.planes.value}: crs {plan.variant}, {parameters} parameters, on {hardware};"
            f" {len(self.selection.training)} items to train on,"
            f" {len(self.selection.validation)} held out ({len(self.shots)} pictures);"
            f" {f'step {start} of ' if start else ''}{self.steps} steps"
        )
        path = self.folder / "baselines.json"
        baselines = kept_baselines(path, self.shots, self.planes, write=first)
        loop = Loop(
            *(self.planes.value, plan, self.steps),
            path=self.folder / LAST,
            held=self.held,
            stopping=stopping,
            sinks=self._sinks(start) if first else (),
            errors_of=lambda restore, rank, world, stop: network_errors(
                self.shots, self.cut, restore, rank=rank, world=world, stop=stop
            ),
            scores_of=lambda errors: scores(self.shots, errors, baselines),
            kept=self._export,
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

    def _module(self, before: Checkpoint | None) -> Training:
        plan = self.plan
        torch.manual_seed(plan.seed)
        network = Crs(self.config)
        if before is not None:
            network.load_state_dict(dict(before.network))
        elif plan.init is not None:
            _start_from(network, Path(plan.init), self.planes)
        if plan.channels_last:
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        rate = Rate(plan.learning_rate, plan.schedule, plan.warmup, self.steps)
        training = Training(network, loss=plan.loss, rate=rate, ema=plan.ema, loader=self._loader)
        if before is not None:
            training.ema.network.load_state_dict(dict(before.ema))
            training.step, training.optimizer_state = before.step, before.optimizer
        if plan.compile:
            network.compile()
        return training

    def _loader(self, start: int, rank: int, world: int) -> DataLoader[Sample]:
        samples = RandomSamples(self.selection.training, self.cut, self.plan.seed)
        sampler = StepSampler(start, self.steps, self.plan.batch, rank, world)
        return make_loader(samples, sampler, self.plan.workers)

    def _sinks(self, step: int) -> tuple[Sink, ...]:
        qps = sorted({shot.item.qp for shot in self.shots})
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
            **{
                key: getattr(self.plan, key)
                for key in (
                    *("loss", "seed", "batch", "patch", "key_margin", "learning_rate", "schedule"),
                    *("warmup", "precision", "ema"),
                )
            },
        }
        metrics = found.row() if found else {}
        state = training.ema.network.state_dict()
        write_part(self.weights, self.planes, state, self.meta, trained, metrics)


def _digest(items: Sequence[Item]) -> str:
    """A hash of which items in which order: sample n is another one if they change."""
    told = [[item.clip.name, item.clip.source.get("sha256"), item.folder.name] for item in items]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def _start_from(network: Crs, path: Path, planes: Planes) -> None:
    tensors, _ = read_part(path)
    prefix = f"{planes.value}."
    own = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
    try:
        network.load_state_dict(own)
    except RuntimeError as error:
        raise InputError(
            f"'{path}' has no weights for {planes.value} of this configuration: take 'init' out,"
            " or give the 'variant' and 'network' that they were trained with"
        ) from error
