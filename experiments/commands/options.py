"""Options that several commands share, and how their values are read.

The core and the codecs are imported where they are used: `codecpipe bdrate` needs neither.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click import option

from codecpipe.errors import InputError

if TYPE_CHECKING:
    from codecpipe.programs.process import Limits
    from codecpipe.video.filename import Geometry
    from experiments.run.cluster import Workers
    from experiments.spec.overrides import Overrides

PATH = click.Path(path_type=Path)

Command = Callable[..., None]


def bundle(
    command: Command, name: str, make: Callable[..., Any], **options: Callable[[Command], Command]
) -> Command:
    """A command that gets the values of some options, by their names, as one: what `make` gives.

    ``--help`` lists them in this order.
    """

    @wraps(command)
    def bundled(**given: Any) -> None:
        value = make(**{key: given.pop(key) for key in options})
        command(**{name: value}, **given)

    done: Command = bundled
    for add in reversed(options.values()):
        done = add(done)
    return done


def _geometry(size: str | None, fps: str | None, bit_depth: int | None) -> Geometry:
    from codecpipe.video.filename import Geometry, frame_rate  # noqa: PLC0415

    sides = re.fullmatch(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", (size or "").lower())
    if size is not None and not sides:
        raise InputError(f"'{size}' is not a size: give WIDTHxHEIGHT such as 1920x1080")
    width, height = map(int, sides.groups()) if sides else (None, None)
    return Geometry(width, height, None if fps is None else frame_rate(fps), bit_depth)


def geometry_options(command: Command) -> Command:
    """``--size``, ``--fps``, ``--bit-depth`` as ``geometry``: of files whose name does not say."""
    depth = click.IntRange(8, 16)
    return bundle(
        command,
        "geometry",
        _geometry,
        size=option("--size", help="WIDTHxHEIGHT of a raw file."),
        fps=option("--fps", help="Frame rate: 50, 59.94, 30000/1001."),
        bit_depth=option("--bit-depth", type=depth, help="Bit depth of a raw file."),
    )


def _overrides(classes: str | None, **given: Any) -> Overrides:
    from experiments.spec.overrides import Overrides  # noqa: PLC0415

    names = tuple(filter(None, map(str.strip, (classes or "").split(","))))
    if classes is not None and not names:
        raise InputError(f"--classes '{classes}' names no class: give e.g. --classes B,C")
    return Overrides(classes=names, **given)


def override_options(command: Command) -> Command:
    """``--root``, ``--codec``, ``--classes``, ``--frames``: the ``overrides`` of an experiment."""
    count = click.IntRange(min=1)
    return bundle(
        command,
        "overrides",
        _overrides,
        root=option("--root", type=PATH, help="Folder of the sequences."),
        codec=option("--codec", help="This one instead of the file's, with its default preset."),
        classes=option("--classes", help="Only these, such as B,C."),
        frames=option("--frames", type=count, help="Code N frames at most of each."),
    )


def _workers(**given: Any) -> Workers:
    from experiments.run.cluster import Workers  # noqa: PLC0415

    return Workers(**given)


def worker_options(command: Command) -> Command:
    """``--jobs``, ``--scheduler``, ``--slurm``: the ``workers`` that do a run's jobs."""
    count = click.IntRange(min=1)
    return bundle(
        command,
        "workers",
        _workers,
        jobs=option("--jobs", type=count, help="Jobs at a time.  [default: cores]"),
        scheduler=option(
            "--scheduler", help="Address of a running Dask scheduler: tcp://HOST:8786."
        ),
        queue=option("--slurm", "queue", type=PATH, help="How a batch system starts workers."),
    )


def software_options(command: Command) -> Command:
    """``--hm``, ``--vtm``: folders of the reference softwares among the codecs."""
    from encoders import CODECS  # noqa: PLC0415
    from encoders.reference.codec import ReferenceCodec  # noqa: PLC0415

    codecs = [make() for make in CODECS.values()]
    for software in (codec.software for codec in codecs if isinstance(codec, ReferenceCodec)):
        command = click.option(
            f"--{software.name.lower()}",
            type=PATH,
            callback=partial(_name_software, software.variable),
            expose_value=False,
            help=f"Folder of {software.name}, with bin and cfg."
            f"  [default: {software.variable}, PATH]",
        )(command)
    return command


def _name_software(
    variable: str, _context: click.Context, _option: click.Parameter, value: Path | None
) -> None:
    """Name a reference software's folder for this run, as its environment variable does."""
    if value is not None:
        os.environ[variable] = str(value)


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
