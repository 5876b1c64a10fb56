"""Attention over the frames of a window, and over the samples of a feature map."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from enhancers.layers.multiscale import MultiScale
from enhancers.layers.residual import conv3x3


class TemporalAttention(nn.Module):
    """Frames weighted by how alike they are to the current one, sample by sample.

    CRS, Section IV.B.2: both sides go through a 3×3 convolution each, their dot product over the
    channels through a sigmoid, and the neighbour's features are multiplied by that. The paper
    leaves open what becomes of the current frame's own (self-aligned) features; here they are
    weighted in the same way, by their likeness to themselves, as in EDVR.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.embed_current = conv3x3(channels, channels, gain=0.5)
        self.embed_neighbour = conv3x3(channels, channels, gain=0.5)

    def forward(self, aligned: Tensor, current: int) -> Tensor:
        """``[B, T, channels, h, w]`` in and out; ``current``: index of the current frame."""
        query: Tensor = self.embed_current(aligned[:, current])
        keys: Tensor = self.embed_neighbour(aligned.flatten(0, 1))
        keys = keys.view_as(aligned)
        # Summed in float32: half precision loses the small terms of 64 channels.
        alike = (keys * query.unsqueeze(1)).sum(2, keepdim=True, dtype=torch.float32)
        return aligned * torch.sigmoid(alike).to(aligned.dtype)


class SpatialAttention(nn.Module):
    """Features multiplied by a mask for each channel and sample, from a multiscale network.

    CRS, Section IV.B.2: as CBAM's, with the max pooling replaced by the MSN, which keeps the
    channels apart.
    """

    def __init__(self, channels: int, blocks: int) -> None:
        super().__init__()
        self.msn = MultiScale(channels, blocks)
        self.mask = conv3x3(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """``[B, channels, h, w]`` in and out."""
        mask: Tensor = self.mask(self.msn(x))
        return x * torch.sigmoid(mask)
