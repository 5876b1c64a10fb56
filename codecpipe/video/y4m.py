"""YUV4MPEG2 (Y4M) headers, read and written."""

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from codecpipe.errors import InputError
from codecpipe.format import Chroma, VideoFormat

MAGIC = b"YUV4MPEG2"
FRAME_MARK = b"FRAME\n"


@dataclass(frozen=True)
class Y4MHeader:
    """The first line of a Y4M file."""

    fmt: VideoFormat
    fps: Fraction | None
    length: int
    """Its size in bytes."""


def read_header(data: bytes, path: Path) -> Y4MHeader:
    """Parse the first line of a Y4M file.

    Raises:
        InputError: not Y4M, interlaced, or a colour space that is not planar YUV.
    """
    line, end, _ = data.partition(b"\n")
    fields = line.decode("ascii", "replace").split(" ")
    if not end or fields[0].encode() != MAGIC:
        raise InputError(f"'{path}' is not a Y4M file: it does not start with 'YUV4MPEG2'")
    tags = {field[0]: field[1:] for field in fields[1:] if field and field[0] != "X"}
    if not (tags.get("W", "").isdigit() and tags.get("H", "").isdigit()):
        raise InputError(f"'{path}': its Y4M header gives no width and height")
    if tags.get("I", "p") not in ("p", "?"):
        raise InputError(f"'{path}' is interlaced: de-interlace it with ffmpeg first")
    chroma, depth = _colour_space(tags.get("C", "420"), path)
    rate = re.fullmatch(r"(\d+):(\d+)", tags.get("F", ""))
    fps = Fraction(int(rate[1]), int(rate[2])) if rate and int(rate[1]) and int(rate[2]) else None
    fmt = VideoFormat(width=int(tags["W"]), height=int(tags["H"]), bit_depth=depth, chroma=chroma)
    return Y4MHeader(fmt, fps, len(line) + 1)


def _colour_space(name: str, path: Path) -> tuple[Chroma, int]:
    mono = re.fullmatch(r"mono(\d*)", name)
    if mono:
        return Chroma.YUV400, int(mono[1] or 8)
    planar = re.fullmatch(r"(420|422|444)(?:jpeg|paldv|mpeg2)?(?:p(\d+))?", name)
    if not planar:
        raise InputError(
            f"'{path}': colour space '{name}' is not planar YUV; convert it with ffmpeg"
        )
    return Chroma(planar[1]), int(planar[2] or 8)


def write_header(fmt: VideoFormat, fps: Fraction) -> bytes:
    """The first line of a Y4M file of this format, as FFmpeg reads it."""
    if fmt.chroma is Chroma.YUV400:
        space = "mono" if fmt.bit_depth == 8 else f"mono{fmt.bit_depth}"
        extra = ""
    else:
        space = fmt.chroma.value if fmt.bit_depth == 8 else f"{fmt.chroma.value}p{fmt.bit_depth}"
        extra = "" if fmt.bit_depth == 8 else f" XYSCSS={fmt.chroma.value}P{fmt.bit_depth}"
    return (
        f"YUV4MPEG2 W{fmt.width} H{fmt.height} F{fps.numerator}:{fps.denominator}"
        f" Ip A0:0 C{space}{extra}\n"
    ).encode("ascii")
