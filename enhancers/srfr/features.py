"""Features of one picture at three scales, by weights that all three pictures share.

EDVR (X. Wang et al., "EDVR: Video Restoration with Enhanced Deformable Convolutional Networks",
2019), Section 3.2, without its down-sampling at the front, as Section 3.3 of the SRFR paper has it.
Ours: pictures enter as ``x − 0.5``, so that zero padding is mid-grey; the QP of each picture
modulates its features; the rearrangement of `SrfrConfig.shuffle`.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from enhancers.layers.conditioning import QpModulation
from enhancers.layers.residual import ResidualStack, conv3x3
from enhancers.srfr.config import SrfrConfig


class Pyramid(NamedTuple):
    """Features ``[B, channels, h/s, w/s]`` for s = 1, 2, 4."""

    whole: Tensor
    half: Tensor
    quarter: Tensor


class PyramidFeatures(nn.Module):
    """Residual blocks at the size of the features, convolutions of stride 2 from there."""

    def __init__(self, config: SrfrConfig) -> None:
        super().__init__()
        channels = config.channels
        self.unshuffle = nn.PixelUnshuffle(config.shuffle)
        self.head = conv3x3(config.planes * config.shuffle**2, channels)
        self.qp = QpModulation(channels, enabled=config.qp_conditioning)
        self.blocks = ResidualStack(channels, config.feature_blocks)
        self.down_2 = conv3x3(channels, channels, stride=2)
        self.at_2 = conv3x3(channels, channels)
        self.down_4 = conv3x3(channels, channels, stride=2)
        self.at_4 = conv3x3(channels, channels)
        self.relu = nn.LeakyReLU(0.1)

    def forward(self, pictures: Tensor, qp: Tensor) -> Pyramid:
        """``[B, planes, H, W]``, multiples of ``4·shuffle``, and their ``[B]`` QPs.

        Gives h = H / shuffle, w = W / shuffle.
        """
        whole: Tensor = self.blocks(
            self.relu(self.qp(self.head(self.unshuffle(pictures - 0.5)), qp))
        )
        half: Tensor = self.relu(self.at_2(self.relu(self.down_2(whole))))
        quarter: Tensor = self.relu(self.at_4(self.relu(self.down_4(half))))
        return Pyramid(whole, half, quarter)
