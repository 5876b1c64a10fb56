"""``codecpipe qp-study``: QP allocation between key and LR frames."""

import shlex
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from enhancers import wants_gpu
from experiments.commands.console import show
from experiments.commands.entry import err, out, print_json, status
from experiments.commands.options import (
    limits_of,
    override_options,
    software_options,
    stall_option,
    worker_options,
)
from experiments.commands.progress import plan_text, run_progress
from experiments.commands.rd import tell_failed
from experiments.commands.run_tables import print_plan
from experiments.qp_study.report import all_sheets, write_study
from experiments.qp_study.run import StudyRun, plan_study, run_grid, run_search
from experiments.qp_study.schema import parse_study
from experiments.rd import Computed, Plan, run_experiment
from experiments.results.load import shown_meta
from experiments.run.cluster import Workers
from experiments.run.schedule import Schedule
from experiments.run.speeds import known_speeds
from experiments.run.store import RunFolder, write_atomically
from experiments.shipped.find import find_study, shipped_studies
from experiments.spec.experiment import read_experiment
from experiments.spec.overrides import Overrides
from experiments.tables.table import Table

_HELP = f"""Study the QPs of key and LR frames: the grid of a study file, or a search in it.

STUDY is a file, or one that comes with codecpipe: {", ".join(shipped_studies())}. Start again to
go on where a run ended; --search and the grid share what they have computed."""


_UNSHOWN = frozenset(
    "class scope counted sequences bd_best_common_percent bd_paper_common_percent".split()
)


@click.command("qp-study", help=_HELP)
@click.argument("study", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Run folder.")
@worker_options
@click.option("--dry-run", is_flag=True, help="List the points and what they will take, and stop.")
@click.option("--search", is_flag=True, help="Search the best offset with few encodes.")
@click.option("--json", "as_json", is_flag=True, help="Print the tables as one JSON document.")
@override_options
@software_options
@stall_option
def study_command(
    study: Path,
    output: Path,
    jobs: int | None,
    scheduler: str | None,
    slurm: Path | None,
    dry_run: bool,
    search: bool,
    as_json: bool,
    root: Path | None,
    codec: str | None,
    classes: tuple[str, ...],
    frames: int | None,
    stall_timeout: float,
) -> None:
    """Run a study; `_HELP` is what a user reads."""
    path, where = find_study(study), str(study)
    text = read_experiment(path)
    overrides = Overrides(root, codec, classes, frames)
    with status("planning"):
        grid = parse_study(text, where)
        plan = plan_study(grid, where, path.parent, overrides)
    if dry_run:
        print_plan(plan.encodes)
        schedule = Schedule(plan.encodes, RunFolder(output), wants_gpu, known_speeds())
        out.print(plan_text(schedule), soft_wrap=True)
        return

    compute = partial(_compute, output, Workers(jobs, scheduler, slurm), stall_timeout)
    result = run_search(grid, plan, compute, output, _tell) if search else run_grid(plan, compute)
    write_atomically(output / "study.yaml", text)
    meta = shown_meta(result.computed.meta) | {"study_file": text}
    page = write_study(result.analysis, meta, output, result.searches)
    if as_json:
        tables = all_sheets(result.analysis, result.searches)
        print_json({stem: table.documents() for stem, table in tables.items()})
    else:
        show(_tables(result))
        out.print(f"report: {page}", soft_wrap=True)
    tell_failed(result.computed.outcome, len(plan.encodes))


def _compute(
    output: Path,
    workers: Workers,
    stall_timeout: float,
    plan: Plan,
) -> Computed:
    with run_progress(plan.experiment.name, err) as on_state:
        return run_experiment(
            plan,
            output,
            command_line=shlex.join(["codecpipe", *sys.argv[1:]]),
            workers=workers,
            limits=limits_of(stall_timeout),
            on_state=on_state,
            report=False,
        )


def _tell(what: str, delta: int, value: float | None) -> None:
    said = "no BD-rate" if value is None else f"BD-rate {value:+.2f} %"
    err.print(f"{what}: δ {delta}: {said}", soft_wrap=True)


def _tables(result: StudyRun) -> list[Table]:
    """The answers in short: the results of a search, best offsets, patterns."""
    tables = all_sheets(result.analysis, result.searches)
    stems = ("search", "best_offsets", "patterns")
    return [_short(tables[stem]) for stem in stems if stem in tables]


def _short(table: Table) -> Table:
    """A table whose title names what is one for all rows."""
    values = {
        column.key: {str(row.cells[at]) for row in table.rows}
        for at, column in enumerate(table.columns)
    }
    once = [key for key in ("codec", "config", "enhancer") if len(values[key]) == 1]
    hidden = _UNSHOWN | set(once) | ({"pattern"} if values["pattern"] == {"none"} else set())
    title = ", ".join([table.title, *(next(iter(values[key])) for key in once)])
    return replace(table.without(hidden), title=title, lead="")
