"""PSNR per plane and frame, and a sequence's PSNR in both ways of averaging.

The peak is 255 · 2^(B − 8) at bit depth B, so 1020 at 10 bits, as HM and VTM have it (not 1023,
which would be 0.0255 dB more). YUV-PSNR is (6·Y + U + V) / 8.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from codecpipe.errors import InputError
from codecpipe.format import Frame, Plane, VideoFormat, convert_depth

YUV_WEIGHTS = (6, 1, 1)

CHUNK = 1 << 13
"""Samples squared at once: they stay in the cache, BLAS does not start threads for so few, and
their sum is exact, since 2^13 squares of less than 2^32 are below float64's 2^53."""


@dataclass(frozen=True)
class FramePsnr:
    """Mean squared error and PSNR (dB) of a frame's planes Y, U, V (Y alone in 4:0:0)."""

    mse: tuple[float, ...]
    psnr_db: tuple[float, ...]


@dataclass(frozen=True)
class SequencePsnr:
    """PSNR of a sequence in dB; planes as in the format."""

    mean_db: tuple[float, ...]
    """The mean of the frames' PSNRs, as HM and VTM print it."""
    of_mean_mse_db: tuple[float, ...]
    """The PSNR of the mean MSE."""
    yuv_db: float
    """(6·Y + U + V) / 8 of the means; Y alone in 4:0:0."""


def peak(bit_depth: int) -> int:
    """255 · 2^(bit_depth − 8)."""
    return 255 << (bit_depth - 8)


def psnr_of_mse(mse: float, bit_depth: int) -> float:
    """PSNR in dB; infinite for an MSE of 0."""
    return math.inf if mse == 0 else 10 * math.log10(peak(bit_depth) ** 2 / mse)


def plane_mse(reference: Plane, test: Plane) -> float:
    """Mean squared error of two planes of one shape, in squared sample steps; exact but for the
    one division at the end.
    """
    a, b = reference.ravel(), test.ravel()
    # Differences of 8-bit samples fit in 16 bits, of 16-bit ones in 17.
    kind = np.int16 if a.dtype == b.dtype == np.uint8 else np.int32
    total = 0
    for start in range(0, a.size, CHUNK):
        part = slice(start, start + CHUNK)
        difference = np.subtract(a[part], b[part], dtype=kind).astype(np.float64)
        total += int(np.dot(difference, difference))
    return total / a.size


def frame_psnr(reference: Frame, test: Frame, fmt: VideoFormat) -> FramePsnr:
    """PSNR of one frame; both in ``fmt``."""
    mse = tuple(map(plane_mse, fmt.planes(reference), fmt.planes(test)))
    return FramePsnr(mse, tuple(psnr_of_mse(value, fmt.bit_depth) for value in mse))


def psnr_frames(
    reference: Iterable[Frame], ref_fmt: VideoFormat, test: Iterable[Frame], test_fmt: VideoFormat
) -> Iterator[FramePsnr]:
    """PSNR of each frame, at the larger of the two bit depths.

    Raises:
        InputError: sizes, chroma formats or numbers of frames differ.
    """
    fmt = common_format(ref_fmt, test_fmt)
    for a, b in zip_longest(reference, test):
        if a is None or b is None:
            raise InputError("reference and test have different numbers of frames")
        yield frame_psnr(
            convert_depth(a, ref_fmt.bit_depth, fmt.bit_depth),
            convert_depth(b, test_fmt.bit_depth, fmt.bit_depth),
            fmt,
        )


def common_format(reference: VideoFormat, test: VideoFormat) -> VideoFormat:
    """The format to compare in: of one size and chroma format, the larger bit depth.

    Raises:
        InputError: size or chroma format differ.
    """
    depth = max(reference.bit_depth, test.bit_depth)
    if reference.with_depth(depth) != test.with_depth(depth):
        raise InputError(
            f"reference ({reference.size} {reference.pix_fmt}) and test ({test.size}"
            f" {test.pix_fmt}) cannot be compared: give two videos of one size and chroma format"
        )
    return reference.with_depth(depth)


def sequence_psnr(frames: Sequence[FramePsnr], bit_depth: int) -> SequencePsnr:
    """Both averages over the frames.

    Raises:
        InputError: there are no frames.
    """
    if not frames:
        raise InputError("there are no frames to measure")
    planes = range(len(frames[0].mse))
    mean = tuple(math.fsum(f.psnr_db[p] for f in frames) / len(frames) for p in planes)
    mse = tuple(math.fsum(f.mse[p] for f in frames) / len(frames) for p in planes)
    return SequencePsnr(mean, tuple(psnr_of_mse(m, bit_depth) for m in mse), yuv(mean))


def yuv(planes_db: Sequence[float]) -> float:
    """(6·Y + U + V) / 8, or Y where there is no chroma."""
    if len(planes_db) == 1:
        return planes_db[0]
    return sum(w * db for w, db in zip(YUV_WEIGHTS, planes_db, strict=True)) / sum(YUV_WEIGHTS)
