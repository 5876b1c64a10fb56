"""The result of a comparison."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BDResult:
    """The deltas of one test curve against one anchor."""

    bd_rate_percent: float | None
    """Rate of the test relative to the anchor at equal quality, in percent; negative means that the
    test needs less. ``None`` where it is not valid, see ``rate_problem``.
    """
    bd_quality: float | None
    """Gain at equal rate in the metric's own unit (PSNR: dB); **positive means that the test is
    better for every metric**: with LPIPS or MSE, +0.01 is a value lower by 0.01. ``None`` where it
    is not valid, see ``quality_problem``.
    """
    method: str
    """``pchip``, ``cubic`` or ``akima``."""
    metric: str
    """The name of the metric."""
    quality_low: float | None
    """The lower end of the interval that BD-rate was integrated over, in the metric's unit;
    ``None`` where there is none. The other three ends likewise.
    """
    quality_high: float | None
    rate_low_kbps: float | None
    """The lower end of the interval of BD-quality."""
    rate_high_kbps: float | None
    overlap: float
    """The common quality interval as a share of the wider curve's (0 to 1)."""
    rate_overlap: float
    """The common interval of log rate as a share of the wider curve's."""
    warnings: tuple[str, ...] = ()
    """One sentence each, beginning with its name: ``barely-overlapping: …``. The problems below are
    among them.
    """
    rate_problem: str = ""
    """Why there is no BD-rate, else empty."""
    quality_problem: str = ""
    """Why there is no BD-quality, else empty."""
