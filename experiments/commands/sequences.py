"""``codecpipe sequences``: the catalogues of test sequences."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from codecpipe.errors import InputError
from codecpipe.video.catalogue import SequenceInfo, VerifyRow, load_builtin, load_catalogue, verify
from experiments.commands.console import grid
from experiments.commands.entry import out, print_json
from experiments.commands.options import PATH


@click.group("sequences", no_args_is_help=False)
def sequences_group() -> None:
    """The catalogues of test sequences."""


catalogue_option = click.option("--catalogue", type=PATH, help="A catalogue of your own, in YAML.")


@sequences_group.command("list")
@catalogue_option
@click.option("--json", "as_json", is_flag=True)
def sequences_list(catalogue: Path | None, as_json: bool) -> None:
    """List the sequences that are known."""
    known = load_builtin().merged(load_catalogue(catalogue)) if catalogue else load_builtin()
    if as_json:
        print_json([sequence_json(info) for info in known])
    else:
        out.print(sequences_table(known))


@sequences_group.command("verify")
@click.option("--root", type=PATH, required=True, help="Folder that holds the sequences.")
@catalogue_option
@click.option("--json", "as_json", is_flag=True)
def sequences_verify(root: Path, catalogue: Path | None, as_json: bool) -> None:
    """Look for the sequences' files under a folder and check their sizes."""
    known = load_builtin().merged(load_catalogue(catalogue)) if catalogue else load_builtin()
    rows = verify(known, root)
    if as_json:
        print_json([verify_json(row) for row in rows])
    else:
        out.print(verify_table(rows))
    wrong = sum(row.state == "wrong-size" for row in rows)
    if wrong:
        raise InputError(f"{wrong} files have a wrong size: see the table")


def sequences_table(sequences: Iterable[SequenceInfo]) -> Table:
    """Sequences of the catalogues."""
    table = grid("", "sequence", "size", "fps", "bits", "frames", "file")
    for info in sequences:
        table.add_row(
            *(info.qualified_name, f"{info.width}x{info.height}", str(info.fps)),
            *(str(info.bit_depth), str(info.frames), info.file),
        )
    return table


def sequence_json(info: SequenceInfo) -> dict[str, Any]:
    """One sequence as a document."""
    return {
        **{"catalogue": info.catalogue, "class": info.class_name, "name": info.name},
        **{"file": info.file, "width": info.width, "height": info.height, "fps": str(info.fps)},
        **{"bit_depth": info.bit_depth, "frames": info.frames, "chroma": info.chroma.value},
    }


def verify_table(rows: Sequence[VerifyRow]) -> Table:
    """What was found of the sequences."""
    table = grid("", "sequence", "state", "detail", left=3)
    for row in rows:
        table.add_row(row.sequence.qualified_name, row.state.value, row.detail)
    return table


def verify_json(row: VerifyRow) -> dict[str, Any]:
    """One finding as a document."""
    return {
        **sequence_json(row.sequence),
        **{"state": row.state.value, "path": str(row.path) if row.path else None},
        "detail": row.detail,
    }
