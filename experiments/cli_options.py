"""Options that several commands share, and how their values are read."""

import re
from collections.abc import Callable
from fractions import Fraction

import click

from codecpipe.errors import InputError
from codecpipe.filename import frame_rate
from codecpipe.process import Limits


def read_fps(
    _context: click.Context, _option: click.Parameter, value: str | None
) -> Fraction | None:
    """A frame rate such as 50, 59.94 or 30000/1001."""
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


def limits_of(stall_timeout: float, timeout: float | None = None) -> Limits:
    """Limits of the child processes, in seconds."""
    return Limits(stall_s=stall_timeout, timeout_s=timeout)


stall_option = click.option(
    "--stall-timeout",
    type=click.FloatRange(min=1),
    default=600.0,
    show_default=True,
    help="Seconds without progress after which a program is stopped.",
)
