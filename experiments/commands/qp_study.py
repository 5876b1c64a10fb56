"""``codecpipe qp-study``: QP allocation between key and LR frames."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from codecpipe.programs.process import Limits
from experiments.commands.console import show
from experiments.commands.entry import err, out, print_json, status
from experiments.commands.options import (
    PATH,
    override_options,
    software_options,
    stall_option,
    worker_options,
)
from experiments.commands.progress import print_plan, run_shown, tell_failed
from experiments.qp_study.report import all_sheets, write_study
from experiments.qp_study.run import plan_study, run_grid, run_search
from experiments.qp_study.schema import parse_study
from experiments.results.load import shown_meta
from experiments.run.cluster import Workers
from experiments.run.store import write_atomically
from experiments.shipped.find import find_study, shipped_studies
from experiments.spec.experiment import read_experiment
from experiments.spec.overrides import Overrides
from experiments.tables.table import Table

_HELP = f"""Study the QPs of key and LR frames: the grid of a study file, or a search in it.

STUDY is a file, or one that comes with codecpipe: {", ".join(shipped_studies())}. Start again to
go on where a run ended; --search and the grid share what they have computed."""

_ANSWERS = ("search", "best_offsets", "patterns")

_UNSHOWN = frozenset(
    "class scope counted sequences bd_best_common_percent bd_paper_common_percent".split()
)


@click.command("qp-study", help=_HELP)
@click.argument("study", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="Run folder.")
@worker_options
@click.option("--dry-run", is_flag=True, help="List the points and what they will take, and stop.")
@click.option("--search", is_flag=True, help="Search the best offset with few encodes.")
@click.option("--json", "as_json", is_flag=True, help="Print the tables as one JSON document.")
@override_options
@software_options
@stall_option
def qp_study_command(
    study: Path,
    output: Path,
    workers: Workers,
    dry_run: bool,
    search: bool,
    as_json: bool,
    overrides: Overrides,
    limits: Limits,
) -> None:
    """Run a study; `_HELP` is what a user reads."""
    path, where = find_study(study), str(study)
    text = read_experiment(path)
    with status("planning"):
        grid = parse_study(text, where)
        plan = plan_study(grid, where, path.parent, overrides)
    if dry_run:
        print_plan(plan.encodes, output)
        return

    compute = partial(run_shown, output=output, workers=workers, limits=limits, report=False)
    result = run_search(grid, plan, compute, output, _tell) if search else run_grid(plan, compute)
    write_atomically(output / "study.yaml", text)
    meta = shown_meta(result.computed.meta) | {"study_file": text}
    page = write_study(result.analysis, meta, output, result.searches)
    tables = all_sheets(result.analysis, result.searches)
    if as_json:
        print_json({stem: table.documents() for stem, table in tables.items()})
    else:
        show([_short(tables[stem]) for stem in _ANSWERS if stem in tables])
        out.print(f"report: {page}", soft_wrap=True)
    tell_failed(result.computed.outcome, len(plan.encodes))


def _tell(what: str, delta: int, value: float | None) -> None:
    said = "no BD-rate" if value is None else f"BD-rate {value:+.2f} %"
    err.print(f"{what}: δ {delta}: {said}", soft_wrap=True)


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
