"""Modulated deformable convolution: each tap looks where an offset says, weighted by a mask.

X. Zhu et al., "Deformable ConvNets v2", CVPR 2019; the CRS paper, section IV-B.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from functools import cache

import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it
from torch import Tensor, nn

from enhancers.layers.residual import conv3x3

# Of what the taps see, at once: pictures are done in bands of rows. A small band stays in a CPU's
# cache; with gradients all bands are kept, and fewer are less work.
_BAND_BYTES = 4 << 20
_BAND_BYTES_GRAD = 64 << 20


def deform_conv2d(
    x: Tensor,
    offset: Tensor,
    mask: Tensor | None,
    weight: Tensor,
    bias: Tensor | None = None,
) -> Tensor:
    """3×3, stride 1, padding 1, in plain PyTorch; what torchvision.ops.deform_conv2d computes.

    ``x`` [B, C, h, w]; ``offset`` [B, 2·G·9, h, w] in samples, for each of G groups of channels
    and each tap in row-major order (dy, dx); ``mask`` [B, G·9, h, w] or None for ones; ``weight``
    [C', C, 3, 3]; ``bias`` [C'] or None. Gives [B, C', h, w]. Samples are bilinear, and zero
    outside the picture. Positions and sampling are in float32 at least, under autocast too; the
    product with the weights is in autocast's type. Without gradients, memory beside inputs and
    result is bounded: large pictures are done in bands.

    Raises:
        ValueError: shapes that do not fit together.
    """
    groups = _offset_groups(x, offset, mask, weight)
    batch, channels, height, width = x.shape
    wide = _wide(x)
    # Sides of powers of two: grid_sample's coordinates then come back as they went in, and whole
    # numbers stay whole, where the derivative with respect to the offset jumps.
    sides = _power_of_two(height), _power_of_two(width)
    padded = F.pad(wide, (0, sides[1] - width, 0, sides[0] - height))
    padded = padded.reshape(batch * groups, channels // groups, *sides)
    at_once = _BAND_BYTES_GRAD if torch.is_grad_enabled() or x.is_cuda else _BAND_BYTES
    band = max(1, at_once // (batch * channels * 9 * width * wide.element_size()))
    out = []
    for top in range(0, height, band):
        rows = slice(top, top + band)
        columns = _columns(
            padded, offset[:, :, rows], None if mask is None else mask[:, :, rows], groups, top
        )
        out.append(_product(weight, columns.view(batch, channels * 9, -1)))
    result = torch.cat(out, dim=2).view(batch, -1, height, width)
    return result if bias is None else result + bias.to(result.dtype).view(1, -1, 1, 1)


def deform_conv2d_auto(
    x: Tensor,
    offset: Tensor,
    mask: Tensor | None,
    weight: Tensor,
    bias: Tensor | None = None,
) -> Tensor:
    """`deform_conv2d`, on CUDA by torchvision's kernel where it is installed.

    torchvision's kernel then works in float32 at least, under autocast too. On a CPU it takes
    1.5 to 1.8 times as long as `deform_conv2d`, five times with gradients: it is not used there.
    """
    kernel = _torchvision_kernel() if x.is_cuda else None
    if kernel is None:
        return deform_conv2d(x, offset, mask, weight, bias)
    _offset_groups(x, offset, mask, weight)
    with torch.autocast(x.device.type, enabled=False):
        mask = None if mask is None else _wide(mask)
        bias = None if bias is None else _wide(bias)
        return kernel(_wide(x), _wide(offset), _wide(weight), bias, padding=1, mask=mask)


class ModulatedDeformConv(nn.Module):
    """A deformable 3×3 convolution whose offsets and masks a convolution makes of ``motion``.

    That convolution starts with zeros: all offsets zero, all masks 1/2, as in DCNv2.
    ``groups``: into how many parts with offsets of their own the channels are divided.
    """

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        if groups < 1 or channels % groups:
            raise ValueError(f"{channels} channels do not divide into {groups} groups of offsets")
        self.groups = groups
        self.motion = conv3x3(channels, 3 * 9 * groups, gain=0)
        self.weight = nn.Parameter(torch.empty(channels, channels, 3, 3))
        self.bias = nn.Parameter(torch.zeros(channels))
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))  # as nn.Conv2d does

    def forward(self, x: Tensor, motion: Tensor) -> Tensor:
        """``x`` [B, C, h, w] aligned by the features ``motion`` [B, C, h, w]: [B, C, h, w]."""
        made = self.motion(motion)
        offset, mask = made.split((18 * self.groups, 9 * self.groups), dim=1)
        return deform_conv2d_auto(x, offset, mask.sigmoid(), self.weight, self.bias)


@cache
def _torchvision_kernel() -> Callable[..., Tensor] | None:
    """torchvision's ``deform_conv2d``; None where it is not installed or does not work."""
    try:
        kernel: Callable[..., Tensor] = importlib.import_module("torchvision.ops").deform_conv2d
        zeros = torch.zeros(1, 1, 1, 1), torch.zeros(1, 18, 1, 1), torch.zeros(1, 1, 3, 3)
        kernel(*zeros, padding=1)
    except Exception:  # one built for another torch raises RuntimeError, OSError and others
        return None
    return kernel


def _offset_groups(x: Tensor, offset: Tensor, mask: Tensor | None, weight: Tensor) -> int:
    """How many groups of offsets there are; refuses shapes that do not fit together."""
    batch, channels, height, width = x.shape
    groups = offset.shape[1] // 18
    if (
        groups < 1
        or channels % groups
        or offset.shape != (batch, 18 * groups, height, width)
        or (mask is not None and mask.shape != (batch, 9 * groups, height, width))
        or weight.shape[1:] != (channels, 3, 3)
    ):
        raise ValueError(
            f"no deformable 3×3 convolution of x {tuple(x.shape)} has offset "
            f"{tuple(offset.shape)}, mask {None if mask is None else tuple(mask.shape)}, "
            f"weight {tuple(weight.shape)}"
        )
    return groups


def _columns(padded: Tensor, offset: Tensor, mask: Tensor | None, groups: int, top: int) -> Tensor:
    """Samples [B·G, C/G, 9, rows·w] of the taps of the rows from ``top`` on, times the mask."""
    rows, width = offset.shape[2:]
    with torch.autocast(padded.device.type, enabled=False):
        grid = _grid(offset.to(padded.dtype), groups, (padded.shape[2], padded.shape[3]), top)
        columns = F.grid_sample(
            padded, grid, mode="bilinear", padding_mode="zeros", align_corners=False
        ).view(*padded.shape[:2], 9, rows * width)
        if mask is None:
            return columns
        weights = mask.to(padded.dtype).reshape(len(padded), 1, 9, rows * width)
        return columns * weights if torch.is_grad_enabled() else columns.mul_(weights)


def _grid(offset: Tensor, groups: int, sides: tuple[int, int], top: int) -> Tensor:
    """Where to sample, [B·G, 9·rows, w, 2], in `grid_sample`'s coordinates: borders at ±1.

    ``sides``: height and width of what is sampled.
    """
    batch, _, height, width = offset.shape
    taps = torch.arange(9, device=offset.device).view(9, 1, 1)
    rows = torch.arange(top, top + height, device=offset.device).view(1, height, 1)
    columns = torch.arange(width, device=offset.device).view(1, 1, width)
    by_tap = offset.reshape(batch * groups, 9, 2, height, width)
    y = by_tap[:, :, 0] + (taps // 3 - 1 + rows)
    x = by_tap[:, :, 1] + (taps % 3 - 1 + columns)
    grid = torch.stack(((2 * x + 1) / sides[1] - 1, (2 * y + 1) / sides[0] - 1), dim=-1)
    return grid.view(batch * groups, 9 * height, width, 2)


def _product(weight: Tensor, columns: Tensor) -> Tensor:
    if not torch.is_autocast_enabled(columns.device.type):
        columns = columns.to(weight.dtype)
    return torch.matmul(weight.flatten(1), columns)


def _power_of_two(size: int) -> int:
    """The least power of two that is not below ``size``."""
    return 1 << (size - 1).bit_length()


def _wide(x: Tensor) -> Tensor:
    return x if x.dtype == torch.float64 else x.float()
