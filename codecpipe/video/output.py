"""Writing decoded video to a file: raw planar or Y4M by its suffix, whole or not at all."""

import os
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np

from codecpipe.errors import InputError
from codecpipe.format import Frame, VideoFormat, convert_depth
from codecpipe.video.y4m import FRAME_MARK, write_header

SUFFIXES = (".yuv", ".y4m")


def check_output(path: Path, *, overwrite: bool) -> None:
    """Refuse a path that is not to be written, before any work is done.

    Raises:
        InputError: another suffix, an existing file, or a folder that is not there.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"'{path}' is neither .yuv nor .y4m: give the output one of these suffixes"
        )
    check_new(path, overwrite=overwrite)


def check_new(path: Path, *, overwrite: bool) -> None:
    """Raise InputError for an existing file or a missing folder."""
    if path.is_dir():
        raise InputError(f"'{path}' is a folder: name a file in it")
    if path.exists() and not overwrite:
        raise InputError(f"'{path}' exists already: name another file, or give --force")
    if not path.parent.is_dir():
        raise InputError(f"the folder '{path.parent}' does not exist: make it first")


def write_video(
    path: Path, frames: Iterable[Frame], fmt: VideoFormat, bit_depth: int, fps: Fraction
) -> int:
    """Write frames of ``fmt`` at ``bit_depth``; the number written."""
    out_fmt = fmt.with_depth(bit_depth)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    is_y4m = path.suffix.lower() == ".y4m"
    count = 0
    try:
        with part.open("wb") as file:
            if is_y4m:
                file.write(write_header(out_fmt, fps))
            for frame in frames:
                if is_y4m:
                    file.write(FRAME_MARK)
                out = convert_depth(frame, fmt.bit_depth, bit_depth)
                file.write(np.ascontiguousarray(out).data)
                count += 1
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return count
