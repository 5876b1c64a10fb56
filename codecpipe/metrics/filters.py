"""FFmpeg's filters that measure: how each is put into a filter graph, and how its log is read.

- libvmaf's ``float_ssim`` and ``float_ms_ssim`` are on luma, and both, as VMAF, are pooled as the
  mean over the frames.
- XPSNR's weights come from the *first* input, so that is the reference, and depend on the frame
  rate (second-order temporal differences from 32 Hz on). Its peak is 2^B − 1. A sequence's value
  is the one that the filter sums up with: the PSNR of the squared mean of the frames' square roots
  of weighted squared errors, not the mean of the frames' dB.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import ffmpeg

from codecpipe.format import Chroma, VideoFormat

Values = dict[str, float]

Parse = Callable[[str, Sequence[str], str], tuple[list[Values], Values]]
"""(log, keys, feature) → the values of each frame and of the sequence, by key.

Raises ValueError, KeyError or TypeError where the log does not hold them.
"""


@dataclass(frozen=True)
class Comparison:
    """The two videos that filters compare, as streams of ffmpeg-python, and their format."""

    reference: Any
    test: Any
    fmt: VideoFormat


@dataclass(frozen=True)
class Filter:
    """One of FFmpeg's filters; metrics that share it are measured by one instance."""

    name: str
    """FFmpeg's name of it."""
    apply: Callable[[Comparison, str, Sequence[str], str], Any]
    """(videos, path of the log, features, VMAF's model) → the filter's output stream."""


def _libvmaf(videos: Comparison, log: str, features: Sequence[str], model: str) -> Any:
    pair = [_three_planes(side, videos.fmt) for side in (videos.test, videos.reference)]
    others = (f"name={feature}" for feature in dict.fromkeys(features) if feature != "vmaf")
    return ffmpeg.filter(
        pair,
        "libvmaf",
        model=f"version={model}" if "vmaf" in features else "",
        feature="|".join(others),
        log_path=log,
        log_fmt="json",
        n_threads=1,
        shortest=1,
    )


def _three_planes(side: Any, fmt: VideoFormat) -> Any:
    """Luma thrice as 4:4:4 for 4:0:0 video, which libvmaf does not take; it looks at luma only."""
    if fmt.chroma is not Chroma.YUV400:
        return side
    three = VideoFormat(fmt.width, fmt.height, fmt.bit_depth, Chroma.YUV444).pix_fmt
    return side.filter("mergeplanes", map1p=0, map2p=0, format=three)


def _xpsnr(videos: Comparison, log: str, _features: Sequence[str], _model: str) -> Any:
    return ffmpeg.filter([videos.reference, videos.test], "xpsnr", stats_file=log, shortest=1)


LIBVMAF = Filter("libvmaf", _libvmaf)
XPSNR = Filter("xpsnr", _xpsnr)


def libvmaf_log(log: str, keys: Sequence[str], feature: str) -> tuple[list[Values], Values]:
    """The values of one feature in libvmaf's JSON, and their mean."""
    (key,) = keys
    values = [float(entry["metrics"][feature]) for entry in json.loads(log)["frames"]]
    return [{key: value} for value in values], {key: math.fsum(values) / len(values)}


_XPSNR_VALUE = re.compile(r"\b([yuv]): *(-?(?:inf|nan|[\d.]+))")


def xpsnr_log(log: str, keys: Sequence[str], _feature: str) -> tuple[list[Values], Values]:
    """The values of xpsnr's stats file, whose last line sums up."""
    found = [dict(_XPSNR_VALUE.findall(line)) for line in filter(None, log.splitlines())]
    *frames, means = [{key: float(values[key[-1]]) for key in keys} for values in found]
    return frames, means
