"""Similarity-driven fusion (CRS, Section IV.D, Fig. 5): eq. (13), at H/2 and then at H.

Where the paper is silent: a convolution takes each concatenation to C channels; between the scales
is a convolution with pixel shuffle; at k = 4 the motion representation, of H/4, comes up to H/2 in
the same way. The texture is multiplied by the affinity ("the affinity as weight"), and the affinity
is concatenated as well. With several keys (RA) theirs are concatenated in display order. The last
convolution starts at zero: an untrained network gives the bicubic picture.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from enhancers.crs.config import CrsConfig
from enhancers.crs.tcn import Texture
from enhancers.layers.conditioning import QpModulation
from enhancers.layers.residual import ResidualStack, conv3x3


class PixelShuffleUp(nn.Module):
    """Twice the size by a 3×3 convolution to 4·C channels, pixel shuffle and LeakyReLU."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = conv3x3(channels, 4 * channels)
        self.shuffle = nn.PixelShuffle(2)
        self.relu = nn.LeakyReLU(0.1)

    def forward(self, x: Tensor) -> Tensor:
        """``[B, channels, h, w]`` to ``[B, channels, 2·h, 2·w]``."""
        out: Tensor = self.relu(self.shuffle(self.conv(x)))
        return out


class FusionStage(nn.Module):
    """The fusion at one scale: of features, and of a texture and its affinity for each key."""

    def __init__(self, config: CrsConfig, blocks: int) -> None:
        super().__init__()
        channels = config.channels
        self.head = conv3x3(channels + config.used_keys * (channels + 1), channels)
        self.relu = nn.LeakyReLU(0.1)
        self.qp = QpModulation(channels, enabled=config.qp_conditioning)
        self.blocks = ResidualStack(channels, blocks)

    def forward(
        self, features: Tensor, textures: Sequence[tuple[Tensor, Tensor]], qp: Tensor
    ) -> Tensor:
        """``[B, channels, h, w]``, and a texture and ``[B, 1, h, w]`` for each key; same out."""
        parts = [features]
        for texture, affinity in textures:
            weight = affinity.to(texture.dtype)
            parts += [texture * weight, weight]
        out: Tensor = self.blocks(self.qp(self.relu(self.head(torch.cat(parts, dim=1))), qp))
        return out


class Fusion(nn.Module):
    """From the motion representation and the textures to what bicubic up-sampling misses."""

    def __init__(self, config: CrsConfig) -> None:
        super().__init__()
        channels = config.channels
        ups = config.scale.bit_length() - 2  # of motion, from H/k to H/2
        self.motion = nn.Sequential(*(PixelShuffleUp(channels) for _ in range(ups)))
        self.at_2 = FusionStage(config, config.fusion_blocks)
        self.up = PixelShuffleUp(channels)
        self.at_1 = FusionStage(config, config.fusion_blocks_hr)
        self.tail = conv3x3(channels, config.planes, gain=0)

    def forward(self, motion: Tensor, textures: Sequence[Texture], qp: Tensor) -> Tensor:
        """``[B, channels, H/k, W/k]`` and each key's texture to ``[B, planes, H, W]``."""
        x = self.at_2(self.motion(motion), [(t.half, t.half_affinity) for t in textures], qp)
        x = self.at_1(self.up(x), [(t.whole, t.whole_affinity) for t in textures], qp)
        residual: Tensor = self.tail(x)
        return residual
