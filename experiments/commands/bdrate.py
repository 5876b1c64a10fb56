"""``codecpipe bdrate``: Bjøntegaard deltas of files of curves."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

import bdrate as bd
from codecpipe.errors import InputError
from experiments.commands.entry import note, print_json
from experiments.commands.options import PATH


@click.command("bdrate")
@click.argument("anchor", type=PATH)
@click.argument("test", type=PATH)
@click.option("--method", type=click.Choice(list(bd.METHODS)), default="pchip", show_default=True)
@click.option("--metric", default="psnr_y", show_default=True, help="Columns, comma-separated.")
@click.option("--json", "as_json", is_flag=True)
@click.option("--plot", type=PATH, help="PNG, SVG or PDF of both curves (one comparison only).")
def bdrate_command(
    anchor: Path, test: Path, method: str, metric: str, as_json: bool, plot: Path | None
) -> None:
    """Bjøntegaard deltas of the curves in TEST against those in ANCHOR (CSV or JSON)."""
    metrics = tuple(name.strip() for name in metric.split(",") if name.strip())
    comparisons = bd.compare_files(anchor, test, metrics, method)
    if plot is not None:
        plot_one(anchor, test, metrics[0], method, plot)
        note(f"{plot} written")
    if as_json:
        print_json(comparisons_json(comparisons))
    else:
        click.echo(bd.make_table(comparisons).to_text())
    results = [one for comparison in comparisons for one in comparison.results.values()]
    errors = [one for one in results if isinstance(one, bd.BDError)]
    if errors and len(errors) == len(results):
        raise errors[0]


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
    """Plot the one curve of each file with the integration area.

    Raises:
        InputError: a file has several curves.
        BDError: they cannot be compared.
    """
    curves: list[bd.RDCurve] = []
    for path in (anchor, test):
        found = bd.read_curves(path, metric)
        if len(found) != 1:
            raise InputError(
                f"'{path}' has {len(found)} curves and a plot shows one:"
                " give files of one sequence and method"
            )
        curves.append(next(iter(found.values())))
    from bdrate.plot import plot_comparison  # noqa: PLC0415  (matplotlib, half a second)

    a, b = curves
    plot_comparison(a, b, bd.compare(a, b, method), plot)
