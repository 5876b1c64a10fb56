"""Converting containers and coded video to raw 4:2:0, once."""

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import ffmpeg
import platformdirs

from codecpipe.errors import InputError, ToolError
from codecpipe.ffmpeg import command_line, find_ffmpeg, output_of
from codecpipe.format import VideoFormat
from codecpipe.process import run_tool

_STREAM = re.compile(r"Stream #\d+:\d+.*?: Video: (.*)")
_SIZE = re.compile(r"[ ,](\d{2,5})x(\d{2,5})[ ,\[]")
_FPS = re.compile(r"([\d.]+k?) (fps|tbr)")


@dataclass(frozen=True)
class Converted:
    """A raw file made from another: where it is, its format and frame rate, what was done."""

    path: Path
    fmt: VideoFormat
    fps: Fraction
    notes: tuple[str, ...]


def converted(path: Path, cache_dir: Path | None = None) -> Converted:
    """Raw 4:2:0 video of anything that FFmpeg reads, kept in a cache beside nothing of the user's.

    The cache key is the file's path, size and time of change. Bit depth is kept (8, or 10 for
    anything deeper that FFmpeg has in planar YUV up to 16).

    Raises:
        InputError: FFmpeg cannot read it or finds no video in it.
    """
    shown = output_of("-i", str(path))
    found = _STREAM.search(shown)
    if not found:
        last = [line for line in shown.strip().splitlines() if "At least one output" not in line]
        raise InputError(f"FFmpeg finds no video in '{path}': {last[-1].strip() if last else ''}")
    size, rate = _SIZE.search(found[1]), _FPS.search(found[1])
    if not size:
        raise InputError(f"FFmpeg does not say the picture size of '{path}': convert it to Y4M")
    pix_fmt = re.search(
        r"\b(yuvj?4\d\dp\d*|gray\d*|nv12|p010|gbrp\d*|rgb\w+|bgr\w+|pal8)", found[1]
    )
    source_fmt = pix_fmt[1] if pix_fmt else "unknown"
    depth_found = re.search(r"p(9|1\d)$|^p010|gray(1\d)", source_fmt)
    depth = 8 if not depth_found else int(depth_found[1] or depth_found[2] or 10)
    width, height = int(size[1]), int(size[2])
    width, height = width - width % 2, height - height % 2
    fmt = VideoFormat(width, height, depth)
    fps = _frame_rate(rate[1]) if rate else Fraction(25)
    folder = cache_dir or Path(platformdirs.user_cache_dir("codecpipe")) / "converted"
    raw = folder / f"{_key(path, fmt)}.yuv"
    notes = []
    if not source_fmt.startswith(("yuv420", "yuvj420", "nv12", "p010")):
        notes.append(f"converted from {source_fmt} to {fmt.pix_fmt}")
    if (width, height) != (int(size[1]), int(size[2])):
        notes.append(f"cropped from {size[1]}x{size[2]} to {fmt.size}: 4:2:0 needs even sides")
    if not raw.is_file():
        _convert(path, raw, fmt)
    return Converted(raw, fmt, fps, tuple(notes))


def _key(path: Path, fmt: VideoFormat) -> str:
    stat = path.stat()
    text = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}|{fmt}|{find_ffmpeg()}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _frame_rate(text: str) -> Fraction:
    """FFmpeg prints two decimals: 29.97 is 30000/1001, 23.98 is 24000/1001."""
    value = float(text.rstrip("k")) * (1000 if text.endswith("k") else 1)
    for whole in (24, 30, 60, 120):
        if abs(value - whole * 1000 / 1001) < 0.006:
            return Fraction(whole * 1000, 1001)
    return Fraction(value).limit_denominator(1000)


def _convert(path: Path, raw: Path, fmt: VideoFormat) -> None:
    raw.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(suffix=".part", dir=raw.parent)
    os.close(handle)
    part = Path(name)
    try:
        graph = (
            ffmpeg.input(str(path.resolve()))
            .video.filter("crop", fmt.width, fmt.height, 0, 0, exact=1)
            .output(
                str(part),
                format="rawvideo",
                pix_fmt=fmt.pix_fmt,
                fps_mode="passthrough",
                sws_flags="bicubic+accurate_rnd+bitexact",
            )
        )
        run_tool(command_line(graph, "-progress", "pipe:1", "-stats_period", "1"))
        if part.stat().st_size == 0:
            raise InputError(f"FFmpeg decodes no frame of '{path}': is the file whole?")
        part.replace(raw)
    except ToolError as error:
        raise InputError(f"'{path}' cannot be converted to raw video: {error}") from error
    finally:
        part.unlink(missing_ok=True)
