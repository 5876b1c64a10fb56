"""Runs as `rd`, `demo` and `qp-study` start them: their plan, their progress, their failures."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from codecpipe.errors import InputError
from codecpipe.programs.process import Limits
from enhancers import wants_gpu
from experiments.commands.console import show
from experiments.commands.entry import err, one_line, out
from experiments.commands.progress import plan_text, run_progress
from experiments.plan.encodes import PlannedEncode, PlannedPoint
from experiments.rd import Computed, run_experiment
from experiments.run.cluster import Workers
from experiments.run.runner import Outcome
from experiments.run.schedule import Schedule
from experiments.run.speeds import known_speeds
from experiments.run.store import RunFolder
from experiments.spec.experiment import Experiment
from experiments.tables.table import Table, number_columns, plain_rows, text_columns

MANY_POINTS = 500


def print_plan(encodes: Sequence[PlannedEncode], output: Path) -> None:
    """Print the rate points of an experiment, how many there are, and what is left to do.

    A long list comes as plain lines: laying out a table takes longer than planning it.
    """
    rows = [_plan_row(planned, point) for planned in encodes for point in planned.points]
    words = text_columns("sequence", "codec", "config", "method")
    columns = (*words, *number_columns("QP", "frames"))
    title = f"{len(rows)} rate points from {len(encodes)} files"
    if len(rows) > MANY_POINTS:
        lines = [title, "\t".join(column.head for column in columns)]
        lines += ["\t".join(map(str, row)) for row in rows]
        out.file.write("\n".join([*lines, ""]))
    else:
        show([Table(title, columns, plain_rows(rows))])
    schedule = Schedule(encodes, RunFolder(output), wants_gpu, known_speeds())
    out.print(plan_text(schedule), soft_wrap=True)


def _plan_row(planned: PlannedEncode, point: PlannedPoint) -> tuple[str | int, ...]:
    method = f"{point.method}{' (anchor)' if point.is_anchor else ''}"
    layout, sequence = planned.job.layout, planned.sequence
    named = (sequence.name, planned.codec_label, layout.config.value, method)
    return (*named, planned.job.qp, sequence.frames)


def run_shown(
    experiment: Experiment,
    encodes: tuple[PlannedEncode, ...],
    text: str,
    *,
    output: Path,
    workers: Workers,
    limits: Limits,
    report: bool = True,
) -> Computed:
    """Run an experiment of this command line and show its progress, see `run_experiment`."""
    with run_progress(experiment.name, err) as on_state:
        return run_experiment(
            experiment,
            encodes,
            text,
            output,
            command_line=shlex.join(["codecpipe", *sys.argv[1:]]),
            workers=workers,
            limits=limits,
            on_state=on_state,
            report=report,
        )


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
