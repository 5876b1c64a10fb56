"""What a metric's name says."""

import pytest

from bdrate import metric_of


@pytest.mark.parametrize(
    "name", ["mse", "mse_y", "lpips", "lpips-vgg", "DISTS", "niqe", "delta_e_itp"]
)
def test_lower_is_better(name):
    assert not metric_of(name).higher_is_better


@pytest.mark.parametrize(
    "name", ["psnr_y", "psnr_mean_mse", "vmaf", "ssim", "ms_ssim", "xpsnr_y", "unheard_of"]
)
def test_higher_is_better(name):
    assert metric_of(name).higher_is_better


@pytest.mark.parametrize(
    ("name", "title", "unit", "ceiling"),
    [
        ("psnr_y", "PSNR-Y", "dB", None),
        ("psnr_yuv", "PSNR-YUV", "dB", None),
        ("xpsnr_y", "XPSNR-Y", "dB", None),
        ("wspsnr", "WS-PSNR", "dB", None),
        ("wpsnr_y", "wPSNR-Y", "dB", None),
        ("vmaf", "VMAF", "", 100.0),
        ("vmaf_neg", "VMAF-NEG", "", 100.0),
        ("ssim", "SSIM", "", 1.0),
        ("ms_ssim", "MS-SSIM", "", 1.0),
        ("lpips", "LPIPS", "", None),
        ("novel", "novel", "", None),
    ],
)
def test_titles_units_and_ceilings(name, title, unit, ceiling):
    metric = metric_of(name)
    assert (metric.title, metric.unit, metric.ceiling) == (title, unit, ceiling)
