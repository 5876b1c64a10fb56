"""TCN, the texture compensation network (CRS, Section IV.C, Fig. 4).

Where the paper is silent, and where this departs from it:

- The four residual blocks of the multi-scale features are spread over the scales: two at H, one at
  H/2, one at H/4 (`CrsConfig.tcn_layout`). All four at H would add 7 % to the operations of a
  picture and 68 % to those of a key.
- Values are taken before the activation, so that they keep their sign; the cosine of features that
  are all positive is near 1 for all pairs. Pictures enter as ``x − 0.5`` for the same reason.
- The cosine does not see how large features are, so that a light flat patch would match any other
  one. The first convolution's bias therefore starts at random (standard deviation `HEAD_BIAS`): a
  constant beside the samples turns brightness into direction. In an untrained network, matching a
  shifted photograph, this took the transferred luma from 27 to 48 dB where the sky is flat.
- "In the folding step we plug the convolutions": a 3×3 convolution after each fold.
- Eq. (13) does not use the texture of the smallest scale. Here it enters that of H/2: bilinearly
  up-sampled after its convolution and concatenated before that one's, so that it is not computed
  for nothing; the affinity stays that of H/2.
- The key may be of another size than the current picture: in training a larger crop of it serves
  the same patch; and the re-sampled key is made of the LR picture that the decoder has of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from enhancers.crs.config import CrsConfig
from enhancers.layers.conditioning import QpModulation
from enhancers.layers.residual import ResidualStack, conv3x3
from enhancers.matching.match import find_matches
from enhancers.matching.transfer import affinity_map, transfer

HEAD_BIAS = 0.2


@dataclass(frozen=True)
class KeyFeatures:
    """The features of an HR key frame, whatever picture is restored from it."""

    values: tuple[Tensor, Tensor, Tensor]
    """``[B, channels, Hk/s, Wk/s]`` for s = 1, 2, 4: of the key itself."""
    search: Tensor
    """``[B, channels, Hk/4, Wk/4]``: of the re-sampled key, to be matched with."""


@dataclass(frozen=True)
class Texture:
    """The texture that one key gives to a picture of H × W."""

    half: Tensor
    """``[B, channels, H/2, W/2]``."""
    half_affinity: Tensor
    """``[B, 1, H/2, W/2]``, within -1 and 1."""
    whole: Tensor
    """``[B, channels, H, W]``."""
    whole_affinity: Tensor
    """``[B, 1, H, W]``."""


class PyramidFeatures(nn.Module):
    """Multi-scale feature extraction (MFE), shared by keys, re-sampled keys and current frames."""

    def __init__(self, config: CrsConfig) -> None:
        super().__init__()
        channels = config.channels
        whole, half, quarter = config.tcn_layout
        self.head = conv3x3(config.planes, channels)
        assert self.head.bias is not None
        nn.init.normal_(self.head.bias, std=HEAD_BIAS)
        self.qp = QpModulation(channels, enabled=config.qp_conditioning)
        self.at_1 = ResidualStack(channels, whole)
        self.down_2 = conv3x3(channels, channels, stride=2)
        self.at_2 = ResidualStack(channels, half)
        self.down_4 = conv3x3(channels, channels, stride=2)
        self.at_4 = ResidualStack(channels, quarter)
        self.relu = nn.LeakyReLU(0.1)

    def forward(self, picture: Tensor, qp: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``[B, planes, H, W]``, multiples of 4, to ``[B, channels, H/s, W/s]``, s = 1, 2, 4."""
        whole: Tensor = self.at_1(self.qp(self.head(picture - 0.5), qp))
        half: Tensor = self.at_2(self.down_2(self.relu(whole)))
        quarter: Tensor = self.at_4(self.down_4(self.relu(half)))
        return whole, half, quarter


class Tcn(nn.Module):
    """Texture of the keys, put together for the current picture."""

    def __init__(self, config: CrsConfig) -> None:
        super().__init__()
        channels = config.channels
        self.matching = config.matching
        self.mfe = PyramidFeatures(config)
        self.fold_4 = conv3x3(channels, channels)
        self.fold_2 = conv3x3(2 * channels, channels)
        self.fold_1 = conv3x3(channels, channels)
        self.relu = nn.LeakyReLU(0.1)

    def key_features(self, key: Tensor, resampled: Tensor, qp: Tensor) -> KeyFeatures:
        """Features of keys ``[B, planes, Hk, Wk]`` and the same re-sampled, at QPs ``[B]``."""
        values = self.mfe(key, qp)
        return KeyFeatures(values, self.mfe(resampled, qp)[2])

    def forward(self, upscaled: Tensor, keys: Sequence[KeyFeatures], qp: Tensor) -> list[Texture]:
        """``[B, planes, H, W]``, the current frame scaled up: the texture from each key."""
        query: Tensor = self.mfe(upscaled, qp)[2]
        return [self._texture(query, key) for key in keys]

    def _texture(self, query: Tensor, key: KeyFeatures) -> Texture:
        match = find_matches(query, key.search, self.matching)
        whole, half, quarter = (
            transfer(value, match, scale)
            for value, scale in zip(key.values, (4, 2, 1), strict=True)
        )
        quarter = self.relu(self.fold_4(quarter))
        quarter = functional.interpolate(
            quarter, scale_factor=2, mode="bilinear", align_corners=False
        )
        return Texture(
            half=self.relu(self.fold_2(torch.cat([half, quarter.to(half.dtype)], dim=1))),
            half_affinity=affinity_map(match, 2),
            whole=self.relu(self.fold_1(whole)),
            whole_affinity=affinity_map(match, 4),
        )
