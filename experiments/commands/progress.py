"""Runs as `rd`, `demo` and `qp-study` show them: what is planned, how far it is, what failed."""

import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from codecpipe.errors import InputError
from codecpipe.programs.process import Limits
from enhancers import wants_gpu
from experiments.commands.console import show
from experiments.commands.entry import err, one_line, out
from experiments.plan.encodes import PlannedEncode
from experiments.rd import Computed, Plan, run_experiment
from experiments.run.cluster import Workers
from experiments.run.runner import Outcome, State
from experiments.run.schedule import Schedule
from experiments.run.speeds import known_speeds
from experiments.run.store import RunFolder
from experiments.tables.table import Table, number_columns, plain_rows, text_columns

MANY_POINTS = 500


def print_plan(encodes: Sequence[PlannedEncode], output: Path) -> None:
    """Print the rate points of an experiment, how many there are, and what is left to do.

    A long list comes as plain lines: laying out a table takes longer than planning it.
    """
    rows = []
    for planned in encodes:
        words = (planned.sequence.name, planned.codec_label, planned.job.layout.config.value)
        for point in planned.points:
            method = f"{point.method}{' (anchor)' if point.is_anchor else ''}"
            rows.append((*words, method, planned.job.qp, planned.sequence.frames))
    named = text_columns("sequence", "codec", "config", "method")
    columns = (*named, *number_columns("QP", "frames"))
    title = f"{len(rows)} rate points from {len(encodes)} files"
    if len(rows) > MANY_POINTS:
        lines = [title, "\t".join(column.head for column in columns)]
        lines += ["\t".join(map(str, row)) for row in rows]
        out.file.write("\n".join([*lines, ""]))
    else:
        show([Table(title, columns, plain_rows(rows))])
    schedule = Schedule(encodes, RunFolder(output), wants_gpu, known_speeds())
    out.print(plan_text(schedule), soft_wrap=True)


def run_shown(
    plan: Plan,
    *,
    output: Path,
    workers: Workers,
    limits: Limits,
    report: bool = True,
) -> Computed:
    """Run an experiment of this command line and show its progress, see `run_experiment`."""
    with run_progress(plan.experiment.name, err) as on_state:
        return run_experiment(
            plan,
            output,
            command_line=shlex.join(["codecpipe", *sys.argv[1:]]),
            workers=workers,
            limits=limits,
            on_state=on_state,
            report=report,
        )


def tell_failed(outcome: Outcome, jobs: int) -> None:
    """Name the failed jobs of a finished run, in an error at last."""
    for job, message in outcome.failed.items():
        err.print(one_line(f"failed: {job}: {message}"), soft_wrap=True)
    if outcome.failed:
        raise InputError(
            f"{len(outcome.failed)} of {jobs} jobs failed; the others are in the"
            " report; start again to try the failed ones once more"
        )


@contextmanager
def run_progress(title: str, console: Console) -> Iterator[Callable[[State], None]]:
    """A line that follows the states of a run, on a terminal; what was finished is always said."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[said]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"{title}: points", total=None, said="")
        first = True

        def follow(state: State) -> None:
            nonlocal first
            if first and state.done:
                console.print(f"{state.done} of {state.points} points were finished before")
            first = False
            progress.update(task, total=state.points, completed=state.done, said=state_text(state))

        yield follow


def state_text(state: State) -> str:
    """Running and failed, core hours, remaining time."""
    parts = [f"{state.running} running"] if state.workers else ["waiting for workers"]
    if state.failed:
        parts.append(f"[red]{state.failed} failed[/red]")
    parts.append(f"{state.core_s / 3600:.2f} core-h")
    if state.wall_s_left is not None:
        about = "about " if state.is_rough else ""
        parts.append(f"{about}{duration(state.wall_s_left)} left")
    return ", ".join(parts)


def plan_text(schedule: Schedule, cores: int | None = None) -> str:
    """What is left of a plan: jobs, core hours, time on so many cores (this machine's)."""
    found = f", {schedule.points_found} of the points are there" if schedule.points_found else ""
    if not schedule.jobs_left:
        return f"nothing is left to do{found}"
    cores = cores or len(os.sched_getaffinity(0))
    hours = schedule.core_s_left() / 3600
    about, basis = "", ", by the speed of earlier jobs"
    if schedule.is_rough:
        about, basis = "about ", "; rough, since no job of some of these sorts was ever timed here"
    return (
        f"{schedule.jobs_left} jobs{found}: {about}{hours:.2f} core hours,"
        f" {duration(hours * 3600 / cores)} on {cores} cores{basis}"
    )


def duration(seconds: float) -> str:
    """Seconds as 12 s, 3 min, 2 h 05 min, 3 d 4 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02d} min"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h"
