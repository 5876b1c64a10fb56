"""``codecpipe measure``: one video against another."""

from fractions import Fraction
from pathlib import Path

import click
from rich.table import Table

from codecpipe.metrics.measure import Measurement
from codecpipe.metrics.measure import measure as measure_videos
from codecpipe.video.chroma import alike
from experiments.commands.console import grid
from experiments.commands.entry import note, out, print_json, status
from experiments.commands.options import (
    PATH,
    geometry_options,
    open_video,
)


@click.command("measure")
@click.argument("reference", type=PATH)
@click.argument("test", type=PATH)
@click.option("--metric", default="psnr", show_default=True, help="psnr,ssim,ms-ssim,vmaf,xpsnr")
@click.option("--frames", type=click.IntRange(min=1), help="Compare the first N frames only.")
@click.option("--json", "as_json", is_flag=True)
@geometry_options
def measure_command(
    reference: Path,
    test: Path,
    metric: str,
    frames: int | None,
    as_json: bool,
    size: tuple[int, int] | None,
    fps: Fraction | None,
    bit_depth: int | None,
) -> None:
    """Measure TEST against REFERENCE, frame by frame."""
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
    out.print(measurement_table(result))


def measurement_table(result: Measurement) -> Table:
    """Frames and means of a measurement."""
    table = grid("", "", "all frames")
    for row in result.rows():
        table.add_row(*row)
    return table
