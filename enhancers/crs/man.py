"""MAN, the motion alignment and aggregation network (CRS, Section IV.B, Fig. 3).

Where the paper is silent:

- The first convolution, from planes to channels, is not counted among the four residual blocks.
  Pictures enter as ``x − 0.5``, so that zero padding is mid-grey.
- The offsets' network is a convolution from the pair's 2·C channels to C, the MSN, and the
  convolution in :class:`~enhancers.layers.deform.ModulatedDeformConv` to ``2·9·G`` offsets and
  ``9·G`` masks (G groups of channels). It starts at zero offsets and masks of 1/2: as a plain
  convolution.
- Self-aligned features are weighted by temporal attention as all others are.
- The convolution after the concatenation is 1×1, as in EDVR.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from enhancers.crs.config import CrsConfig
from enhancers.layers.attention import SpatialAttention, TemporalAttention
from enhancers.layers.conditioning import QpModulation
from enhancers.layers.deform import ModulatedDeformConv
from enhancers.layers.multiscale import MultiScale
from enhancers.layers.residual import ResidualStack, conv3x3


class FrameFeatures(nn.Module):
    """The features of one LR frame, by weights that all frames of the window share.

    A network without MAN keeps these: the current frame's are then the motion representation.
    """

    def __init__(self, config: CrsConfig) -> None:
        super().__init__()
        self.head = conv3x3(config.planes, config.channels)
        self.qp = QpModulation(config.channels, enabled=config.qp_conditioning)
        self.blocks = ResidualStack(config.channels, config.man_blocks)

    def forward(self, lr: Tensor, qp: Tensor) -> Tensor:
        """``[B, planes, h, w]`` and its ``[B]`` QPs to ``[B, channels, h, w]``."""
        out: Tensor = self.blocks(self.qp(self.head(lr - 0.5), qp))
        return out


class PairNetwork(nn.Module):
    """The features that offsets and masks are made of, for a pair (current, other) of features."""

    def __init__(self, config: CrsConfig) -> None:
        super().__init__()
        self.head = conv3x3(2 * config.channels, config.channels)
        self.relu = nn.LeakyReLU(0.1)
        self.msn = MultiScale(config.channels, config.msn_blocks)

    def forward(self, current: Tensor, other: Tensor) -> Tensor:
        """Two ``[B, channels, h, w]`` to one."""
        out: Tensor = self.msn(self.relu(self.head(torch.cat([current, other], dim=1))))
        return out


class Man(nn.Module):
    """The aggregated motion representation of a window of frames' features."""

    def __init__(self, config: CrsConfig) -> None:
        super().__init__()
        channels = config.channels
        self.current = config.current
        self.pair = PairNetwork(config)
        self.align = ModulatedDeformConv(channels, config.deform_groups)
        self.temporal = TemporalAttention(channels)
        self.merge = nn.Conv2d(config.window * channels, channels, 1)
        self.spatial = SpatialAttention(channels, config.msn_blocks)
        for weight in (self.align.weight, self.merge.weight):
            nn.init.kaiming_normal_(weight, nonlinearity="linear")
            weight.data.mul_(2)  # masks start at 1/2

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """T of ``[B, channels, h, w]``, in display order, to ``[B, channels, h, w]``."""
        window, batch = len(features), features[0].shape[0]
        others = torch.stack(tuple(features), dim=1).flatten(0, 1)  # all pairs at once
        current = features[self.current].repeat_interleave(window, dim=0)
        aligned: Tensor = self.align(others, self.pair(current, others))
        aligned = aligned.reshape(batch, window, *aligned.shape[1:])
        weighted = self.temporal(aligned, self.current)
        merged: Tensor = self.spatial(self.merge(weighted.flatten(1, 2)))
        return merged
