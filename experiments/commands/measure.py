"""``codecpipe measure``: one video against another."""

from fractions import Fraction
from pathlib import Path

import click

from codecpipe.metrics.catalogue import metric_names
from codecpipe.metrics.measure import Measurement
from codecpipe.metrics.measure import measure as measure_videos
from codecpipe.video.chroma import alike
from experiments.commands.console import format_option, one_form, show
from experiments.commands.entry import note, print_json, status
from experiments.commands.options import PATH, geometry_options, open_video
from experiments.results.metrics import metric_of
from experiments.tables.table import Column, Table, plain_rows


@click.command("measure")
@click.argument("reference", type=PATH)
@click.argument("test", type=PATH)
@click.option("--metric", default="psnr", show_default=True, help=",".join(metric_names()))
@click.option("--frames", type=click.IntRange(min=1), help="Compare the first N frames only.")
@click.option("--json", "as_json", is_flag=True)
@format_option
@geometry_options
def measure_command(
    reference: Path,
    test: Path,
    metric: str,
    frames: int | None,
    as_json: bool,
    form: str | None,
    size: tuple[int, int] | None,
    fps: Fraction | None,
    bit_depth: int | None,
) -> None:
    """Measure TEST against REFERENCE, frame by frame."""
    one_form(as_json, form)
    names = [name.strip() for name in metric.split(",") if name.strip()]
    with (
        open_video(reference, size, fps, bit_depth, Fraction(25)) as a,
        open_video(test, size, fps, bit_depth, Fraction(25)) as b,
        status("measuring"),
    ):
        a, b = alike(a, b)  # noqa: PLW2901
        for remark in (*a.notes, *b.notes):
            note(remark)
        result = measure_videos(a, b, names, frames=frames)
    if as_json:
        print_json(result.to_dict())
        return
    show([measurement_table(result)], form)


def measurement_table(result: Measurement) -> Table:
    """The sequence's values, MSE left out."""
    rows = [_row(key, value) for key, value in result.means.items() if not key.startswith("mse")]
    columns = (Column("metric", "", text=True), Column("value", "all frames", decimals=4))
    return Table("", columns, plain_rows(rows))


def _row(key: str, value: float) -> tuple[str, float]:
    metric = metric_of(key.replace("_of_mean_mse", ""))
    title = f"{metric.title} of the mean MSE" if "_of_mean_mse" in key else metric.title
    return f"{title} [{metric.unit}]" if metric.unit else title, value
