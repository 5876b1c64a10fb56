"""MTSA: multi-scale temporal and spatial attention fusion (SRFR, Section 3.4), or what is left."""

from __future__ import annotations

from torch import Tensor, nn

from enhancers.layers.residual import conv1x1
from enhancers.srfr.config import FRAMES, SrfrConfig
from enhancers.srfr.mta import Mta
from enhancers.srfr.psa import Psa


class Concatenation(nn.Module):
    """In place of MTA: the frames concatenated and fused by a 1×1 convolution, as EDVR does."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.merge = conv1x1(FRAMES * channels, channels)
        self.relu = nn.LeakyReLU(0.1)

    def forward(self, aligned: Tensor, qp: Tensor) -> Tensor:
        """``[B, T, channels, h, w]`` to ``[B, channels, h, w]``; ``qp`` as for `Mta`, not used."""
        del qp
        out: Tensor = self.relu(self.merge(aligned.flatten(1, 2)))
        return out


class Mtsa(nn.Module):
    """MTA, or a concatenation in its place, then PSA, or nothing in its place."""

    def __init__(self, config: SrfrConfig) -> None:
        super().__init__()
        channels = config.channels
        self.time = Mta(config) if config.has_mta else Concatenation(channels)
        self.space = Psa(channels) if config.has_psa else nn.Identity()

    def forward(self, aligned: Tensor, qp: Tensor) -> Tensor:
        """Features ``[B, T, channels, h, w]`` and QPs ``[B, T]`` to ``[B, channels, h, w]``.

        The current frame is the second of three; sides are multiples of 4.
        """
        out: Tensor = self.space(self.time(aligned, qp))
        return out
