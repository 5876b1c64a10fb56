"""``codecpipe rd``: an experiment from its file to its report."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from codecpipe.errors import InputError
from codecpipe.process import Limits
from encoders import get_codec
from enhancers import ENHANCERS, get_enhancer
from experiments import provenance
from experiments.plan import PlannedEncode, plan
from experiments.report import ReportFiles
from experiments.results import META, keys_of, load_run, write_results
from experiments.runner import Outcome, default_jobs, run
from experiments.schema import Experiment, parse_experiment
from experiments.store import RunFolder, write_atomically


@dataclass(frozen=True)
class RdRun:
    """A finished (or partly failed) run: outcome, result tables, files."""

    outcome: Outcome
    points: pd.DataFrame
    frames: pd.DataFrame
    files: ReportFiles


def plan_experiment(
    text: str, where: str, base: Path, cache_dir: Path | None = None
) -> tuple[Experiment, tuple[PlannedEncode, ...]]:
    """Parse an experiment's text and plan it; paths in it are relative to ``base``.

    Raises:
        InputError: whatever would make it fail later and can be known now.
    """
    experiment = parse_experiment(text, where)
    try:
        encodes = plan(experiment, base, get_codec, tuple(ENHANCERS), cache_dir)
    except InputError as error:
        raise InputError(f"'{where}': {error}") from error
    return experiment, encodes


def run_experiment(
    experiment: Experiment,
    encodes: tuple[PlannedEncode, ...],
    text: str,
    out: Path,
    *,
    command_line: str,
    jobs: int | None = None,
    limits: Limits | None = None,
    on_start: Callable[[int, int], None] = lambda _total, _found: None,
    on_done: Callable[[PlannedEncode], None] = lambda _: None,
) -> RdRun:
    """Compute what is missing in ``out`` and write the results.

    ``on_start`` gets the number of encodes and how many of them are finished already.

    Raises:
        InputError: the folder cannot be used, or every single job failed.
    """
    with RunFolder(out) as folder:
        done = [e for e in encodes if all(folder.point(p.key) is not None for p in e.points)]
        on_start(len(encodes), len(done))
        meta = _meta(experiment, encodes, text, command_line)
        write_atomically(out / "experiment.yaml", text)
        write_atomically(out / META, json.dumps(meta, indent=1))
        limits = limits or Limits()
        outcome = run(
            [e for e in encodes if e not in done],
            folder,
            get_codec,
            get_enhancer,
            experiment.metrics,
            jobs=jobs or default_jobs(encodes),
            limits=Limits(limits.stall_s, limits.timeout_s, folder.log_dir),
            on_done=on_done,
        )
        outcome = Outcome(
            outcome.computed, outcome.found + sum(len(e.points) for e in done), outcome.failed
        )
        if outcome.failed and outcome.computed + outcome.found == 0:
            job, message = next(iter(outcome.failed.items()))
            raise InputError(f"every job failed, the first one ({job}) thus: {message}")
        meta["encoder_command_lines"] = dict(provenance.encoder_command_lines(encodes, folder))
        meta["failed"] = dict(outcome.failed)
        write_atomically(out / META, json.dumps(meta, indent=1))
        points, frames, meta = load_run(out)
        files = write_results(points, frames, meta, out)
    return RdRun(outcome, points, frames, files)


def _meta(
    experiment: Experiment, encodes: tuple[PlannedEncode, ...], text: str, command_line: str
) -> dict[str, Any]:
    return {
        "title": experiment.name,
        "description": experiment.description,
        "bd_method": experiment.bd_method,
        "anchor": experiment.anchor,
        "catalogues": sorted({e.sequence.catalogue for e in encodes} - {""}),
        "command_line": command_line,
        "experiment_yaml": text,
        "git_commit": provenance.git_commit(),
        "versions": provenance.versions() | provenance.codec_versions(encodes, get_codec),
        "machine": provenance.machine(),
        "sources": provenance.sources(encodes),
        "points": keys_of(encodes),
    }
