"""Clips of video files that a dataset file names, opened and checked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from codecpipe.errors import InputError
from codecpipe.format import Frame, VideoFormat
from codecpipe.programs.process import Limits
from codecpipe.video.catalogue import load_builtin
from codecpipe.video.chroma import as_420
from codecpipe.video.filename import Geometry
from codecpipe.video.rawvideo import RawVideo
from codecpipe.video.source import open_source, sample_digest
from experiments.dataset.schema import LEAST_FRAMES, SIDE_STEP, ClipPart, Split

_NAME = re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9_.+-]{0,99}")


@dataclass(frozen=True)
class Clip:
    """A clip of a dataset: `count` frames of `fmt`, which is 4:2:0."""

    name: str
    split: Split
    scene: str
    licence: str
    credit: str
    fmt: VideoFormat
    fps: Fraction
    count: int


@dataclass(frozen=True)
class VideoClip(Clip):
    """Frames ``start`` … of a video file, of which a window is coded: (x, y) is its corner."""

    file: str
    video: RawVideo
    start: int
    x: int
    y: int

    def origin(self) -> dict[str, Any]:
        """The file's name, a hash of the samples used, and the window."""
        whole, span = self.video.fmt, range(self.start, self.start + self.count)
        return {
            "file": self.file,
            "samples_sha256": sample_digest(self.video, span),
            "size": whole.size,
            "first_frame": self.start,
            "window": [self.x, self.y, self.fmt.width, self.fmt.height],
        }

    def frames(self, work: Path, limits: Limits) -> Iterator[Frame]:
        """The window's samples."""
        del work, limits
        for frame in self.video.frames(range(self.start, self.start + self.count)):
            yield window(frame, self.video.fmt, x=self.x, y=self.y, to=self.fmt)


def window(frame: Frame, fmt: VideoFormat, x: int, y: int, to: VideoFormat) -> Frame:
    """The part of a 4:2:0 frame whose top left luma sample is (x, y), both even."""
    cut = []
    planes = zip(fmt.planes(frame), to.plane_shapes, (1, 2, 2), strict=True)
    for plane, (rows, columns), sub in planes:
        cut.append(plane[y // sub : y // sub + rows, x // sub : x // sub + columns].ravel())
    return np.concatenate(cut)


def open_clip(part: ClipPart, folder: Path) -> VideoClip:
    """The clip of a dataset file's entry; file names are relative to `folder`.

    Raises:
        InputError: it cannot be read, has fewer than 3 frames or fewer than asked for, the window
            is not inside its pictures, or its name cannot be that of a folder.
    """
    path = folder / part.file
    width, height = (int(side) for side in part.size.split("x")) if part.size else (None, None)
    geometry = Geometry(width=width, height=height, fps=part.fps, bit_depth=part.bit_depth)
    source = as_420(open_source(path, geometry, catalogue=load_builtin()))
    start, count = part.frames or (0, len(source))
    if len(source) < LEAST_FRAMES:
        raise InputError(
            f"'{path}' has {len(source)} frames, and a clip needs {LEAST_FRAMES}: take it out"
        )
    if start + count > len(source):
        raise InputError(
            f"'{path}' has {len(source)} frames and frames {start} to {start + count - 1} are asked"
            " for: correct 'frames'"
        )
    fmt = source.fmt
    x, y, wide, high = part.crop or (0, 0, fmt.width, fmt.height)
    if x % 2 or y % 2:
        raise InputError(
            f"'{path}': the crop's corner {x},{y} is between chroma samples: make it even"
        )
    if x + wide > fmt.width or y + high > fmt.height:
        raise InputError(
            f"'{path}' has pictures of {fmt.size}, and the crop reaches {x + wide},{y + high}:"
            " make it smaller"
        )
    cut = wide - wide % SIDE_STEP, high - high % SIDE_STEP
    if min(cut) < 2 * SIDE_STEP:
        raise InputError(
            f"'{path}': a picture of {wide}x{high} is too small to train with:"
            f" give at least {2 * SIDE_STEP} samples a side"
        )
    name = part.name or Path(part.file).stem
    if not _NAME.fullmatch(name):
        raise InputError(
            f"'{name}' cannot be a clip's name: give '{part.file}' a 'name' of letters, digits and"
            " _ . + -"
        )
    return VideoClip(
        name=name,
        split=part.split,
        scene=part.scene or name,
        licence=part.licence,
        credit=part.credit,
        file=part.file,
        video=source.video,
        fps=source.fps,
        fmt=fmt.with_size(*cut),
        start=start,
        count=count,
        x=x,
        y=y,
    )
