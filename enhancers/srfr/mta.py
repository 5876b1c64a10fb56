"""MTA: attention along time at three scales (SRFR, Section 3.4 (a), Fig. 4), or a concatenation.

Where the paper is silent:

- The scales are made by 3×3 convolutions of stride 2, with twice the channels each ("embedding
  dimension equal to the channel dimension of the corresponding scale").
- AdaNorm is that of J. Xu et al., "Understanding and Improving Layer Normalization", 2019; where
  the network knows QPs, the QP of each frame modulates what it gives.
- All three frames ask all three, so that none loses what only it has; what all say at all scales is
  concatenated and fused by one 1×1 convolution. That convolution and bilinear up-sampling commute:
  each scale is convolved at its own size, then up-sampled and summed, which gives the same.
- Projections have no bias: of a key's bias softmax sees nothing. The last one starts small, so that
  attention starts as a small correction.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from enhancers.layers.conditioning import QpModulation
from enhancers.layers.residual import RESIDUAL_GAIN, conv1x1, conv3x3
from enhancers.layers.resize import bilinear
from enhancers.srfr.config import FRAMES, SCALES, SrfrConfig


class AdaNorm(nn.Module):
    """``(1 − k·y) · y`` with y normalized over the channels of each sample; no parameters.

    Xu et al., eq. (6), with C = 1; as there, no gradient goes through the factor.
    """

    K = 0.1
    EPS = 1e-5

    def forward(self, x: Tensor) -> Tensor:
        """``[B, channels, h, w]`` in and out; in float32 at least inside."""
        wide = x if x.dtype == torch.float64 else x.float()
        variance, mean = torch.var_mean(wide, dim=1, correction=0, keepdim=True)
        y = (wide - mean) * (variance + self.EPS).rsqrt()
        return ((1 - self.K * y).detach() * y).to(x.dtype)


class TimeAttention(nn.Module):
    """Multi-head scaled dot-product attention among the frames, at each sample by itself."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        if heads < 1 or channels % heads:
            raise ValueError(f"{channels} channels do not divide into {heads} heads")
        self.heads = heads
        self.project = conv1x1(channels, 3 * channels, bias=False)
        self.out = conv1x1(channels, channels, gain=RESIDUAL_GAIN)

    def forward(self, x: Tensor) -> Tensor:
        """``[B, T, channels, h, w]`` in and out."""
        batch, frames, channels, height, width = x.shape
        # Not `scaled_dot_product_attention`: that wants a batch of h·w sequences of length three,
        # more than its kernels for GPUs take, and all of it transposed.
        projected: Tensor = self.project(x.flatten(0, 1))
        split = projected.view(batch, frames, 3, self.heads, channels // self.heads, height, width)
        query, key, value = split.unbind(2)
        scale = (channels // self.heads) ** -0.5
        alike = torch.stack(
            [(query * key[:, at : at + 1]).sum(3, dtype=_wide(x)) for at in range(frames)], dim=2
        )  # [B, asking, asked, heads, h, w]
        weights = (scale * alike).softmax(2).to(value.dtype).unsqueeze(4)
        seen = weights[:, :, 0] * value[:, :1]
        for at in range(1, frames):
            seen = torch.addcmul(seen, weights[:, :, at], value[:, at : at + 1])
        out: Tensor = self.out(seen.reshape(batch * frames, channels, height, width))
        return out.view(batch, frames, channels, height, width)


class Scale(nn.Module):
    """One scale: normalization, attention, residual, and the frames fused."""

    def __init__(self, config: SrfrConfig, scale: int) -> None:
        super().__init__()
        channels = scale * config.channels
        self.norm = AdaNorm()
        self.qp = QpModulation(channels, enabled=config.qp_conditioning)
        self.attention = TimeAttention(channels, config.heads)
        self.fuse = conv1x1(
            FRAMES * channels, config.channels, bias=scale == 1, gain=len(SCALES) ** -0.5
        )

    def forward(self, x: Tensor, qp: Tensor) -> Tensor:
        """``[B, T, channels, h, w]`` and QPs ``[B, T]`` to ``[B, config.channels, h, w]``."""
        calm = self.qp(self.norm(x.flatten(0, 1)), qp.flatten()).view_as(x)
        out: Tensor = self.fuse((x + self.attention(calm)).flatten(1, 2))
        return out


class Mta(nn.Module):
    """Aligned features of the frames, fused."""

    def __init__(self, config: SrfrConfig) -> None:
        super().__init__()
        channels = config.channels
        self.at_1, self.at_2, self.at_4 = (Scale(config, scale) for scale in SCALES)
        self.down_2 = conv3x3(channels, 2 * channels, stride=2)
        self.down_4 = conv3x3(2 * channels, 4 * channels, stride=2)
        self.relu = nn.LeakyReLU(0.1)

    def forward(self, aligned: Tensor, qp: Tensor) -> Tensor:
        """``[B, T, channels, h, w]`` and QPs ``[B, T]`` to ``[B, channels, h, w]``."""
        batch, frames = aligned.shape[:2]

        def split(x: Tensor) -> Tensor:
            return x.view(batch, frames, *x.shape[1:])

        half: Tensor = self.relu(self.down_2(aligned.flatten(0, 1)))
        quarter: Tensor = self.relu(self.down_4(half))
        fused = self.at_1(aligned, qp)
        fused = fused + bilinear(self.at_2(split(half), qp), 2)
        fused = fused + bilinear(self.at_4(split(quarter), qp), 4)
        out: Tensor = self.relu(fused)
        return out


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


def _wide(x: Tensor) -> torch.dtype:
    """Half precision loses the small terms of a sum over channels."""
    return torch.float64 if x.dtype == torch.float64 else torch.float32
