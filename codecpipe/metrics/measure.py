"""All metrics of one video against its reference, as `codecpipe measure` shows them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from codecpipe.errors import InputError
from codecpipe.metrics.catalogue import filter_metrics, metric_names
from codecpipe.metrics.external import VMAF_MODEL, external_metrics
from codecpipe.metrics.psnr import common_format, peak, psnr_frames, sequence_psnr, yuv
from codecpipe.programs.process import Limits
from codecpipe.video.rawvideo import RawVideo
from codecpipe.video.source import Source

_PLANES = "yuv"


@dataclass(frozen=True)
class Measurement:
    """The metrics of a test video.

    Keys of the values are those of the catalogue, and ``mse_y``, ``mse_u``, ``mse_v`` (at
    ``bit_depth``) with the PSNR. 4:0:0 video has no keys of u and v.
    """

    metrics: tuple[str, ...]
    bit_depth: int
    """The bit depth that was compared at."""
    peak: int
    """The sample value that PSNR is against."""
    vmaf_model: str | None
    """None where VMAF was not measured."""
    frames: tuple[dict[str, float], ...]
    """One dict a frame."""
    means: dict[str, float]
    """The sequence's values. A PSNR is the mean of the frames' and, as ``psnr_of_mean_mse_y``, …,
    the PSNR of the mean MSE; others are pooled as `codecpipe.metrics.filters` says."""

    def to_dict(self) -> dict[str, Any]:
        """For JSON, which has no infinity: an infinite PSNR is the string ``"inf"``."""
        return {
            "metrics": list(self.metrics),
            "bit_depth": self.bit_depth,
            "peak": self.peak,
            "vmaf_model": self.vmaf_model,
            "frame_count": len(self.frames),
            "means": _json(self.means),
            "frames": [_json(frame) for frame in self.frames],
        }


def measure(
    reference: Source,
    test: Source,
    metrics: Sequence[str] = ("psnr",),
    *,
    frames: int | None = None,
    limits: Limits | None = None,
) -> Measurement:
    """Compare the first ``frames`` frames, all by default, at the larger of the two bit depths.

    Memory does not grow with the number of frames, but for their values.

    Args:
        reference: the source; its frame rate is what XPSNR goes by.
        test: the restored video.
        metrics: some of the catalogue's, by their names.
        frames: how many; needed where the two have different numbers.
        limits: stall and time-out limits of the FFmpeg process.

    Raises:
        InputError: an unknown metric, formats that differ in more than bit depth, different
            numbers of frames, fewer frames than asked for, or pictures a metric cannot take.
        ToolError: FFmpeg failed.
    """
    names = tuple(dict.fromkeys(metrics))
    known = metric_names()
    if not names or any(name not in known for name in names):
        wrong = next((repr(name) for name in names if name not in known), "an empty list")
        raise InputError(f"{wrong} names no metric: choose among {', '.join(known)}")
    ref_video, test_video = reference.video, test.video
    fmt = common_format(ref_video.fmt, test_video.fmt)
    count = _frame_count(ref_video, test_video, frames)
    values: list[dict[str, float]] = [{} for _ in range(count)]
    means: dict[str, float] = {}
    external = [metric.name for metric in filter_metrics(names)]
    outside = None
    if external:
        # First, because it finds what cannot be measured before any time is spent.
        outside = external_metrics(
            ref_video, test_video, count, external, fps=reference.fps, limits=limits
        )
    if "psnr" in names:
        means.update(_psnr(ref_video, test_video, values))
    if outside:
        means.update(outside.means)
        for value, more in zip(values, outside.frames, strict=True):
            value.update(more)
    model = VMAF_MODEL if "vmaf" in names else None
    return Measurement(names, fmt.bit_depth, peak(fmt.bit_depth), model, tuple(values), means)


def _frame_count(reference: RawVideo, test: RawVideo, frames: int | None) -> int:
    shorter = min(len(reference), len(test))
    if frames is None:
        if len(reference) != len(test):
            raise InputError(
                f"the reference has {len(reference)} frames and the test {len(test)}:"
                f" give --frames {shorter} to compare the first {shorter}"
            )
        return shorter
    if not 1 <= frames <= shorter:
        raise InputError(
            f"{frames} frames cannot be compared, as the shorter video has {shorter}:"
            f" give --frames 1 to {shorter}"
        )
    return frames


def _psnr(reference: RawVideo, test: RawVideo, values: list[dict[str, float]]) -> dict[str, float]:
    indices = range(len(values))
    originals, restored = reference.frames(indices), test.frames(indices)
    found = list(psnr_frames(originals, reference.fmt, restored, test.fmt))
    for value, frame in zip(values, found, strict=True):
        value.update(_by_plane("psnr", frame.psnr_db), psnr_yuv=yuv(frame.psnr_db))
        value.update(_by_plane("mse", frame.mse))
    pooled = sequence_psnr(found, common_format(reference.fmt, test.fmt).bit_depth)
    mse = [math.fsum(planes) / len(found) for planes in zip(*(f.mse for f in found), strict=True)]
    means = _by_plane("psnr", pooled.mean_db) | {"psnr_yuv": pooled.yuv_db}
    means |= _by_plane("psnr_of_mean_mse", pooled.of_mean_mse_db)
    means["psnr_of_mean_mse_yuv"] = yuv(pooled.of_mean_mse_db)
    return means | _by_plane("mse", mse)


def _by_plane(key: str, planes: Sequence[float]) -> dict[str, float]:
    return {f"{key}_{name}": value for name, value in zip(_PLANES, planes, strict=False)}


def _json(values: dict[str, float]) -> dict[str, float | str]:
    return {key: value if math.isfinite(value) else str(value) for key, value in values.items()}
