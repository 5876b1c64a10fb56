"""The multiscale network (MSN): residual blocks at three scales of their input."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from enhancers.layers.residual import ResidualStack, conv3x3


class MultiScale(nn.Module):
    """A small U-net of residual blocks at 1, 1/2 and 1/4 of its input's size.

    CRS, Section IV.B, says "a multiscale network that consists of several residual blocks" and no
    more. Here: ``blocks`` residual blocks at each scale, convolutions of stride 2 on the way down;
    on the way up bilinear interpolation to the size of the skip connection, which is added, and a
    convolution. Sizes need not be even: those on the way down are rounded up.
    """

    def __init__(self, channels: int, blocks: int = 1) -> None:
        super().__init__()
        self.at_1 = ResidualStack(channels, blocks)
        self.down_2 = conv3x3(channels, channels, stride=2)
        self.at_2 = ResidualStack(channels, blocks)
        self.down_4 = conv3x3(channels, channels, stride=2)
        self.at_4 = ResidualStack(channels, blocks)
        self.up_2 = conv3x3(channels, channels)
        self.up_1 = conv3x3(channels, channels)
        self.relu = nn.LeakyReLU(0.1)

    def forward(self, x: Tensor) -> Tensor:
        """``[B, channels, h, w]`` in and out, h and w ≥ 4."""
        whole = self.at_1(x)
        half = self.at_2(self.relu(self.down_2(whole)))
        quarter = self.at_4(self.relu(self.down_4(half)))
        half = self.relu(self.up_2(half + _resized(quarter, half)))
        out: Tensor = self.relu(self.up_1(whole + _resized(half, whole)))
        return out


def _resized(x: Tensor, like: Tensor) -> Tensor:
    return functional.interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=False)
