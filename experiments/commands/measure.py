"""``codecpipe measure``: one video against another."""

from fractions import Fraction
from pathlib import Path

import click

from codecpipe.metrics.catalogue import metric_names
from codecpipe.metrics.measure import Measurement
from codecpipe.metrics.measure import measure as measure_videos
from codecpipe.video.catalogue import load_builtin
from codecpipe.video.chroma import alike
from codecpipe.video.filename import Geometry
from codecpipe.video.source import open_source
from experiments.commands.console import form_options, show
from experiments.commands.entry import note, status
from experiments.commands.options import PATH, geometry_options
from experiments.results.metrics import metric_of
from experiments.tables.table import Column, Table, plain_rows


@click.command("measure")
@click.argument("reference", type=PATH)
@click.argument("test", type=PATH)
@click.option("--metric", default="psnr", show_default=True, help=",".join(metric_names()))
@click.option("--frames", type=click.IntRange(min=1), help="Compare the first N frames only.")
@form_options
@geometry_options
def measure_command(
    reference: Path,
    test: Path,
    metric: str,
    frames: int | None,
    form: str | None,
    geometry: Geometry,
) -> None:
    """Measure TEST against REFERENCE, frame by frame."""
    names = [name.strip() for name in metric.split(",") if name.strip()]
    with (
        open_source(reference, geometry, load_builtin(), default_fps=Fraction(25)) as a,
        open_source(test, geometry, load_builtin(), default_fps=Fraction(25)) as b,
        status("measuring"),
    ):
        a, b = alike(a, b)  # noqa: PLW2901
        for remark in (*a.notes, *b.notes):
            note(remark)
        result = measure_videos(a, b, names, frames=frames)
    show([_table(result)], form, result.to_dict())


def _table(result: Measurement) -> Table:
    """The sequence's values, MSE left out."""
    rows = [_row(key, value) for key, value in result.means.items() if not key.startswith("mse")]
    columns = (Column("metric", "", text=True), Column("value", "all frames", decimals=4))
    return Table("", columns, plain_rows(rows))


def _row(key: str, value: float) -> tuple[str, float]:
    metric = metric_of(key.replace("_of_mean_mse", ""))
    title = f"{metric.title} of the mean MSE" if "_of_mean_mse" in key else metric.title
    return f"{title} [{metric.unit}]" if metric.unit else title, value
