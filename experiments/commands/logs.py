"""``codecpipe logs``: rate points and BD tables from logs of HM and VTM."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pandas as pd

import bdrate as bd
from codecpipe.errors import InputError
from codecpipe.layout import Config
from experiments.commands.console import form_options, show
from experiments.commands.entry import note
from experiments.commands.options import PATH
from experiments.logs.curves import log_points
from experiments.logs.read import read_logs
from experiments.results.frames import clean_points
from experiments.tables.bd import bd_rows
from experiments.tables.rows import BDRow
from experiments.tables.table import Column, Table, number_columns, plain_rows, text_columns
from experiments.tables.view import bd_overviews


@click.command("logs")
@click.argument("files", metavar="FILE...", type=PATH, nargs=-1, required=True)
@click.option("--anchor", metavar="LABEL", help="Compare with it.  [default: the first of two]")
@click.option("--method", type=click.Choice(list(bd.METHODS)), default="pchip", show_default=True)
@click.option(
    "--config",
    type=click.Choice([config.value for config in Config]),
    help="Configuration of all logs.  [default: what they tell]",
)
@click.option(
    "--label", multiple=True, metavar="FOLDER=NAME", help="Method of a folder's logs; repeatable."
)
@click.option("-o", "--output", type=PATH, help="Write the points to this .csv file.")
@form_options
def logs_command(
    files: tuple[Path, ...],
    anchor: str | None,
    method: str,
    config: str | None,
    label: tuple[str, ...],
    output: Path | None,
    form: str | None,
) -> None:
    """Show rate points and BD tables of logs that HM and VTM have printed.

    FILE is a log, or a folder that is searched for .log and .txt files.
    """
    if output is not None:
        _check_csv(output)
    logs, notes = read_logs(files)
    for text in notes:
        note(text)
    labels = dict(_folder_and_name(text) for text in label)
    points = log_points(logs, config=config, labels=labels, anchor=anchor)
    for text in _point_notes(points):
        note(text)
    if output is not None:
        points.to_csv(output, index=False, lineterminator="\n")
        note(f"{output} written")
    compared = bool(points["is_anchor"].any()) and not bool(points["is_anchor"].all())
    rows = bd_rows(clean_points(points), bd_method=method) if compared else ()
    document = {"points": _points_json(points), "bd": [_row_json(row) for row in rows]}
    show([_points_table(points), *bd_overviews(rows, (), method)], form, document)


def _check_csv(path: Path) -> None:
    # Without this, a log given by mistake would be overwritten.
    if path.suffix.lower() != ".csv":
        raise InputError(f"'{path}' is not a .csv file: give the output this suffix")
    if not path.parent.is_dir():
        raise InputError(f"the folder '{path.parent}' does not exist: make it first")


def _folder_and_name(text: str) -> tuple[Path, str]:
    """FOLDER=NAME; either may have an = of its own if the folder is there."""
    parts = text.split("=")
    for at in range(1, len(parts)):
        folder, name = Path("=".join(parts[:at])), "=".join(parts[at:]).strip()
        if folder.is_dir() and name:
            return folder, name
    raise InputError(f"'{text}' is not FOLDER=NAME with a folder that is there: correct --label")


def _point_notes(points: pd.DataFrame) -> Iterator[str]:
    logged = points[points["rate_from"] == "log"]
    if len(logged):
        yield (
            f"the rate of {len(logged)} of {len(points)} points is the log's own, which leaves SEI"
            " out: VTM prints the bitstream's size with --Verbosity=6"
        )
    coarser = points[points["measured_bit_depth"] < points["input_bit_depth"]]
    if len(coarser):
        yield (
            f"{len(coarser)} of {len(points)} points: the source has more bits a sample than it was"
            " coded and measured at (InternalBitDepth)"
        )
    for what, part in points[points["from_name"] != ""].groupby("from_name"):
        yield f"{what} of {len(part)} points: taken from the names of the logs, which do not tell"


def _points_table(points: pd.DataFrame) -> Table:
    columns = (
        *text_columns("sequence", "config", "method"),
        *number_columns("QP", "frames"),
        Column("rate_kbps", "kbps", decimals=3),
        *(Column(f"psnr_{p.lower()}", p, unit="dB", decimals=4) for p in ("Y", "U", "V", "YUV")),
        Column("encode_s", "enc", unit="s", decimals=1),
    )
    rows = []
    for row in points.to_dict("records"):
        method = f"{row['method']}{' (anchor)' if row['is_anchor'] else ''}"
        words = (str(row["sequence"]), str(row["config"]), method, row["qp"], row["frames"])
        rows.append((*words, *(row[column.key] for column in columns[5:])))
    title = f"{len(points)} rate points" if len(points) > 1 else "1 rate point"
    return Table(title, columns, plain_rows(rows))


def _points_json(points: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            str(key): None if isinstance(value, float) and not math.isfinite(value) else value
            for key, value in row.items()
        }
        for row in points.to_dict("records")
    ]


def _row_json(row: BDRow) -> dict[str, Any]:
    return {
        "scope": row.scope,
        "codec": row.codec,
        "config": row.config,
        "method": row.method,
        "anchor": row.anchor,
        "class": row.sequence_class,
        "sequence": row.sequence,
        "sequences": row.sequences,
        "notes": list(row.notes),
        "cells": {
            key: {"value": cell.value, "error": cell.error, "notes": list(cell.notes)}
            for key, cell in row.cells.items()
        },
    }
