"""Options that several commands share, and how their values are read.

The core and the codecs are imported where they are used: `codecpipe bdrate` needs neither.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from fractions import Fraction
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from codecpipe.errors import InputError

if TYPE_CHECKING:
    from codecpipe.programs.process import Limits

PATH = click.Path(path_type=Path)

Command = Callable[..., None]


def with_options(command: Command, *options: Callable[[Command], Command]) -> Command:
    """A command with options, which ``--help`` lists in this order."""
    for option in reversed(options):
        command = option(command)
    return command


def _read_fps(_context: click.Context, _option: click.Parameter, value: str | None) -> Any:
    """A frame rate such as 50, 59.94 or 30000/1001."""
    from codecpipe.video.filename import frame_rate  # noqa: PLC0415

    return None if value is None else frame_rate(value)


def _read_size(
    _context: click.Context, _option: click.Parameter, value: str | None
) -> tuple[int | None, int | None]:
    """WIDTHxHEIGHT."""
    if value is None:
        return None, None
    sides = re.fullmatch(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", value.lower())
    if not sides:
        raise InputError(f"'{value}' is not a size: give WIDTHxHEIGHT such as 1920x1080")
    return int(sides[1]), int(sides[2])


def geometry_options(command: Command) -> Command:
    """``--size``, ``--fps``, ``--bit-depth`` as ``geometry``: of files whose name does not say."""

    @wraps(command)
    def bundled(
        size: tuple[int | None, int | None],
        fps: Fraction | None,
        bit_depth: int | None,
        **others: Any,
    ) -> None:
        from codecpipe.video.source import Geometry  # noqa: PLC0415

        command(geometry=Geometry(*size, fps, bit_depth), **others)

    return with_options(
        bundled,
        click.option("--size", callback=_read_size, help="WIDTHxHEIGHT of a raw file."),
        click.option("--fps", callback=_read_fps, help="Frame rate: 50, 59.94, 30000/1001."),
        click.option("--bit-depth", type=click.IntRange(8, 16), help="Bit depth of a raw file."),
    )


def read_scale(_context: click.Context, _option: click.Parameter, value: str) -> Fraction:
    """A ratio such as 2, 4 or 3/2."""
    try:
        return Fraction(value)
    except (ValueError, ZeroDivisionError) as error:
        raise InputError(f"'{value}' is not a scale: give a number such as 2, 4 or 3/2") from error


def _read_classes(
    _context: click.Context, _option: click.Parameter, value: str | None
) -> tuple[str, ...]:
    """Names of classes, comma-separated; empty where the option is not given."""
    if value is None:
        return ()
    names = tuple(name.strip() for name in value.split(",") if name.strip())
    if not names:
        raise InputError(f"--classes '{value}' names no class: give e.g. --classes B,C")
    return names


def override_options(command: Command) -> Command:
    """``--root``, ``--codec``, ``--classes``, ``--frames``: the ``overrides`` of an experiment."""

    @wraps(command)
    def bundled(
        root: Path | None,
        codec: str | None,
        classes: tuple[str, ...],
        frames: int | None,
        **others: Any,
    ) -> None:
        from experiments.spec.overrides import Overrides  # noqa: PLC0415

        command(overrides=Overrides(root, codec, classes, frames), **others)

    return with_options(
        bundled,
        click.option("--root", type=PATH, help="Folder of the sequences."),
        click.option("--codec", help="This one instead of the file's, with its default preset."),
        click.option("--classes", callback=_read_classes, help="Only these, such as B,C."),
        click.option("--frames", type=click.IntRange(min=1), help="Code N frames at most of each."),
    )


def worker_options(command: Command) -> Command:
    """``--jobs``, ``--scheduler``, ``--slurm``: the ``workers`` that do a run's jobs."""

    @wraps(command)
    def bundled(jobs: int | None, scheduler: str | None, slurm: Path | None, **others: Any) -> None:
        from experiments.run.cluster import Workers  # noqa: PLC0415

        command(workers=Workers(jobs, scheduler, slurm), **others)

    count = click.IntRange(min=1)
    return with_options(
        bundled,
        click.option("--jobs", type=count, help="Jobs at a time.  [default: cores]"),
        click.option("--scheduler", help="Address of a running Dask scheduler: tcp://HOST:8786."),
        click.option("--slurm", type=PATH, help="How a batch system starts workers."),
    )


def _software() -> dict[str, str]:
    """Names of the reference softwares, each with the variable that names its folder."""
    from encoders.hm import HM  # noqa: PLC0415
    from encoders.vtm import VTM  # noqa: PLC0415

    return {"hm": HM.software.variable, "vtm": VTM.software.variable}


def _name_software(
    _context: click.Context, option: click.Parameter, value: Path | None
) -> Path | None:
    """Name a reference software's folder for this run, as its environment variable does."""
    if value is not None:
        os.environ[_software()[option.name or ""]] = str(value)
    return value


def software_options(command: Command) -> Command:
    """``--hm``, ``--vtm``: folders of the reference softwares."""
    for name, variable in _software().items():
        command = click.option(
            f"--{name}",
            type=PATH,
            callback=_name_software,
            expose_value=False,
            help=f"Folder of {name.upper()}, with bin and cfg.  [default: {variable}, PATH]",
        )(command)
    return command


def _limits(_context: click.Context, _option: click.Parameter, stall_s: float) -> Limits:
    from codecpipe.programs.process import Limits  # noqa: PLC0415

    return Limits(stall_s=stall_s)


stall_option = click.option(
    "--stall-timeout",
    "limits",
    type=click.FloatRange(min=1),
    default=600.0,
    show_default=True,
    callback=_limits,
    help="Seconds without progress after which a program is stopped.",
)
