"""Between 4:2:0 planes and RGB, for networks that work on RGB.

ITU-R BT.709, limited range (luma 16 to 235, chroma 16 to 240 of 8 bits).
Chroma is scaled by `enhancers.layers.resize` with centred samples, the siting that the pipeline's
scaler takes for granted everywhere. Nothing is clamped and nothing rounded: all of it is linear but
for the offsets, and 4:2:0 has colours that RGB has not.

Chroma that is scaled up and down again is softer than it was: the round trip has 53 to 58 dB on
three clips (luma comes back to 1e-7). So what a network changed is brought back to 4:2:0 as a
difference (`apply_rgb`): what it left alone stays as it came, to the last bit.
"""

from __future__ import annotations

import torch
from torch import Tensor

from enhancers.layers.resize import downsample, upsample

KR, KB = 0.2126, 0.0722
"""Weights of red and blue in BT.709's luma."""

_KG = 1 - KR - KB
# Rows Y', Cb, Cr of columns R', G', B'; chroma within ±1/2.
_FROM_RGB = (
    (KR, _KG, KB),
    (-KR / (2 * (1 - KB)), -_KG / (2 * (1 - KB)), 0.5),
    (0.5, -_KG / (2 * (1 - KR)), -KB / (2 * (1 - KR))),
)
# Of 8 bits: steps from black to white and between the extremes of chroma, and what zero is.
_STEPS = (219.0, 224.0, 224.0)
_ZERO = (16.0, 128.0, 128.0)


def to_rgb(y: Tensor, uv: Tensor, depth: int = 8) -> Tensor:
    """RGB [B, 3, H, W] of planes Y [B, 1, H, W] and U, V [B, 2, H/2, W/2].

    Planes hold sample / (2^depth − 1). Black is 0 and white is 1 in RGB; colours outside the cube
    stay outside it.
    """
    planes = torch.cat((y, upsample(uv, 2)), dim=1) - _zero(y, depth)
    return _mixed(torch.linalg.inv(_matrix(depth)), planes)


def apply_rgb(
    y: Tensor, uv: Tensor, before: Tensor, after: Tensor, depth: int = 8
) -> tuple[Tensor, Tensor]:
    """Planes ``y``, ``uv`` with what was changed of their RGB picture ``before``: see `to_rgb`.

    Where ``after`` is ``before``, the planes come back as they are.
    """
    change = _mixed(_matrix(depth), after - before)
    return y + change[:, :1], uv + downsample(change[:, 1:], 2)


def _mixed(matrix: Tensor, planes: Tensor) -> Tensor:
    with torch.autocast(planes.device.type, enabled=False):
        wide = planes if planes.dtype == torch.float64 else planes.float()
        return torch.einsum("ij,bjhw->bihw", matrix.to(wide), wide)


def _matrix(depth: int) -> Tensor:
    """From RGB to Y, Cb, Cr in units of the largest sample, without the offset; [3, 3]."""
    matrix = torch.tensor(_FROM_RGB, dtype=torch.float64)
    steps = torch.tensor(_STEPS, dtype=torch.float64)[:, None]
    return matrix * steps * _unit(depth)


def _zero(like: Tensor, depth: int) -> Tensor:
    zero = torch.tensor(_ZERO, dtype=torch.float64) * _unit(depth)
    return zero.to(like.device, like.dtype).view(1, 3, 1, 1)


def _unit(depth: int) -> float:
    """A step of 8 bits as a share of the largest sample: 1 / 255 of 8 bits, 4 / 1023 of 10."""
    return float((1 << (depth - 8)) / ((1 << depth) - 1))
