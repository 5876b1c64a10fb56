"""Resampling by whole factors: pictures as the pipeline's scaler does, features bilinear.

The pipeline scales with swscale, whose cubic has a = −0.6; PyTorch's own has −0.75 scaling up and
−0.5 scaling down, so that a residual on it would first have to undo the difference. Samples are
centred (``align_corners=False``), pictures are continued by their border samples (swscale, scaling
up, differs in the two samples at the border).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

CUBIC_A = -0.6
"""The cubic kernel's slope: swscale's default (B = 0, C = 0.6)."""


def cubic(x: Tensor) -> Tensor:
    """Keys' cubic convolution kernel at the distances ``x``, in samples."""
    x = x.abs()
    near = (CUBIC_A + 2) * x**3 - (CUBIC_A + 3) * x**2 + 1
    far = CUBIC_A * (x**3 - 5 * x**2 + 8 * x - 4)
    return torch.where(x <= 1, near, torch.where(x < 2, far, torch.zeros_like(x)))


def lanczos(x: Tensor) -> Tensor:
    """Lanczos' kernel of three lobes at the distances ``x``, in samples: swscale's default."""
    return torch.where(x.abs() < 3, torch.sinc(x) * torch.sinc(x / 3), torch.zeros_like(x))


def upsample(
    x: Tensor, scale: int, kernel: Callable[[Tensor], Tensor] = cubic, reach: int = 2
) -> Tensor:
    """``[B, C, h, w]`` to ``[B, C, h·scale, w·scale]``, bicubic by default; not clamped.

    ``kernel`` is zero from a distance of ``reach`` samples on; that of `lanczos` is 3. Computed in
    x's precision, in float32 under autocast. ``scale`` 1: x itself.
    """
    if scale == 1:
        return x
    phase = (torch.arange(scale, device=x.device, dtype=torch.float32) + 0.5) / scale - 0.5
    taps = torch.arange(-reach, reach + 1, device=x.device, dtype=torch.float32)
    weights = kernel(phase[:, None] - taps).to(x.dtype)  # [scale, taps]; each phase leaves one out
    weights = weights / weights.sum(1, keepdim=True)
    batch, planes, height, width = x.shape
    with torch.autocast(x.device.type, enabled=False):
        flat = functional.pad(
            x.reshape(batch * planes, 1, height, width), (reach,) * 4, mode="replicate"
        )
        rows = functional.conv2d(flat, weights[:, None, :, None])  # [B·C, scale, h, w + 2·reach]
        rows = rows.transpose(1, 2).reshape(batch * planes, 1, height * scale, width + 2 * reach)
        out = functional.conv2d(rows, weights[:, None, None, :])  # [B·C, scale, h·scale, w]
        return out.permute(0, 2, 3, 1).reshape(batch, planes, height * scale, width * scale)


def bilinear(x: Tensor, scale: int = 2) -> Tensor:
    """Features ``[B, C, h, w]`` to ``[B, C, scale·h, scale·w]``."""
    return functional.interpolate(x, scale_factor=scale, mode="bilinear", align_corners=False)


def downsample(x: Tensor, scale: int) -> Tensor:
    """``[B, C, h, w]`` to ``[B, C, h/scale, w/scale]``, bicubic with the kernel stretched.

    That is, with anti-aliasing: ``4·scale`` taps in each direction. ``scale`` must be even (or 1,
    which gives x itself) and divide h and w.

    Raises:
        ValueError: ``scale`` is odd or does not divide the size.
    """
    if scale == 1:
        return x
    batch, planes, height, width = x.shape
    if scale % 2 or height % scale or width % scale:
        raise ValueError(f"{height}×{width} cannot be scaled down by {scale}")
    taps = torch.arange(4 * scale, device=x.device, dtype=torch.float32)
    kernel = cubic((taps - (4 * scale - 1) / 2) / scale).to(x.dtype)
    kernel = kernel / kernel.sum()
    pad = 3 * scale // 2
    with torch.autocast(x.device.type, enabled=False):
        flat = functional.pad(
            x.reshape(batch * planes, 1, height, width), (pad,) * 4, mode="replicate"
        )
        rows = functional.conv2d(flat, kernel[None, None, :, None], stride=(scale, 1))
        out = functional.conv2d(rows, kernel[None, None, None, :], stride=(1, scale))
    return out.reshape(batch, planes, height // scale, width // scale)
