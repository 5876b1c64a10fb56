"""``codecpipe rd`` and ``demo``: experiments, run to their reports."""

import shlex
import sys
from pathlib import Path

import click

from codecpipe.errors import InputError
from enhancers import wants_gpu
from experiments.commands.console import show
from experiments.commands.entry import err, one_line, out, status
from experiments.commands.options import (
    limits_of,
    override_options,
    software_options,
    stall_option,
    worker_options,
)
from experiments.commands.progress import plan_text, run_progress
from experiments.commands.run_tables import bd_tables, print_plan
from experiments.rd import plan_experiment, run_experiment
from experiments.run.cluster import Workers
from experiments.run.runner import Outcome
from experiments.run.schedule import Schedule
from experiments.run.speeds import known_speeds
from experiments.run.store import RunFolder
from experiments.shipped.find import DEMO, clip_folder, find_experiment, shipped
from experiments.spec.experiment import read_experiment
from experiments.spec.overrides import Overrides, overridden

PATH = click.Path(path_type=Path)


_HELP = f"""Run an experiment file; start again to go on where a run ended.

EXPERIMENT is a file, or one that comes with codecpipe: {", ".join(shipped())}."""


@click.command("rd", help=_HELP)
@click.argument("experiment", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The run folder.")
@worker_options
@click.option("--dry-run", is_flag=True, help="List the points and what they will take, and stop.")
@override_options
@click.option(
    "--enhancer", multiple=True, metavar="NAME", help="Instead of the file's; repeatable."
)
@software_options
@stall_option
def rd_command(
    experiment: Path,
    output: Path,
    jobs: int | None,
    scheduler: str | None,
    slurm: Path | None,
    dry_run: bool,
    root: Path | None,
    codec: str | None,
    classes: tuple[str, ...],
    frames: int | None,
    enhancer: tuple[str, ...],
    stall_timeout: float,
) -> None:
    """Run an experiment; `_HELP` is what a user reads."""
    path = find_experiment(experiment)
    where = str(experiment)
    text = overridden(
        read_experiment(path), where, Overrides(root, codec, classes, frames, enhancer)
    )
    workers = Workers(jobs, scheduler, slurm)
    _rd(
        text,
        where=where,
        base=path.parent,
        output=output,
        workers=workers,
        dry_run=dry_run,
        stall_timeout=stall_timeout,
    )


@click.command("demo")
@click.option("-o", "--output", type=PATH, default=Path("runs/demo"), show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), help="Jobs at a time.  [default: the cores]")
def demo_command(output: Path, jobs: int | None) -> None:
    """Code real clips with x265 and VVenC in all layouts and write a report."""
    text = DEMO.read_text(encoding="utf-8")
    _rd(
        text,
        where=DEMO.name,
        base=clip_folder(),
        output=output,
        workers=Workers(jobs),
        dry_run=False,
        stall_timeout=600.0,
    )


def _rd(
    text: str,
    *,
    where: str,
    base: Path,
    output: Path,
    workers: Workers,
    dry_run: bool,
    stall_timeout: float,
) -> None:
    with status("planning"):
        plan = plan_experiment(text, where, base)
    if dry_run:
        print_plan(plan.encodes)
        schedule = Schedule(plan.encodes, RunFolder(output), wants_gpu, known_speeds())
        out.print(plan_text(schedule), soft_wrap=True)
        return
    with run_progress(plan.experiment.name, err) as on_state:
        result = run_experiment(
            plan,
            output,
            command_line=shlex.join(["codecpipe", *sys.argv[1:]]),
            workers=workers,
            limits=limits_of(stall_timeout),
            on_state=on_state,
        )
    show(bd_tables(result.points, result.frames, plan.experiment.bd_method))
    out.print(f"report: {output / 'report.html'}", soft_wrap=True)
    tell_failed(result.outcome, len(plan.encodes))


def tell_failed(outcome: Outcome, jobs: int) -> None:
    """Name the failed jobs of a finished run.

    Raises:
        InputError: there are some.
    """
    for job, message in outcome.failed.items():
        err.print(one_line(f"failed: {job}: {message}"), soft_wrap=True)
    if outcome.failed:
        raise InputError(
            f"{len(outcome.failed)} of {jobs} jobs failed; the others are in the"
            " report; start again to try the failed ones once more"
        )
