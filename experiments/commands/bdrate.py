"""``codecpipe bdrate``: Bjøntegaard deltas of files of curves."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

import bdrate as bd
from codecpipe.errors import InputError
from experiments.commands.console import form_options, show
from experiments.commands.entry import note
from experiments.commands.options import PATH
from experiments.tables.table import Cell, Column, Row, Table, Value, text_columns


@click.command("bdrate")
@click.argument("anchor", type=PATH)
@click.argument("test", type=PATH)
@click.option("--method", type=click.Choice(list(bd.METHODS)), default="pchip", show_default=True)
@click.option("--metric", default="psnr_y", show_default=True, help="Columns, comma-separated.")
@form_options
@click.option("--plot", type=PATH, help="PNG, SVG or PDF of both curves (one comparison only).")
def bdrate_command(
    anchor: Path, test: Path, method: str, metric: str, form: str | None, plot: Path | None
) -> None:
    """Bjøntegaard deltas of the curves in TEST against those in ANCHOR (CSV or JSON)."""
    metrics = tuple(name.strip() for name in metric.split(",") if name.strip())
    comparisons = bd.compare_files(anchor, test, metrics, method)
    if plot is not None:
        plot_one(anchor, test, metrics[0], method, plot)
        note(f"{plot} written")
    show([deltas_table(comparisons)], form, comparisons_json(comparisons))
    results = [one for comparison in comparisons for one in comparison.results.values()]
    errors = [one for one in results if isinstance(one, bd.BDError)]
    if errors and len(errors) == len(results):
        raise errors[0]


def deltas_table(comparisons: Sequence[bd.Comparison]) -> Table:
    """The deltas of each sequence, class means and overall means."""
    rows = bd.delta_rows(comparisons)
    names = [name for name in rows[0].keys if any(row.keys[name] for row in rows)]
    deltas = list(dict.fromkeys(column for row in rows for column in row.deltas))
    columns = (
        *text_columns(*names),
        *map(_column, deltas),
        Column("overlap", "overlap", decimals=2),
        *(text_columns("warnings") if any(row.warnings for row in rows) else ()),
    )
    lines = []
    for row in rows:
        cells: list[Value] = [row.keys[name] for name in names]
        cells += [_cell(row.deltas[column]) for column in deltas]
        cells += [row.overlap, ", ".join(row.warnings)]
        lines.append(Row(tuple(cells[: len(columns)]), strong=row.is_mean))
    return Table("", columns, tuple(lines))


def _column(column: bd.DeltaColumn) -> Column:
    return Column(
        key=column.key,
        head=column.name,
        unit=column.unit,
        decimals=column.decimals,
        signed=True,
        saving="below" if column.is_rate else "above",
    )


def _cell(delta: bd.Delta) -> Cell:
    if delta.missing:
        said = f"left-out: {delta.missing} of {delta.sequences} sequences have no number."
        return Cell(delta.value, "" if delta.value is not None else "no-sequence", (said,))
    notes = (delta.problem,) if delta.problem else ()
    return Cell(delta.value, delta.problem.partition(":")[0], notes)


def comparisons_json(comparisons: Sequence[bd.Comparison]) -> list[dict[str, Any]]:
    """Comparisons as a document: numbers, or the error's name and sentence."""
    document = []
    for comparison in comparisons:
        results: dict[str, Any] = {}
        for metric, result in comparison.results.items():
            if isinstance(result, bd.BDError):
                results[metric] = {"error": result.name, "message": str(result)}
            else:
                results[metric] = asdict(result)
        document.append({"keys": dict(comparison.keys), "results": results})
    return document


def plot_one(anchor: Path, test: Path, metric: str, method: str, plot: Path) -> None:
    """Plot the one curve of each file with the integration area."""
    from bdrate.plot import plot_comparison  # noqa: PLC0415  (matplotlib, half a second)

    curves = [tuple(bd.read_curves(path, metric).values()) for path in (anchor, test)]
    for path, found in zip((anchor, test), curves, strict=True):
        if len(found) != 1:
            raise InputError(
                f"'{path}' has {len(found)} curves and a plot shows one:"
                " give files of one sequence and method"
            )
    (a,), (b,) = curves
    plot_comparison(a, b, bd.compare(a, b, method), plot)
