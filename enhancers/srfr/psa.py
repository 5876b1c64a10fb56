"""PSA: pyramid spatial attention (SRFR, Section 3.4 (b), Fig. 4).

Where the paper is silent: the pooling is local, 3×3 with stride 2, as in EDVR's TSA (the text says
"global statistics"; a pooling of the whole picture could not be done in tiles); a spatial attention
is a 1×1 convolution and a mask for each channel and sample by a 3×3 one; an up-convolution is
bilinear up-sampling and a 3×3 convolution; the "original feature" that the first is added to is
what its pyramid began with at that size, the result of the second attention. The mask is doubled,
as in EDVR, so that it starts near 1.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from enhancers.layers.residual import RESIDUAL_GAIN, conv1x1, conv3x3
from enhancers.layers.resize import bilinear


def pooled(x: Tensor) -> Tensor:
    """``[B, C, h, w]``, even sides, to max and mean of 3×3: ``[B, 2·C, h/2, w/2]``."""
    largest = functional.max_pool2d(x, 3, stride=2, padding=1)
    return torch.cat([largest, functional.avg_pool2d(x, 3, stride=2, padding=1)], dim=1)


class Gate(nn.Module):
    """Spatial attention: features, brought to ``channels``, times a mask made of themselves."""

    def __init__(self, inputs: int, channels: int) -> None:
        super().__init__()
        self.reduce = conv1x1(inputs, channels)
        self.mask = conv3x3(channels, channels)
        self.relu = nn.LeakyReLU(0.1)

    def forward(self, x: Tensor) -> Tensor:
        """``[B, inputs, h, w]`` to ``[B, channels, h, w]``."""
        reduced: Tensor = self.relu(self.reduce(x))
        mask: Tensor = self.mask(reduced)
        return reduced * mask.sigmoid()


class Psa(nn.Module):
    """Fused features, weighted at each sample by what their surroundings say."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gate_1 = Gate(channels, channels)
        self.gate_2 = Gate(2 * channels, channels)
        self.up_2 = conv3x3(2 * channels, channels)
        self.gate_3 = Gate(channels, channels)
        self.up_1 = conv3x3(channels, channels, gain=RESIDUAL_GAIN)
        self.relu = nn.LeakyReLU(0.1)

    def forward(self, x: Tensor) -> Tensor:
        """``[B, channels, h, w]`` in and out, sides multiples of 4."""
        half = self.gate_2(pooled(self.gate_1(x)))
        half = half + self.relu(self.up_2(bilinear(pooled(half))))
        mask: Tensor = self.up_1(bilinear(self.gate_3(half)))
        return x * (2 * mask.sigmoid())
