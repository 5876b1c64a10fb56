"""Shared by the pipeline's tests: clips that know their frame numbers, jobs, a receiver apart."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from codecpipe.codec import CodecOptions
from codecpipe.format import Frame, VideoFormat
from codecpipe.job import EncodeJob
from codecpipe.layout import Config, LayoutOptions, make_layout
from codecpipe.programs.ffmpeg import find_ffmpeg
from encoders import CODECS, get_codec
from encoders.ffmpeg_codec import FFmpegCodec

FFMPEG_CODECS = [name for name in CODECS if isinstance(get_codec(name), FFmpegCodec)]
"""The codecs that are always there; HM and VTM have tests of their own."""


def ffmpeg_codec(name: str) -> FFmpegCodec:
    """A codec inside FFmpeg, by its name."""
    codec = get_codec(name)
    assert isinstance(codec, FFmpegCodec)
    return codec


GRID = [(name, config.value) for name in FFMPEG_CODECS for config in ffmpeg_codec(name).configs]
LAYOUT_NAMES = ("anchor", "uniform", "crs", "tds")
_COLUMNS = 4


class Clip:
    """A source in memory: a moving texture, and over it the frame's number as a grid of bits."""

    def __init__(
        self, width: int = 192, height: int = 128, frames: int = 17, depth: int = 8, fps: int = 25
    ) -> None:
        self.name, self.fps = "clip", Fraction(fps)
        self.fmt = VideoFormat(width, height, depth)
        self.stored = [self._frame(index) for index in range(frames)]
        self.asked: list[int] = []

    def _frame(self, index: int) -> Frame:
        fmt = self.fmt
        y, x = np.mgrid[: fmt.height, : fmt.width]
        texture = 30 * np.sin((x + 2 * index) / 5) + 20 * np.cos((y - index + x // 3) / 7)
        luma = 110 + texture
        cell = min(fmt.width, fmt.height) // _COLUMNS
        for bit in range(_COLUMNS * 3):
            row, column = divmod(bit, _COLUMNS)
            place = np.s_[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell]
            luma[place] = (190 if index >> bit & 1 else 60) + 0.3 * texture[place]
        half = np.s_[::2, ::2]
        planes = [luma, 128 + 0.6 * texture[half], 128 - 0.4 * texture[half]]
        scale = 1 << (fmt.bit_depth - 8)
        return np.concatenate([(p * scale).round().astype(fmt.dtype).ravel() for p in planes])

    def __len__(self) -> int:
        return len(self.stored)

    def frames(self, indices: Iterable[int]) -> Iterator[Frame]:
        for index in indices:
            self.asked.append(index)
            yield self.stored[index]


def number_in(frame: Frame, fmt: VideoFormat, clip: VideoFormat, scale: Fraction) -> int:
    """The frame number to be read in a picture of a `Clip`, at whichever size it is."""
    luma = fmt.planes(frame)[0].astype(float) / (1 << (fmt.bit_depth - 8))
    cell = min(clip.width, clip.height) // _COLUMNS / float(scale)
    number = 0
    for bit in range(_COLUMNS * 3):
        row, column = divmod(bit, _COLUMNS)
        y, x = int((row + 0.25) * cell), int((column + 0.25) * cell)
        size = max(1, int(cell / 2))
        number |= int(luma[y : y + size, x : x + size].mean() > 125) << bit
    return number


def luma_psnr(a: Frame, b: Frame, fmt: VideoFormat) -> float:
    """Luma PSNR of two pictures of one format."""
    one, two = (fmt.planes(frame)[0].astype(float) for frame in (a, b))
    peak = 255 << (fmt.bit_depth - 8)
    return float(10 * np.log10(peak**2 / max(np.mean((one - two) ** 2), 1e-9)))


def job(
    codec: str,
    config: str,
    layout: str,
    frames: int = 17,
    *,
    qp: int = 32,
    extra: tuple[tuple[str, str], ...] = (),
    preset: str | None = None,
    scale: Fraction = Fraction(2),
    gop: int = 8,
    group: int = 5,
    shared: bool = False,
    inject: bool = True,
    boundary: Fraction = Fraction(1),
) -> EncodeJob:
    """A job at the codec's fastest preset."""
    options = LayoutOptions(
        scale=scale,
        gop=gop,
        group=group,
        shared_boundary=shared,
        inject=inject,
        boundary_scale=boundary,
    )
    chosen = CodecOptions(get_codec(codec).fast_preset if preset is None else preset, extra)
    return EncodeJob(make_layout(layout, frames, Config(config), options=options), qp, chosen)


RECEIVER = """
import hashlib, json, sys
from pathlib import Path
from typing import Any
from codecpipe.decoding import Decoder
from encoders import get_codec
md5 = lambda frame: hashlib.md5(frame.tobytes()).hexdigest()
told = []
for name in sys.argv[1:]:
    with Decoder(Path(name), get_codec) as decoder, open(name + ".raw", "wb") as raw:
        frames = []
        for f in decoder.frames():
            raw.write(f.frame.tobytes())
            copy = None if f.lr_copy is None else md5(f.lr_copy)
            frames.append([f.index, str(f.scale), f.key, md5(f.frame), copy])
        told.append(frames)
print(json.dumps(told))
"""


@dataclass(frozen=True)
class Received:
    """A frame as a receiver in a process of its own has it."""

    index: int
    scale: Fraction
    key: bool
    md5: str
    lr_copy: str | None


def receive(files: list[Path]) -> list[list[Received]]:
    """Decode files in a new process in a folder of its own; samples go to ``FILE.raw``."""
    done = subprocess.run(
        [sys.executable, "-c", RECEIVER, *map(str, files)],
        cwd=files[0].parent,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(p for p in sys.path if p)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [
        [Received(index=i, scale=Fraction(s), key=k, md5=m, lr_copy=c) for i, s, k, m, c in frames]
        for frames in json.loads(done.stdout)
    ]


def plain_ffmpeg(*arguments: str | Path, binary: bool = True) -> bytes:
    """What a plain run of FFmpeg writes to stdout, none of our code in between."""
    done = subprocess.run(
        [find_ffmpeg(), "-v", "error", "-nostdin", *map(str, arguments)],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def split_frames(data: bytes, fmt: VideoFormat) -> list[Frame]:
    """Raw bytes as frames."""
    assert len(data) % fmt.frame_bytes == 0
    return [
        fmt.frame_from(data[at : at + fmt.frame_bytes])
        for at in range(0, len(data), fmt.frame_bytes)
    ]


def plain_decode(stream: Path, container: str, fmt: VideoFormat) -> list[Frame]:
    """The frames that a plain run of FFmpeg decodes a stream to."""
    options = ["-f", "rawvideo", "-pix_fmt", fmt.pix_fmt, "-fps_mode", "passthrough"]
    return split_frames(plain_ffmpeg("-f", container, "-i", stream, *options, "-"), fmt)


def rewritten(
    path: Path,
    out: Path,
    manifest: Callable[[dict[str, Any]], None] | None = None,
    stream: Callable[[str, bytes], bytes] | None = None,
) -> Path:
    """A copy of a ``.cpv`` file with something changed in it, all checksums right."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename == "manifest.json" and manifest:
                content = json.loads(data)
                manifest(content)
                data = json.dumps(content).encode()
            elif info.filename != "manifest.json" and stream:
                data = stream(info.filename, data)
            new.writestr(zipfile.ZipInfo(info.filename), data)
    return out
