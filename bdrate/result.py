"""What a comparison says."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BDResult:
    """The deltas of one test curve against one anchor.

    Attributes:
        bd_rate_percent: rate of the test relative to the anchor at equal quality, in percent;
            negative means that the test needs less. ``None`` where it is not valid, see
            ``rate_problem``.
        bd_quality: gain at equal rate in the metric's own unit (PSNR: dB); **positive means that
            the test is better for every metric**: with LPIPS or MSE, +0.01 is a value lower by
            0.01. ``None`` where it is not valid, see ``quality_problem``.
        method: ``pchip``, ``cubic`` or ``akima``.
        metric: the name of the metric.
        quality_low, quality_high: the interval that BD-rate was integrated over, in the metric's
            unit; ``None`` where there is none.
        rate_low_kbps, rate_high_kbps: the interval of BD-quality, likewise.
        overlap: the common quality interval as a share of the wider curve's (0 to 1).
        rate_overlap: the common interval of log rate as a share of the wider curve's.
        warnings: one sentence each, beginning with its name: ``barely-overlapping: …``. The
            problems below are among them.
        rate_problem, quality_problem: why there is no BD-rate or no BD-quality, else empty.
    """

    bd_rate_percent: float | None
    bd_quality: float | None
    method: str
    metric: str
    quality_low: float | None
    quality_high: float | None
    rate_low_kbps: float | None
    rate_high_kbps: float | None
    overlap: float
    rate_overlap: float
    warnings: tuple[str, ...] = ()
    rate_problem: str = ""
    quality_problem: str = ""
