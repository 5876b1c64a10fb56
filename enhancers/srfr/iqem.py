"""From fused features to the residual of the picture: IQEM, or EDVR's reconstruction.

Their parameters have names of their own, so that a training that goes on with the other takes
nothing over: a trained last convolution behind new layers would start far from the picture. Both
last convolutions start at zero: an untrained network gives the picture that it was given.
"""

from __future__ import annotations

from torch import Tensor, nn

from enhancers.layers.residual import RESIDUAL_GAIN, ResidualStack, conv3x3
from enhancers.srfr.config import SrfrConfig


class SkippedConv(nn.Module):
    """``x + conv(ReLU(x))``."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.relu = nn.ReLU()
        self.conv = conv3x3(channels, channels, gain=RESIDUAL_GAIN)

    def forward(self, x: Tensor) -> Tensor:
        """``[B, channels, h, w]`` in and out."""
        out: Tensor = self.conv(self.relu(x))
        return x + out


class Iqem(nn.Module):
    """The image quality enhancement module (SRFR, Section 3.4 (c)).

    The paper: "many convolutional layers; each layer employs C2 convolutional filters and uses ReLU
    as the activation function", a residual is predicted. Ours: a skip around each layer but the
    first, ReLU before its convolution and none before the last one. Plain stacks
    as deep are known to train badly; a ReLU in front of the picture was seen to die as a whole.
    """

    def __init__(self, config: SrfrConfig) -> None:
        super().__init__()
        channels = config.iqem_channels
        self.first = conv3x3(config.channels, channels)
        self.layers = nn.Sequential(*(SkippedConv(channels) for _ in range(config.iqem_layers - 1)))
        self.last = conv3x3(channels, config.planes * config.shuffle**2, gain=0)
        self.shuffle = nn.PixelShuffle(config.shuffle)

    def forward(self, fused: Tensor) -> Tensor:
        """``[B, channels, h, w]`` to ``[B, planes, shuffle·h, shuffle·w]``."""
        out: Tensor = self.shuffle(self.last(self.layers(self.first(fused))))
        return out


class Reconstruction(nn.Module):
    """EDVR's reconstruction (its Section 3.1) without the up-sampling: residual blocks."""

    def __init__(self, config: SrfrConfig) -> None:
        super().__init__()
        channels = config.channels
        self.blocks = ResidualStack(channels, config.reconstruction_blocks)
        self.conv = conv3x3(channels, channels)
        self.relu = nn.LeakyReLU(0.1)
        self.tail = conv3x3(channels, config.planes * config.shuffle**2, gain=0)
        self.shuffle = nn.PixelShuffle(config.shuffle)

    def forward(self, fused: Tensor) -> Tensor:
        """``[B, channels, h, w]`` to ``[B, planes, shuffle·h, shuffle·w]``."""
        out: Tensor = self.shuffle(self.tail(self.relu(self.conv(self.blocks(fused)))))
        return out
