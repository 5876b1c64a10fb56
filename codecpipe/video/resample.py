"""Down- and up-sampling by swscale, bit-exact, with edge padding where sizes do not divide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from itertools import count

import numpy as np

from codecpipe.digest import Keyed
from codecpipe.errors import InputError
from codecpipe.format import Chroma, Frame, VideoFormat
from codecpipe.programs.ffmpeg import command_line, raw_input
from codecpipe.programs.frames import buffers, frames_from, raw_output
from codecpipe.programs.process import Limits, ToolRun

MAX_PADDING = 256


class Filter(StrEnum):
    """swscale's filters: bicubic (B=0, C=0.6; the papers'), Lanczos (3 lobes), area, bilinear."""

    BICUBIC = "bicubic"
    LANCZOS = "lanczos"
    AREA = "area"
    BILINEAR = "bilinear"


@dataclass(frozen=True)
class SizePlan(Keyed):
    """The relation of source and LR size: padded to `padded_*` first, then divided by k."""

    width: int
    height: int
    padded_width: int
    padded_height: int
    lr_width: int
    lr_height: int

    @property
    def is_padded(self) -> bool:
        """Whether edges are replicated before down-sampling and cropped after up-sampling."""
        return (self.width, self.height) != (self.padded_width, self.padded_height)

    def at(self, scale: Fraction) -> SizePlan:
        """The same padding with pictures of 1/``scale`` of it, which must divide its own scale."""
        width, height = self._padded_at(scale)
        return replace(self, lr_width=width, lr_height=height)

    def padded(self, fmt: VideoFormat) -> VideoFormat:
        """The format of padded pictures."""
        return fmt.with_size(self.padded_width, self.padded_height)

    def beginning_at(self, scale: Fraction) -> SizePlan:
        """The plan from pictures that have 1/`scale` of the padded size to those of this plan."""
        if scale == 1:
            return self
        width, height = self._padded_at(scale)  # the padding is in them
        return replace(self, width=width, height=height, padded_width=width, padded_height=height)

    def _padded_at(self, scale: Fraction) -> tuple[int, int]:
        return int(self.padded_width / scale), int(self.padded_height / scale)


def plan_size(width: int, height: int, scale: Fraction) -> SizePlan:
    """The smallest even LR size that holds the source at 1/scale, with the padding it needs.

    Raises:
        InputError: no even size at that scale within 256 samples of padding, or LR too small.
    """
    padded_width, lr_width = _plan_side(width, scale)
    padded_height, lr_height = _plan_side(height, scale)
    if min(lr_width, lr_height) < 16:
        raise InputError(
            f"{width}x{height} at 1/{scale} is {lr_width}x{lr_height}: too small to code;"
            " choose a smaller --scale"
        )
    return SizePlan(
        width=width,
        height=height,
        padded_width=padded_width,
        padded_height=padded_height,
        lr_width=lr_width,
        lr_height=lr_height,
    )


def _plan_side(side: int, scale: Fraction) -> tuple[int, int]:
    for padded in count(side):
        if padded % 2 == 0:
            low = padded / scale
            if low.denominator == 1 and low.numerator % 2 == 0:
                return padded, low.numerator
        if padded > side + MAX_PADDING:
            break
    raise InputError(
        f"a side of {side} has no even size at 1/{scale}: choose a ratio such as 2, 4 or 3/2"
    )


def pad(frame: Frame, fmt: VideoFormat, to: VideoFormat) -> Frame:
    """The frame with its right and bottom edges replicated up to the size of `to`."""
    padded = [
        np.pad(plane, ((0, rows - plane.shape[0]), (0, columns - plane.shape[1])), mode="edge")
        for plane, (rows, columns) in zip(fmt.planes(frame), to.plane_shapes, strict=True)
    ]
    return np.concatenate([plane.ravel() for plane in padded])


def crop(frame: Frame, fmt: VideoFormat, to: VideoFormat) -> Frame:
    """The top left of the frame, in the size of `to`."""
    planes = zip(fmt.planes(frame), to.plane_shapes, strict=True)
    return np.concatenate([plane[:rows, :columns].ravel() for plane, (rows, columns) in planes])


def scale_frames(
    frames: Iterable[Frame],
    fmt: VideoFormat,
    to: VideoFormat,
    kernel: Filter,
    limits: Limits | None = None,
    on_done: Callable[[ToolRun], object] | None = None,
) -> Iterator[Frame]:
    """Frames of `fmt` scaled to the size of `to`, which has the same depth and chroma format.

    ``accurate_rnd+bitexact`` makes the samples the same on every processor: sender and receiver
    must make the same reference pictures.
    """
    flags = f"{kernel.value}+accurate_rnd+bitexact+full_chroma_int"
    scaled = raw_input(fmt, Fraction(25)).filter("scale", to.width, to.height, flags=flags)
    command = command_line(raw_output(scaled, to), "-filter_threads", "1")
    yield from frames_from(command, to, feed=buffers(frames), limits=limits, on_done=on_done)


def downsample(
    frames: Iterable[Frame],
    fmt: VideoFormat,
    plan: SizePlan,
    kernel: Filter,
    limits: Limits | None = None,
    on_done: Callable[[ToolRun], object] | None = None,
) -> Iterator[Frame]:
    """Frames of the source size at the plan's LR size."""
    _demand_420(fmt)
    padded, low = plan.padded(fmt), fmt.with_size(plan.lr_width, plan.lr_height)
    if plan.is_padded:
        frames = (pad(frame, fmt, padded) for frame in frames)
    yield from scale_frames(frames, padded, low, kernel, limits=limits, on_done=on_done)


def upsample(
    frames: Iterable[Frame],
    fmt: VideoFormat,
    plan: SizePlan,
    kernel: Filter,
    limits: Limits | None = None,
    on_done: Callable[[ToolRun], object] | None = None,
) -> Iterator[Frame]:
    """LR frames (``fmt`` is theirs) at the source size, padding cropped away."""
    _demand_420(fmt)
    padded, whole = plan.padded(fmt), fmt.with_size(plan.width, plan.height)
    for frame in scale_frames(frames, fmt, padded, kernel, limits=limits, on_done=on_done):
        yield crop(frame, padded, whole) if plan.is_padded else frame


def _demand_420(fmt: VideoFormat) -> None:
    if fmt.chroma is not Chroma.YUV420:
        raise InputError(
            "down-sampling based coding works on 4:2:0 video: convert the source first"
        )
