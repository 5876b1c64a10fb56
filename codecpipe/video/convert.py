"""Converting containers and coded video to raw 4:2:0, once."""

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import ffmpeg

from codecpipe.errors import InputError, ToolError
from codecpipe.format import VideoFormat
from codecpipe.programs.ffmpeg import command_line, find_ffmpeg, found_in_output, output_of
from codecpipe.programs.process import run_tool
from codecpipe.video.cache import cached_raw

_STREAM = re.compile(r"Stream #\d+:\d+.*?: Video: (.*)")
_SIZE = re.compile(r"[ ,](\d{2,5})x(\d{2,5})[ ,\[]")
_TURNED = re.compile(r"Display Matrix: rotation of (-?[\d.]+) degrees")
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

    The cache key is the file's path, size and time of change. Bit depth is kept, up to 16.

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
    # After the codec's name: "hevc (Main 10) (hvc1 / 0x31637668), yuv420p10le(tv, bt709), 64x48"
    source_fmt = [*re.sub(r"\([^()]*\)", "", found[1]).split(","), "unknown"][1].strip()
    depth = _bit_depth(source_fmt)
    shown_size = int(size[1]), int(size[2])
    turned = _TURNED.search(shown[found.end() :].partition("Stream #")[0])
    if turned and round(float(turned[1])) % 180 == 90:
        shown_size = shown_size[1], shown_size[0]  # FFmpeg turns the pictures
    width, height = (side - side % 2 for side in shown_size)
    fmt = VideoFormat(width, height, depth)
    fps = _frame_rate(rate[1]) if rate else Fraction(25)
    notes = []
    if not source_fmt.startswith(("yuv420", "yuvj420", "nv12", "p010")):
        notes.append(f"converted from {source_fmt} to {fmt.pix_fmt}")
    if (width, height) != shown_size:
        whole = "x".join(map(str, shown_size))
        notes.append(f"cropped from {whole} to {fmt.size}: 4:2:0 needs even sides")
    made_as = {"format": fmt, "ffmpeg": find_ffmpeg()}
    raw = cached_raw(path, made_as, lambda part: _convert(path, part, fmt), cache_dir=cache_dir)
    return Converted(raw, fmt, fps, notes=tuple(notes))


def _bit_depth(pix_fmt: str) -> int:
    """The bit depth of the planar YUV format that holds this one: 8 where FFmpeg does not say."""
    pattern = rf"^\S{{5}} {re.escape(pix_fmt)} +\d+ +\d+ +(\S+)"
    found = found_in_output("-pix_fmts", pattern)
    deepest = max(int(bits) for bits in found[0].split("-")) if found else 8
    return next((depth for depth in (8, 9, 10, 12, 14) if depth >= deepest), 16)


def _frame_rate(text: str) -> Fraction:
    """FFmpeg prints two decimals: 29.97 is 30000/1001, 23.98 is 24000/1001."""
    value = float(text.rstrip("k")) * (1000 if text.endswith("k") else 1)
    for whole in (24, 30, 60, 120):
        if abs(value - whole * 1000 / 1001) < 0.006:
            return Fraction(whole * 1000, 1001)
    return Fraction(value).limit_denominator(1000)


def _convert(path: Path, part: Path, fmt: VideoFormat) -> None:
    try:
        graph = (
            ffmpeg.input(str(path.resolve()))
            .video.filter("crop", fmt.width, fmt.height, 0, 0, exact=1)
            # As a filter: FFmpeg ignores the option -sws_flags in complex graphs such as this one.
            .filter("scale", flags="bicubic+accurate_rnd+bitexact")
            .filter("format", fmt.pix_fmt)
            .output(str(part), format="rawvideo", pix_fmt=fmt.pix_fmt, fps_mode="passthrough")
        )
        run_tool(command_line(graph, "-progress", "pipe:1", "-stats_period", "1"))
        if part.stat().st_size == 0:
            raise InputError(f"FFmpeg decodes no frame of '{path}': is the file whole?")
    except ToolError as error:
        raise InputError(f"'{path}' cannot be converted to raw video: {error}") from error
