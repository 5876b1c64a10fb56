"""Tables of the command line: on the terminal, or in the form that an option names."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from codecpipe.errors import InputError
from experiments.commands.entry import print_json
from experiments.commands.options import Command, bundle
from experiments.tables.table import Table


def form_options(command: Command) -> Command:
    """``--json`` and ``--format``: the ``form`` of what a command shows, None for the terminal's.

    Both at once are refused before the command begins.
    """

    return bundle(
        command,
        "form",
        _form,
        as_json=click.option("--json", "as_json", is_flag=True),
        form=click.option(
            "--format",
            "form",
            type=click.Choice(["csv", "markdown", "latex", "html", "xlsx"]),
            help="Print the table in this form, to be written to a file with > FILE.",
        ),
    )


def _form(as_json: bool, form: str | None) -> str | None:
    if as_json and form:
        raise InputError("--json and --format ask for two forms: give one of them")
    return "json" if as_json else form


def show(tables: Sequence[Table], form: str | None = None, document: Any = None) -> None:
    """Print tables, on the terminal or in a form; for ``json``, the ``document`` in their place.

    The writers are loaded when they are needed.
    """
    if form is None:
        from experiments.commands.entry import out  # noqa: PLC0415  (rich)
        from experiments.tables.writers.terminal import terminal  # noqa: PLC0415

        for part in terminal(tables):
            out.print(part)
    elif form == "json":
        print_json(document)
    elif form == "xlsx":
        from experiments.tables.writers.excel import excel  # noqa: PLC0415

        if sys.stdout.isatty():
            raise InputError("an Excel file cannot be shown on a terminal: add > FILE.xlsx")
        sys.stdout.buffer.write(excel([("Tables", tables)]))
    elif form == "html":
        from experiments.report.page import render  # noqa: PLC0415

        click.echo(render("tables.html.j2", tables=tables))
    else:  # csv, markdown, latex: a module and its function
        write = getattr(import_module(f"experiments.tables.writers.{form}"), form)
        click.echo(write(tables), nl=False)
