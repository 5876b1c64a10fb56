"""The sample format of planar YUV video: size, chroma format, bit depth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from codecpipe.digest import Keyed
from codecpipe.errors import InputError

Frame = npt.NDArray[Any]
"""One picture: a flat array of all samples (uint8 or uint16), planes Y, U, V in turn."""
Plane = Frame
"""One colour plane, an array [height, width]."""
MAX_SIDE = 16384


class Chroma(StrEnum):
    """Chroma formats by their usual names."""

    YUV400 = "400"
    YUV420 = "420"
    YUV422 = "422"
    YUV444 = "444"

    @property
    def subsampling(self) -> tuple[int, int] | None:
        """(horizontal, vertical) subsampling of the chroma planes; None where there are none."""
        return {"400": None, "420": (2, 2), "422": (2, 1), "444": (1, 1)}[self.value]


@dataclass(frozen=True)
class VideoFormat(Keyed):
    """Width, height (luma samples), chroma format and bit depth of planar video.

    Samples of more than 8 bits are 16-bit little-endian words, least significant bits used.
    """

    width: int
    height: int
    bit_depth: int = 8
    chroma: Chroma = Chroma.YUV420

    def __post_init__(self) -> None:
        if not (1 <= self.width <= MAX_SIDE and 1 <= self.height <= MAX_SIDE):
            raise InputError(
                f"a picture of {self.width}x{self.height} cannot be handled:"
                f" both sides must lie between 1 and {MAX_SIDE}"
            )
        if not 8 <= self.bit_depth <= 16:
            raise InputError(f"a bit depth of {self.bit_depth} cannot be handled: give 8 to 16")
        sub = self.chroma.subsampling
        if sub and (self.width % sub[0] or self.height % sub[1]):
            raise InputError(
                f"{self.width}x{self.height} cannot be 4:{self.chroma[1]}:{self.chroma[2]}:"
                " the chroma planes would have half samples; crop the video to an even size"
            )

    @property
    def dtype(self) -> np.dtype[Any]:
        """Sample type: uint8 for 8 bits, little-endian uint16 above."""
        return np.dtype(np.uint8) if self.bit_depth == 8 else np.dtype("<u2")

    @cached_property
    def plane_shapes(self) -> tuple[tuple[int, int], ...]:
        """(height, width) of each plane."""
        luma = (self.height, self.width)
        sub = self.chroma.subsampling
        if sub is None:
            return (luma,)
        chroma = (self.height // sub[1], self.width // sub[0])
        return (luma, chroma, chroma)

    @cached_property
    def frame_samples(self) -> int:
        """Samples in one frame, all planes."""
        return sum(height * width for height, width in self.plane_shapes)

    @property
    def frame_bytes(self) -> int:
        """Bytes in one frame."""
        return self.frame_samples * self.dtype.itemsize

    @property
    def pix_fmt(self) -> str:
        """FFmpeg's name of this format, such as ``yuv420p10le``."""
        base = "gray" if self.chroma is Chroma.YUV400 else f"yuv{self.chroma.value}p"
        return base if self.bit_depth == 8 else f"{base}{self.bit_depth}le"

    @property
    def size(self) -> str:
        """``WIDTHxHEIGHT``."""
        return f"{self.width}x{self.height}"

    def planes(self, frame: Frame) -> tuple[Plane, ...]:
        """Views [height, width] of the frame's planes."""
        views = []
        start = 0
        for height, width in self.plane_shapes:
            views.append(frame[start : start + height * width].reshape(height, width))
            start += height * width
        return tuple(views)

    def frame_from(self, data: bytes | bytearray | memoryview) -> Frame:
        """A frame over ``frame_bytes`` bytes of data, without a copy."""
        return np.frombuffer(data, dtype=self.dtype, count=self.frame_samples)

    def with_size(self, width: int, height: int) -> VideoFormat:
        """The same samples at another size."""
        return replace(self, width=width, height=height)

    def with_depth(self, bit_depth: int) -> VideoFormat:
        """The same size at another bit depth."""
        return replace(self, bit_depth=bit_depth)


def convert_depth(frame: Frame, from_depth: int, to_depth: int) -> Frame:
    """The frame at another bit depth: shifted up; on the way down rounded half up and clipped."""
    if from_depth == to_depth:
        return frame
    if to_depth > from_depth:
        return np.left_shift(frame, to_depth - from_depth, dtype=np.uint16)
    shift = from_depth - to_depth
    rounded = (frame.astype(np.uint32) + (1 << (shift - 1))) >> shift
    kind = np.uint8 if to_depth == 8 else np.uint16
    clipped: Frame = np.minimum(rounded, (1 << to_depth) - 1).astype(kind)
    return clipped
