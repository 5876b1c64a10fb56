"""Quality metrics by their names: title, unit, orientation, ceiling, resolution."""

from dataclasses import dataclass

# Matched with the first part of the name only: ``psnr_mean_mse`` is a PSNR.
LOWER_IS_BETTER = frozenset(
    (
        "mse rmse mae mad sse ssd sad lpips dists gmsd flip niqe brisque fid kid fvd deltae"
        " ciede2000"
    ).split()
)


@dataclass(frozen=True)
class Metric:
    """One quality metric."""

    name: str
    title: str
    unit: str = ""
    higher_is_better: bool = True
    ceiling: float | None = None
    """The value at which it is clipped; None where there is none."""
    resolution: float | None = None
    """The difference, in the metric's own unit, below which two values are the same for all
    practical purposes; None where it is not known."""
    decimals: int = 4
    """The digits after the point that are worth printing of a BD-quality."""

    def show(self, value: float) -> str:
        """Return ``value`` as text, with the unit where there is one."""
        text = f"{value:.6g}"
        return f"{text} {self.unit}" if self.unit else text


def metric_of(name: str) -> Metric:
    """The metric ``name``, such as ``psnr_y``; any name is accepted.

    Unknown names are taken as higher-is-better. That cannot go wrong silently: a curve of the other
    orientation falls with rate and is refused as non-monotonic.
    """
    first, *rest = name.lower().replace("-", "_").split("_")
    plane = "-".join(part.upper() for part in rest)
    dash = f"-{plane}" if plane else ""
    if first in {"psnr", "xpsnr", "wpsnr", "wspsnr"}:
        title = first.upper().replace("WPSNR", "wPSNR").replace("WSPSNR", "WS-PSNR") + dash
        return Metric(name, title, unit="dB", resolution=0.01, decimals=2)
    if first == "vmaf":
        return Metric(name, "VMAF" + dash, ceiling=100.0, resolution=0.02, decimals=2)
    if first == "ssim":
        return Metric(name, "SSIM" + dash, ceiling=1.0, resolution=1e-5)
    if first == "ms" and rest[:1] == ["ssim"]:
        return Metric(name, "MS-" + plane, ceiling=1.0, resolution=1e-5)
    if first == "msssim":
        return Metric(name, "MS-SSIM" + dash, ceiling=1.0, resolution=1e-5)
    if first in LOWER_IS_BETTER or name.lower().startswith("delta_e"):
        return Metric(name, name.upper().replace("_", "-"), higher_is_better=False)
    return Metric(name, name)
