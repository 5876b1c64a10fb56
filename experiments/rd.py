"""``codecpipe rd``: an experiment from its file to its report."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from codecpipe.errors import InputError
from codecpipe.programs.process import Limits
from encoders import get_codec
from enhancers import get_enhancer, wants_gpu
from experiments.plan.encodes import PlannedEncode, plan
from experiments.plan.sharing import with_shared
from experiments.report.write import ReportFiles, write_report
from experiments.results.load import META, load_run, write_points
from experiments.run import provenance
from experiments.run.cluster import Workers, client_of, environment
from experiments.run.point import JobContext
from experiments.run.runner import Outcome, State, run, state_of
from experiments.run.schedule import Schedule
from experiments.run.speeds import known_speeds, remember_speeds
from experiments.run.store import RunFolder, write_atomically
from experiments.spec.experiment import Experiment, parse_experiment


@dataclass(frozen=True)
class Plan:
    """An experiment, or a part of one, that is ready to be run."""

    text: str
    """The experiment file as the run folder keeps it."""
    experiment: Experiment
    encodes: tuple[PlannedEncode, ...]


@dataclass(frozen=True)
class Computed:
    """The results of a run: outcome, tables, and the facts with which it can be repeated."""

    outcome: Outcome
    points: pd.DataFrame
    frames: pd.DataFrame
    meta: Mapping[str, Any]
    files: ReportFiles | None = None
    """The files of the report, where one was written."""


def plan_experiment(text: str, where: str, base: Path) -> Plan:
    """Parse an experiment's text and plan it; paths in it are relative to `base`.

    Raises:
        InputError: whatever would make it fail later and can be known now.
    """
    experiment = parse_experiment(text, where)
    try:
        encodes = with_shared(plan(experiment, base, get_codec), get_codec)
    except InputError as error:
        raise InputError(f"'{where}': {error}") from error
    return Plan(text, experiment, encodes)


def run_experiment(
    plan: Plan,
    out: Path,
    *,
    command_line: str,
    workers: Workers | None = None,
    limits: Limits | None = None,
    on_state: Callable[[State], None] = lambda _: None,
    report: bool = True,
) -> Computed:
    """Compute the points that are missing in `out` and write the results.

    The jobs run on `workers`, by default on this machine's cores. `on_state` is told the progress,
    first that of earlier runs. Without `report` only ``points.csv`` and ``frames.parquet`` are
    written: a study has a report of its own.

    Raises:
        InputError: the folder or the workers cannot be used, or every single job failed.
        OSError: the disk is full.
        ToolError: the scheduler was lost.
    """
    with RunFolder(out) as folder:
        meta = _meta(plan, command_line)
        write_atomically(out / "experiment.yaml", plan.text)
        write_atomically(out / META, json.dumps(meta, indent=1))
        context = JobContext(
            folder=out.absolute(),
            metrics=plan.experiment.metrics,
            limits=replace(limits or Limits(), log_dir=folder.log_dir.absolute()),
            codec_of=get_codec,
            enhancer_of=get_enhancer,
            versions=provenance.codec_versions(plan.encodes, get_codec),
            environment=environment(),
        )
        schedule = Schedule(plan.encodes, folder, wants_gpu, known_speeds())
        on_state(state_of(schedule))
        outcome = Outcome(0, schedule.points_found, {})
        if schedule.jobs_left:
            threads = max(planned.job.options.threads for planned in plan.encodes)
            scratch = folder.work_dir.absolute()
            try:
                with client_of(workers or Workers(), threads, scratch) as client:
                    outcome = run(schedule, context, client, on_state)
            finally:
                remember_speeds(schedule.new_speeds)
        if outcome.failed and outcome.computed + outcome.found == 0:
            job, message = next(iter(outcome.failed.items()))
            raise InputError(f"every job failed, the first one ({job}) thus: {message}")
        meta["encoder_command_lines"] = provenance.encoder_command_lines(plan.encodes, folder)
        meta["failed"] = dict(outcome.failed)
        write_atomically(out / META, json.dumps(meta, indent=1))
        found = load_run(out)
        if report:
            files = write_report(found.points, found.frames, found.meta, out)
            return Computed(outcome, found.points, found.frames, found.meta, files)
        write_points(found.points, found.frames, out)
        return Computed(outcome, found.points, found.frames, found.meta)


def _meta(plan: Plan, command_line: str) -> dict[str, Any]:
    experiment, encodes = plan.experiment, plan.encodes
    return {
        "title": experiment.name,
        "description": experiment.description,
        "bd_method": experiment.bd_method,
        "anchor": experiment.anchor,
        "catalogues": sorted({e.sequence.catalogue for e in encodes} - {""}),
        "command_line": command_line,
        "experiment_yaml": plan.text,
        "git_commit": provenance.git_commit(),
        "versions": provenance.versions() | provenance.codec_versions(encodes, get_codec),
        "machine": provenance.machine(),
        "sources": provenance.sources(encodes),
        "points": [point.key for planned in encodes for point in planned.points],
    }
