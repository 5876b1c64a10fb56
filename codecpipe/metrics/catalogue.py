"""The catalogue of metrics: a row each.

A new metric is one row and the parser of its log; `codecpipe measure`, experiments, the doctor, BD
tables and reports take all they say of it from here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from codecpipe.metrics.filters import LIBVMAF, XPSNR, Filter, Parse, libvmaf_log, xpsnr_log


@dataclass(frozen=True)
class Metric:
    """One metric: what it is called, what it takes, and where its values come from."""

    name: str
    """Its name on the command line and in experiment files."""
    keys: tuple[str, ...]
    """The names of its values, of frames and of a sequence: one over luma, or one for each of the
    planes Y, U, V; video without chroma has the first alone."""
    title: str
    """Its name in tables; the plane follows it, as in ``XPSNR-Y``."""
    unit: str = ""
    best: Literal["high", "low"] = "high"
    """Which values are the better ones."""
    min_side: int = 1
    """The smallest width and height in samples that it takes."""
    depths: tuple[int, ...] = tuple(range(8, 17))
    """The bit depths that it takes."""

    @property
    def stem(self) -> str:
        """How its keys begin."""
        return self.name.replace("-", "_")


@dataclass(frozen=True, kw_only=True)
class FilterMetric(Metric):
    """A metric that one of FFmpeg's filters measures."""

    filter: Filter
    feature: str = ""
    """Its name in the filter, where one filter has several metrics."""
    parse: Parse
    """Reads the filter's log."""


def _of_libvmaf(name: str, title: str, min_side: int, feature: str) -> FilterMetric:
    """A metric of libvmaf, which crashes or logs nothing below ``min_side``."""
    return FilterMetric(
        name,
        (name.replace("-", "_"),),
        title,
        min_side=min_side,
        depths=(8, 10, 12, 16),
        filter=LIBVMAF,
        feature=feature,
        parse=libvmaf_log,
    )


METRICS: tuple[Metric, ...] = (
    # Computed in `codecpipe.metrics.psnr`.
    Metric("psnr", ("psnr_y", "psnr_u", "psnr_v", "psnr_yuv"), "PSNR", "dB"),
    _of_libvmaf("ssim", "SSIM", 32, "float_ssim"),
    _of_libvmaf("ms-ssim", "MS-SSIM", 176, "float_ms_ssim"),
    _of_libvmaf("vmaf", "VMAF", 32, "vmaf"),
    FilterMetric(
        "xpsnr",
        ("xpsnr_y", "xpsnr_u", "xpsnr_v"),
        "XPSNR",
        "dB",
        min_side=48,  # below, XPSNR silently is a PSNR without weights
        depths=(8, 10, 12),
        filter=XPSNR,
        parse=xpsnr_log,
    ),
)


def metric_names() -> tuple[str, ...]:
    """The names of all metrics, as on the command line."""
    return tuple(metric.name for metric in METRICS)


def filter_metrics(names: Iterable[str] | None = None) -> tuple[FilterMetric, ...]:
    """The metrics that FFmpeg measures, all of them or those among ``names``."""
    wanted = metric_names() if names is None else tuple(names)
    return tuple(one for one in METRICS if isinstance(one, FilterMetric) and one.name in wanted)


def metric_of_column(column: str) -> Metric | None:
    """The metric that a column of results, such as ``xpsnr_y``, holds values of; None: of none."""
    for metric in METRICS:
        if column == metric.stem or column.startswith(f"{metric.stem}_"):
            return metric
    return None
