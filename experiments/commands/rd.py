"""``codecpipe rd`` and ``demo``: experiments, run to their reports."""

from dataclasses import replace
from pathlib import Path

import click

from codecpipe.programs.process import Limits
from experiments.commands.console import show
from experiments.commands.entry import out, status
from experiments.commands.options import (
    PATH,
    override_options,
    software_options,
    stall_option,
    worker_options,
)
from experiments.commands.progress import print_plan, run_shown, tell_failed
from experiments.rd import plan_experiment
from experiments.run.cluster import Workers
from experiments.shipped.find import DEMO, clip_folder, find_experiment, shipped
from experiments.spec.experiment import read_experiment
from experiments.spec.overrides import Overrides, overridden

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
    workers: Workers,
    dry_run: bool,
    overrides: Overrides,
    enhancer: tuple[str, ...],
    limits: Limits,
) -> None:
    """Run an experiment; `_HELP` is what a user reads."""
    path, where = find_experiment(experiment), str(experiment)
    text = overridden(read_experiment(path), where, replace(overrides, enhancers=enhancer))
    _rd(text, where, path.parent, output, workers=workers, limits=limits, dry_run=dry_run)


@click.command("demo")
@click.option("-o", "--output", type=PATH, default=Path("runs/demo"), show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), help="Jobs at a time.  [default: the cores]")
def demo_command(output: Path, jobs: int | None) -> None:
    """Code real clips with x265 and VVenC in all layouts and write a report."""
    text = DEMO.read_text(encoding="utf-8")
    _rd(text, DEMO.name, clip_folder(), output, workers=Workers(jobs), limits=Limits())


def _rd(
    text: str,
    where: str,
    base: Path,
    output: Path,
    *,
    workers: Workers,
    limits: Limits,
    dry_run: bool = False,
) -> None:
    with status("planning"):
        plan = plan_experiment(text, where, base)
    if dry_run:
        print_plan(plan.encodes, output)
        return
    result = run_shown(plan, output=output, workers=workers, limits=limits)
    assert result.files is not None
    show(result.files.overviews)
    out.print(f"report: {output / 'report.html'}", soft_wrap=True)
    tell_failed(result.outcome, len(plan.encodes))
