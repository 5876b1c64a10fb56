"""``codecpipe sequences``: the catalogues of test sequences."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from codecpipe.errors import InputError
from codecpipe.video.catalogue import SequenceInfo, VerifyRow, load_builtin, load_catalogue, verify
from experiments.commands.console import format_option, one_form, show
from experiments.commands.entry import print_json
from experiments.commands.options import PATH
from experiments.tables.table import Column, Table, number_columns, plain_rows, text_columns


@click.group("sequences", no_args_is_help=False)
def sequences_group() -> None:
    """The catalogues of test sequences."""


catalogue_option = click.option("--catalogue", type=PATH, help="A catalogue of your own, in YAML.")


@sequences_group.command("list")
@catalogue_option
@click.option("--json", "as_json", is_flag=True)
@format_option
def sequences_list(catalogue: Path | None, as_json: bool, form: str | None) -> None:
    """List the sequences that are known."""
    one_form(as_json, form)
    known = load_builtin().merged(load_catalogue(catalogue)) if catalogue else load_builtin()
    if as_json:
        print_json([sequence_json(info) for info in known])
    else:
        show([sequences_table(known)], form)


@sequences_group.command("verify")
@click.option("--root", type=PATH, required=True, help="Folder that holds the sequences.")
@catalogue_option
@click.option("--json", "as_json", is_flag=True)
@format_option
def sequences_verify(root: Path, catalogue: Path | None, as_json: bool, form: str | None) -> None:
    """Look for the sequences' files under a folder and check their sizes."""
    one_form(as_json, form)
    known = load_builtin().merged(load_catalogue(catalogue)) if catalogue else load_builtin()
    rows = verify(known, root)
    if as_json:
        print_json([verify_json(row) for row in rows])
    else:
        show([verify_table(rows)], form)
    wrong = sum(row.state == "wrong-size" for row in rows)
    if wrong:
        raise InputError(f"{wrong} files have a wrong size: see the table")


def sequences_table(sequences: Iterable[SequenceInfo]) -> Table:
    """Sequences of the catalogues."""
    columns = (
        *text_columns("sequence"),
        *number_columns("size", "fps"),
        Column("bit_depth", "bits"),
        *number_columns("frames", "file"),
    )
    rows = [
        (
            info.qualified_name,
            f"{info.width}x{info.height}",
            str(info.fps),
            info.bit_depth,
            info.frames,
            info.file,
        )
        for info in sequences
    ]
    return Table("", columns, plain_rows(rows))


def sequence_json(info: SequenceInfo) -> dict[str, Any]:
    """One sequence as a document."""
    return {
        "catalogue": info.catalogue,
        "class": info.class_name,
        "name": info.name,
        "file": info.file,
        "width": info.width,
        "height": info.height,
        "fps": str(info.fps),
        "bit_depth": info.bit_depth,
        "frames": info.frames,
        "chroma": info.chroma.value,
    }


def verify_table(rows: Sequence[VerifyRow]) -> Table:
    """The state of each sequence's file."""
    body = [(row.sequence.qualified_name, row.state.value, row.detail) for row in rows]
    return Table("", text_columns("sequence", "state", "detail"), plain_rows(body))


def verify_json(row: VerifyRow) -> dict[str, Any]:
    """One finding as a document."""
    return sequence_json(row.sequence) | {
        "state": row.state.value,
        "path": str(row.path) if row.path else None,
        "detail": row.detail,
    }
