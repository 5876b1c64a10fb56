"""``codecpipe report``: tables, plots and the report of run folders."""

from pathlib import Path

import click

from codecpipe.errors import InputError
from experiments.commands.console import show
from experiments.commands.entry import note, out
from experiments.commands.options import PATH
from experiments.figures.style import PALETTES, Palette
from experiments.report.write import write_report
from experiments.results.load import merge_runs


@click.command("report")
@click.argument("runs", type=PATH, nargs=-1, required=True)
@click.option("--anchor", help="The method to compare with, by its label.")
@click.option(
    "--style",
    type=click.Choice(PALETTES),
    default=PALETTES[0],
    show_default=True,
    help="Of the figures: colour (safe for the colour-blind) or grey (for print).",
)
@click.option("-o", "--output", type=PATH, help="Folder to write to.  [default: the run's own]")
def report_command(
    runs: tuple[Path, ...], anchor: str | None, style: Palette, output: Path | None
) -> None:
    """Write tables, plots and report.html of one or several run folders again.

    Several runs become one: equal points count once, and what has one name must be one thing.
    """
    if len(runs) > 1 and output is None:
        raise InputError("the report of several runs needs a folder of its own: give -o DIR")
    points, frames, meta = merge_runs(runs, anchor)
    for remark in meta.get("remarks", ()):
        note(remark)
    files = write_report(points, frames, meta, output or runs[0], palette=style)
    show(files.overviews)
    out.print(f"report: {files.html}", soft_wrap=True)
