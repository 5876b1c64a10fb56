"""A training run: each network in turn, its checkpoints, its weights."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from codecpipe.errors import InputError
from enhancers.training.cache import open_datasets
from enhancers.training.checkpoint import Checkpoint, check_settings, load_checkpoint
from enhancers.training.device import choose_hardware
from enhancers.training.export import join_weights
from enhancers.training.job import LAST, Job, is_first
from enhancers.training.plan import CODED, Planes, TrainingPlan
from enhancers.training.selection import check_data, select
from enhancers.training.stopping import Stopping
from enhancers.training.task import TrainingKind

COST = {Planes.Y: 4, Planes.UV: 1, Planes.RGB: 4}
"""About how long a step takes: chroma patches are half as wide and half as high."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    finished: bool
    """Whether all steps are done."""
    by_signal: bool
    """Whether Ctrl-C or SIGTERM ended it."""
    steps: Mapping[Planes, int]
    """Steps done, by planes."""
    weights: Path | None
    """The file of all networks; None: there is none yet."""
    is_first: bool = True
    """Whether this is the process to tell it, of several on several devices."""


def train(
    plan: TrainingPlan,
    kind: TrainingKind,
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
        plan: of the training.
        kind: how the plan's method is trained, see `enhancers.training.task.training_kind`.
        datasets: folders of the datasets.
        run: the run folder; must have no checkpoints unless ``resume``.
        resume: go on from the last checkpoints.
        max_minutes: end after so long, with a checkpoint. Several networks share the time by what
            is left to do for each.
        commit: of this program, for the weights' metadata.
        say: is given each line of progress, every ``interval_s`` seconds.

    Raises:
        InputError: the plan does not fit the datasets, the machine or the checkpoints.
    """
    started = time.monotonic()
    hardware = choose_hardware(plan)
    selection = select(open_datasets(datasets), plan)
    check_data(kind.method, plan, selection)
    kind.check(plan, selection)
    jobs = [Job(plan, kind, planes, selection, run, commit) for planes in plan.planes]
    checkpoints = {job.planes: _checkpoint(job, resume) for job in jobs}
    if resume and not any(checkpoints.values()):
        raise InputError(f"'{run}' has no checkpoint to go on from: leave --resume out")
    # The other processes of a run on several devices find what the first one has written.
    if is_first():
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
    return Outcome(finished, by_signal, steps, _weights(jobs), is_first())


def _say_nothing(line: str) -> None:
    del line


def _deadline(end: float | None, left: Sequence[tuple[Job, int]]) -> float | None:
    """When the first of the networks left must end, so that the others have their share."""
    if end is None:
        return None
    costs = [COST[job.planes] * max(0, job.steps - done) for job, done in left]
    now = time.monotonic()
    return now + (end - now) * costs[0] / sum(costs)


def _checkpoint(job: Job, resume: bool) -> Checkpoint | None:
    path = job.folder / LAST
    if not path.exists():
        return None
    if not resume:
        if not is_first():
            return None  # the first process has just written it
        raise InputError(
            f"'{path}' is there already: give --resume to go on, or name another folder"
        )
    checkpoint = load_checkpoint(path)
    check_settings(checkpoint, job.fixed_settings, path)
    return checkpoint


def _weights(jobs: Sequence[Job]) -> Path | None:
    """The file of all networks of a run, made of what there is of each."""
    there = {job.planes: job.weights for job in jobs if job.weights.exists()}
    if set(there) == set(CODED):
        joined = jobs[0].run / "weights.safetensors"
        if is_first():
            join_weights(there[Planes.Y], there[Planes.UV], joined)
        return joined
    return there.get(jobs[0].planes)
