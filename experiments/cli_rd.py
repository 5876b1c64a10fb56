"""``codecpipe rd``, ``demo`` and ``report``: experiments on the command line."""

import shlex
import sys
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.progress import TimeRemainingColumn as Remaining

from codecpipe.errors import InputError
from experiments import console as show
from experiments.cli_entry import err, one_line, out, status
from experiments.cli_options import limits_of, override_options, software_options, stall_option
from experiments.demo_clips import DEMO, clip_folder
from experiments.overrides import Overrides, overridden
from experiments.rd import plan_experiment, run_experiment
from experiments.results import merge_runs, write_results
from experiments.schema import read_experiment
from experiments.shipped import find_experiment, shipped

PATH = click.Path(path_type=Path)
_HELP = f"""Run an experiment file; start again to go on where a run ended.

EXPERIMENT is a file, or one that comes with codecpipe: {", ".join(shipped())}."""


@click.command("rd", help=_HELP)
@click.argument("experiment", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The run folder.")
@click.option("--jobs", type=click.IntRange(min=1), help="Jobs at a time.  [default: the cores]")
@click.option("--dry-run", is_flag=True, help="List the rate points and stop.")
@override_options
@software_options
@stall_option
def rd_command(
    experiment: Path,
    output: Path,
    jobs: int | None,
    dry_run: bool,
    root: Path | None,
    codec: str | None,
    classes: tuple[str, ...],
    frames: int | None,
    stall_timeout: float,
) -> None:
    """Run an experiment; `_HELP` is what a user reads."""
    path = find_experiment(experiment)
    where = str(experiment)
    text = overridden(read_experiment(path), where, Overrides(root, codec, classes, frames))
    _rd(text, where, path.parent, output, jobs, dry_run, stall_timeout)


@click.command("demo")
@click.option("-o", "--output", type=PATH, default=Path("runs/demo"), show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), help="Jobs at a time.  [default: the cores]")
def demo_command(output: Path, jobs: int | None) -> None:
    """Code real clips with x265 and VVenC in all layouts and write a report."""
    _rd(DEMO.read_text(encoding="utf-8"), DEMO.name, clip_folder(), output, jobs, False, 600.0)


def _rd(
    text: str,
    where: str,
    base: Path,
    output: Path,
    jobs: int | None,
    dry_run: bool,
    stall_timeout: float,
) -> None:
    with status("planning"):
        experiment, encodes = plan_experiment(text, where, base)
    if dry_run:
        out.print(show.plan_table(encodes))
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeElapsedColumn(), Remaining(), console=err, disable=not err.is_terminal
    ) as progress:
        task = progress.add_task(f"{experiment.name}: files", total=None)

        def start(total: int, found: int) -> None:
            progress.update(task, total=total, completed=found)
            if found:
                progress.console.print(f"{found} of {total} files were finished before")

        result = run_experiment(
            experiment,
            encodes,
            text,
            output,
            command_line=shlex.join(["codecpipe", *sys.argv[1:]]),
            jobs=jobs,
            limits=limits_of(stall_timeout),
            on_start=start,
            on_done=lambda _: progress.advance(task),
        )
    for part in show.bd_tables(result.points, result.frames, experiment.bd_method):
        out.print(part)
    out.print(f"report: {result.files.html}", soft_wrap=True)
    if result.outcome.failed:
        for job, message in result.outcome.failed.items():
            err.print(one_line(f"failed: {job}: {message}"), soft_wrap=True)
        raise InputError(
            f"{len(result.outcome.failed)} of {len(encodes)} jobs failed; the others are in the"
            " report; start again to try the failed ones once more"
        )


@click.command("report")
@click.argument("runs", type=PATH, nargs=-1, required=True)
@click.option("--anchor", help="The method to compare with, by its label.")
@click.option("-o", "--output", type=PATH, help="Folder to write to.  [default: the run's own]")
def report_command(runs: tuple[Path, ...], anchor: str | None, output: Path | None) -> None:
    """Write tables, plots and report.html of one or several run folders again."""
    if len(runs) > 1 and output is None:
        raise InputError("the report of several runs needs a folder of its own: give -o DIR")
    points, frames, meta = merge_runs(runs, anchor)
    files = write_results(points, frames, meta, output or runs[0])
    for part in show.bd_tables(points, frames, str(meta.get("bd_method", "pchip"))):
        out.print(part)
    out.print(f"report: {files.html}", soft_wrap=True)
