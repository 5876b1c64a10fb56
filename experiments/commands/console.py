"""Tables of the command line: on the terminal, or in the form that ``--format`` names."""

import sys
from collections.abc import Callable, Sequence

import click

from codecpipe.errors import InputError
from experiments.tables.table import Table

FORMS = ("csv", "markdown", "latex", "html", "xlsx")


def format_option(command: Callable[..., None]) -> Callable[..., None]:
    """``--format``: prints the tables of a command in another form than the terminal's."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(FORMS),
        help="Print the table in this form, to be written to a file with > FILE.",
    )(command)


def one_form(as_json: bool, form: str | None) -> None:
    """Refuse two forms at once.

    Raises:
        InputError: both ``--json`` and ``--format`` are given.
    """
    if as_json and form:
        raise InputError("--json and --format ask for two forms: give one of them")


def show(tables: Sequence[Table], form: str | None = None) -> None:
    """Print tables, on the terminal or in a form of `FORMS`.

    The writers are loaded when they are needed.

    Raises:
        InputError: an Excel file cannot be shown on a terminal.
    """
    if form is None:
        from experiments.commands.entry import out  # noqa: PLC0415  (rich)
        from experiments.tables.writers.terminal import terminal  # noqa: PLC0415

        for part in terminal(tables):
            out.print(part)
        return
    if form == "xlsx":
        from experiments.tables.writers.excel import excel  # noqa: PLC0415

        if sys.stdout.isatty():
            raise InputError("an Excel file cannot be shown on a terminal: add > FILE.xlsx")
        sys.stdout.buffer.write(excel([("Tables", tables)]))
        return
    click.echo(_text(tables, form), nl=False)


def _text(tables: Sequence[Table], form: str) -> str:
    if form == "csv":
        from experiments.tables.writers.csv import csv  # noqa: PLC0415

        return csv(tables)
    if form == "markdown":
        from experiments.tables.writers.markdown import markdown  # noqa: PLC0415

        return markdown(tables)
    if form == "latex":
        from experiments.tables.writers.latex import latex  # noqa: PLC0415

        return latex(tables)
    from experiments.report.page import render  # noqa: PLC0415

    return render("tables.html.j2", tables=tables) + "\n"
