"""The FFmpeg binary: where it is, what it can do, and how its command lines are begun."""

import os
import re
import shutil
import subprocess
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import ffmpeg
import imageio_ffmpeg

from codecpipe.errors import ToolError
from codecpipe.format import VideoFormat

VARIABLE = "CODECPIPE_FFMPEG"
QUIET = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning")


def find_ffmpeg() -> str:
    """Path of the FFmpeg in use: ``CODECPIPE_FFMPEG``, else the one that imageio-ffmpeg ships.

    Raises:
        ToolError: there is none.
    """
    named = os.environ.get(VARIABLE)
    if named:
        found = shutil.which(named)
        if found is None:
            raise ToolError(
                f"{VARIABLE} names '{named}', which is not a program that can be run:"
                " correct the path or unset the variable"
            )
        return found
    return _bundled()


@lru_cache(maxsize=1)
def _bundled() -> str:
    # imageio-ffmpeg would fall back on any `ffmpeg` on PATH, whose encoders may be others.
    folder = Path(imageio_ffmpeg.__file__).parent / "binaries"
    binaries = sorted(path for path in folder.glob("ffmpeg-*") if os.access(path, os.X_OK))
    if not binaries:
        raise ToolError(
            f"no FFmpeg was found: reinstall imageio-ffmpeg (pip install --force-reinstall"
            f" imageio-ffmpeg) or name a binary in {VARIABLE}"
        )
    return str(binaries[-1])


def output_of(*arguments: str) -> str:
    """The output of ``ffmpeg ARGUMENTS`` on stdout and stderr, whatever its exit status."""
    try:
        done = subprocess.run(
            [find_ffmpeg(), "-hide_banner", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
            check=False,
        )
    except OSError as error:
        raise ToolError(
            f"FFmpeg cannot be run ({error}): name another one in {VARIABLE}"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise ToolError("FFmpeg did not answer within 60 s: is the machine overloaded?") from error
    return done.stdout.decode("utf-8", "replace")


@lru_cache(maxsize=16)
def _said_by(_binary: str, arguments: str) -> str:
    return output_of(*arguments.split())


@lru_cache(maxsize=64)
def _found_in(binary: str, arguments: str, pattern: str) -> tuple[str, ...]:
    return tuple(re.findall(pattern, _said_by(binary, arguments), re.MULTILINE))


def found_in_output(arguments: str, pattern: str) -> tuple[str, ...]:
    """All that a pattern of one group finds in what `output_of` gives for these arguments.

    The output must depend on the binary alone: it is asked for once, and searched once for each
    pattern, since a plan of ten thousand points asks for the same every time.
    """
    return _found_in(find_ffmpeg(), arguments, pattern)


def ffmpeg_version() -> str:
    """The version that the binary prints of itself."""
    found = found_in_output("-version", r"ffmpeg version (\S+)")
    if not found:
        raise ToolError(
            f"'{find_ffmpeg()} -version' does not print a version: name an FFmpeg in {VARIABLE},"
            " or unset it"
        )
    return found[0]


def has_encoder(name: str) -> bool:
    """Whether this FFmpeg was built with the encoder, e.g. ``libvvenc``."""
    return name in found_in_output("-encoders", r"^ V\S{5} (\S+)")


def raw_input(fmt: VideoFormat, fps: Fraction, source: str = "pipe:") -> Any:
    """An ffmpeg-python input of raw planar video in this format."""
    return ffmpeg.input(
        source,
        format="rawvideo",
        pixel_format=fmt.pix_fmt,
        s=fmt.size,
        framerate=f"{fps.numerator}/{fps.denominator}",
    )


def command_line(stream: Any, *more: str) -> list[str]:
    """The argument list of an ffmpeg-python graph: quiet, non-interactive, overwriting."""
    command = stream.global_args(*QUIET, *more).compile(cmd=find_ffmpeg(), overwrite_output=True)
    return [str(part) for part in command]
