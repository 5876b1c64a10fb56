"""Options that several commands share, and how their values are read.

The core and the codecs are imported where they are used: `codecpipe bdrate` needs neither.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codecpipe.errors import InputError

if TYPE_CHECKING:
    from codecpipe.programs.process import Limits
    from codecpipe.video.source import Source

PATH = click.Path(path_type=Path)


def open_video(
    path: Path,
    size: tuple[int, int] | None,
    fps: Fraction | None,
    bit_depth: int | None,
    default_fps: Fraction | None = None,
) -> Source:
    """The video of a path, with what options say of its geometry."""
    from codecpipe.video.catalogue import load_builtin  # noqa: PLC0415
    from codecpipe.video.filename import Geometry  # noqa: PLC0415
    from codecpipe.video.source import open_source  # noqa: PLC0415

    width, height = size or (None, None)
    geometry = Geometry(width, height, fps, bit_depth)
    return open_source(path, geometry, load_builtin(), default_fps=default_fps)


def read_fps(
    _context: click.Context, _option: click.Parameter, value: str | None
) -> Fraction | None:
    """A frame rate such as 50, 59.94 or 30000/1001."""
    from codecpipe.video.filename import frame_rate  # noqa: PLC0415

    return None if value is None else frame_rate(value)


def read_size(
    _context: click.Context, _option: click.Parameter, value: str | None
) -> tuple[int, int] | None:
    """WIDTHxHEIGHT."""
    if value is None:
        return None
    sides = re.fullmatch(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", value.lower())
    if not sides:
        raise InputError(f"'{value}' is not a size: give WIDTHxHEIGHT such as 1920x1080")
    return int(sides[1]), int(sides[2])


def read_scale(_context: click.Context, _option: click.Parameter, value: str) -> Fraction:
    """A ratio such as 2, 4 or 3/2."""
    try:
        return Fraction(value)
    except (ValueError, ZeroDivisionError) as error:
        raise InputError(f"'{value}' is not a scale: give a number such as 2, 4 or 3/2") from error


def geometry_options(command: Callable[..., None]) -> Callable[..., None]:
    """``--size``, ``--fps``, ``--bit-depth``: for raw files whose name does not say."""
    for option in (
        click.option("--bit-depth", type=click.IntRange(8, 16), help="Bit depth of a raw file."),
        click.option("--fps", callback=read_fps, help="Frame rate: 50, 59.94, 30000/1001."),
        click.option("--size", callback=read_size, help="WIDTHxHEIGHT of a raw file."),
    ):
        command = option(command)
    return command


def read_classes(
    _context: click.Context, _option: click.Parameter, value: str | None
) -> tuple[str, ...]:
    """Names of classes, comma-separated; empty where the option is not given."""
    if value is None:
        return ()
    names = tuple(name.strip() for name in value.split(",") if name.strip())
    if not names:
        raise InputError(f"--classes '{value}' names no class: give e.g. --classes B,C")
    return names


def override_options(command: Callable[..., None]) -> Callable[..., None]:
    """``--root``, ``--codec``, ``--classes``, ``--frames``: what changes of an experiment file."""
    for option in (
        click.option("--frames", type=click.IntRange(min=1), help="Code N frames at most of each."),
        click.option("--classes", callback=read_classes, help="Only these, such as B,C."),
        click.option("--codec", help="This one instead of the file's, with its default preset."),
        click.option("--root", type=click.Path(path_type=Path), help="Folder of the sequences."),
    ):
        command = option(command)
    return command


def worker_options(command: Callable[..., None]) -> Callable[..., None]:
    """``--jobs``, ``--scheduler``, ``--slurm``: where a run's jobs are done."""
    path = click.Path(path_type=Path)
    for option in (
        click.option("--slurm", type=path, help="How a batch system starts workers."),
        click.option("--scheduler", help="Address of a running Dask scheduler: tcp://HOST:8786."),
        click.option(
            "--jobs", type=click.IntRange(min=1), help="Jobs at a time.  [default: cores]"
        ),
    ):
        command = option(command)
    return command


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


def software_options(command: Callable[..., None]) -> Callable[..., None]:
    """``--hm``, ``--vtm``: folders of the reference softwares."""
    for name, variable in _software().items():
        command = click.option(
            f"--{name}",
            type=click.Path(path_type=Path),
            callback=_name_software,
            expose_value=False,
            help=f"Folder of {name.upper()}, with bin and cfg.  [default: {variable}, PATH]",
        )(command)
    return command


def limits_of(stall_timeout: float, timeout: float | None = None) -> Limits:
    """Limits of the child processes, in seconds."""
    from codecpipe.programs.process import Limits  # noqa: PLC0415

    return Limits(stall_s=stall_timeout, timeout_s=timeout)


stall_option = click.option(
    "--stall-timeout",
    type=click.FloatRange(min=1),
    default=600.0,
    show_default=True,
    help="Seconds without progress after which a program is stopped.",
)
