"""``codecpipe qp-study``: QP allocation between key and LR frames."""

import json
import shlex
import sys
from functools import partial
from pathlib import Path

import click
from rich.table import Table

from enhancers import wants_gpu
from experiments.commands.console import print_plan
from experiments.commands.entry import err, out, status
from experiments.commands.options import (
    limits_of,
    override_options,
    software_options,
    stall_option,
    worker_options,
)
from experiments.commands.progress import plan_text, run_progress
from experiments.commands.rd import tell_failed
from experiments.plan.encodes import PlannedEncode
from experiments.qp_study.report import all_sheets, write_study
from experiments.qp_study.run import StudyFile, StudyRun, plan_study, run_grid, run_search
from experiments.qp_study.schema import parse_study
from experiments.qp_study.search_table import search_sheet
from experiments.qp_study.sheets import Sheet, best_sheet, json_rows, pattern_sheet
from experiments.rd import Computed, run_experiment
from experiments.results.load import shown_meta
from experiments.run.cluster import Workers
from experiments.run.schedule import Schedule
from experiments.run.speeds import known_speeds
from experiments.run.store import RunFolder, write_atomically
from experiments.shipped.find import find_study, shipped_studies
from experiments.spec.experiment import Experiment, read_experiment
from experiments.spec.overrides import Overrides

_HELP = f"""Study the QPs of key and LR frames: the grid of a study file, or a search in it.

STUDY is a file, or one that comes with codecpipe: {", ".join(shipped_studies())}. Start again to
go on where a run ended; --search and the grid share what they have computed."""


_UNSHOWN = (
    *("class", "scope", "counted", "sequences"),
    *("bd_best_common_percent", "bd_paper_common_percent"),
)


_ONCE = ("codec", "config", "enhancer")


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
        file = StudyFile(parse_study(text, where), where, path.parent, overrides)
        plan = plan_study(file)
    if dry_run:
        print_plan(out, plan.encodes)
        schedule = Schedule(plan.encodes, RunFolder(output), wants_gpu, known_speeds())
        out.print(plan_text(schedule), soft_wrap=True)
        return

    compute = partial(_compute, output, Workers(jobs, scheduler, slurm), stall_timeout)
    result = run_search(file, compute, output, _tell) if search else run_grid(plan, compute)
    write_atomically(output / "study.yaml", text)
    meta = shown_meta(result.computed.meta) | {"study_file": text}
    files = write_study(
        result.analysis, meta, output, bd_method=result.bd_method, searches=result.searches
    )
    if as_json:
        sheets = all_sheets(result.analysis, result.searches)
        document = {sheet.stem: json_rows(sheet) for sheet in sheets}
        click.echo(json.dumps(document, indent=1, ensure_ascii=False))
    else:
        for table in _tables(result):
            out.print(table)
        out.print(f"report: {files.html}", soft_wrap=True)
    tell_failed(result.computed.outcome, len(plan.encodes))


def _compute(
    output: Path,
    workers: Workers,
    stall_timeout: float,
    experiment: Experiment,
    encodes: tuple[PlannedEncode, ...],
    text: str,
) -> Computed:
    with run_progress(experiment.name, err) as on_state:
        return run_experiment(
            experiment,
            encodes,
            text,
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
    """The answers: what a search found, best offsets, patterns."""
    analysis = result.analysis
    sheets = [best_sheet(analysis.rows, analysis.paper)]
    if len({setting.pattern for setting in analysis.settings}) > 1:
        sheets.append(pattern_sheet(analysis.rows))
    if result.searches:
        sheets.insert(0, search_sheet(result.searches))
    return [_table(sheet) for sheet in sheets]


def _table(sheet: Sheet) -> Table:
    """A sheet in short: what is one for all rows goes into its title."""
    values = {
        column.key: {row[at] for row in sheet.rows}
        for at, column in enumerate(sheet.columns)
        if at < sheet.texts
    }
    once = [key for key in _ONCE if len(values.get(key, ())) == 1]
    hidden = {*_UNSHOWN, *once, *(("pattern",) if values.get("pattern") == {"none"} else ())}
    title = ", ".join((sheet.title, *(str(next(iter(values[key]))) for key in once)))
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    kept = [at for at, column in enumerate(sheet.columns) if column.key not in hidden]
    for at in kept:
        if at < sheet.texts:
            table.add_column(sheet.columns[at].head, overflow="fold")
        else:
            table.add_column(sheet.columns[at].head, justify="right")
    for row in sheet.text_rows():
        table.add_row(*(row[at] for at in kept))
    return table
