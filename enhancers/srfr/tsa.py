"""TSA, EDVR's own fusion (EDVR, Section 3.3, Fig. 4): what MTSA is compared with."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from enhancers.layers.attention import TemporalAttention
from enhancers.layers.residual import RESIDUAL_GAIN, conv1x1, conv3x3
from enhancers.layers.resize import bilinear
from enhancers.srfr.config import FRAMES
from enhancers.srfr.psa import pooled


class Tsa(nn.Module):
    """Frames weighted by their likeness to the current one, fused, then weighted in space."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.temporal = TemporalAttention(channels)
        self.merge = conv1x1(FRAMES * channels, channels)
        self.mask_1 = conv1x1(FRAMES * channels, channels)
        self.mask_2 = conv1x1(2 * channels, channels)
        self.level_1 = conv1x1(channels, channels)
        self.level_2 = conv3x3(2 * channels, channels)
        self.level_3 = conv3x3(channels, channels)
        self.mask_3 = conv3x3(channels, channels)
        self.mask_4 = conv1x1(channels, channels)
        self.mask_5 = conv3x3(channels, channels, gain=RESIDUAL_GAIN)
        self.add_1 = conv1x1(channels, channels)
        self.add_2 = conv1x1(channels, channels, gain=RESIDUAL_GAIN)
        self.relu = nn.LeakyReLU(0.1)

    def forward(self, aligned: Tensor, qp: Tensor) -> Tensor:
        """``[B, T, channels, h, w]``, sides multiples of 4, to ``[B, channels, h, w]``.

        ``qp``: as :class:`enhancers.srfr.network.Mtsa` takes it; not used.
        """
        del qp
        frames: Tensor = self.temporal(aligned, 1).flatten(1, 2)
        fused: Tensor = self.relu(self.merge(frames))
        half = self.relu(self.mask_2(pooled(self.relu(self.mask_1(frames)))))
        quarter = self.relu(self.level_2(pooled(self.relu(self.level_1(half)))))
        quarter = self.relu(self.level_3(quarter))
        half = self.relu(self.mask_3(half)) + bilinear(quarter)
        mask: Tensor = self.mask_5(bilinear(self.relu(self.mask_4(half))))
        added: Tensor = self.add_2(self.relu(self.add_1(mask)))
        return torch.addcmul(added, fused, 2 * mask.sigmoid())
