"""``codecpipe sequences``: the catalogues of test sequences."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from codecpipe.errors import InputError
from codecpipe.video.catalogue import (
    Catalogue,
    SequenceInfo,
    VerifyRow,
    load_builtin,
    load_catalogue,
    verify,
)
from experiments.commands.console import form_options, show
from experiments.commands.options import PATH
from experiments.tables.table import Column, Table, number_columns, plain_rows, text_columns


@click.group("sequences", no_args_is_help=False)
def sequences_command() -> None:
    """The catalogues of test sequences."""


def _known(_context: click.Context, _option: click.Parameter, own: Path | None) -> Catalogue:
    return load_builtin().merged(load_catalogue(own)) if own else load_builtin()


catalogue_option = click.option(
    "--catalogue", type=PATH, callback=_known, help="A catalogue of your own, in YAML."
)


@sequences_command.command("list")
@catalogue_option
@form_options
def sequences_list(catalogue: Catalogue, form: str | None) -> None:
    """List the sequences that are known."""
    show([_sequences_table(catalogue)], form, [_document(info) for info in catalogue])


@sequences_command.command("verify")
@click.option("--root", type=PATH, required=True, help="Folder that holds the sequences.")
@catalogue_option
@form_options
def sequences_verify(root: Path, catalogue: Catalogue, form: str | None) -> None:
    """Look for the sequences' files under a folder and check their sizes."""
    found = verify(catalogue, root)
    rows = [(row.sequence.qualified_name, row.state.value, row.detail) for row in found]
    table = Table("", text_columns("sequence", "state", "detail"), plain_rows(rows))
    show([table], form, [_verified(row) for row in found])
    wrong = sum(row.state == "wrong-size" for row in found)
    if wrong:
        raise InputError(f"{wrong} files have a wrong size: see the table")


def _sequences_table(sequences: Iterable[SequenceInfo]) -> Table:
    columns = (
        *text_columns("sequence"),
        *number_columns("size", "fps"),
        Column("bit_depth", "bits"),
        *number_columns("frames", "file"),
    )
    rows = []
    for info in sequences:
        size, fps = f"{info.width}x{info.height}", str(info.fps)
        rows.append((info.qualified_name, size, fps, info.bit_depth, info.frames, info.file))
    return Table("", columns, plain_rows(rows))


def _document(info: SequenceInfo) -> dict[str, Any]:
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


def _verified(row: VerifyRow) -> dict[str, Any]:
    return _document(row.sequence) | {
        "state": row.state.value,
        "path": str(row.path) if row.path else None,
        "detail": row.detail,
    }
