"""3×3 patches of a feature map, padded with zeros at the borders."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it
from torch import Tensor

TAPS = tuple((dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1))
_EPSILON = 1e-6  # of a norm: patches of zeros are like nothing, affinity 0


def inverse_norms(features: Tensor) -> Tensor:
    """1 / Euclidean norm [B, h, w] of the patch around each sample of [B, F, h, w]."""
    squares = F.avg_pool2d(features.square().sum(1, keepdim=True), 3, 1, 1, divisor_override=1)
    return squares.clamp_min(_EPSILON**2).rsqrt()[:, 0]


def unit_patches(features: Tensor) -> Tensor:
    """All patches of [B, F, h, w] as columns of norm 1: [B, 9F, h·w]."""
    return F.unfold(features, 3, padding=1).mul_(inverse_norms(features).flatten(1)[:, None])


def padded_rows(features: Tensor, before: int = 1, after: int = 1) -> Tensor:
    """[B, F, h, w] as one row of F a sample, zeros around: [B·(h+before+after)·(w+…), F]."""
    padded = F.pad(features, (before, after, before, after))
    return padded.permute(0, 2, 3, 1).reshape(-1, features.shape[1]).contiguous()


def batch_offsets(batch: int, rows: int, device: torch.device) -> Tensor:
    """[B, 1]: where each picture's rows begin when those of all pictures follow each other."""
    return torch.arange(batch, device=device)[:, None] * rows
