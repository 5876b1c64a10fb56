"""PCD: pyramid, cascading and deformable alignment of one frame's features to another's.

EDVR, Section 3.2, Fig. 3, with its DCNv2 (`enhancers.layers.deform`); here at the size of the
features, without EDVR's down-sampling before it (SRFR, Section 3.3). What passes from a coarser
level to the next are the features that offsets are made of, up-sampled ×2 and doubled, and the
aligned features, up-sampled ×2; both bilinearly, as in EDVR.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from enhancers.layers.deform import ModulatedDeformConv
from enhancers.layers.residual import conv3x3
from enhancers.layers.resize import bilinear
from enhancers.srfr.features import Pyramid


def deform_conv(channels: int, groups: int) -> ModulatedDeformConv:
    """A convolution that at the start keeps its input's variance: offsets are 0, masks 1/2."""
    conv = ModulatedDeformConv(channels, groups)
    nn.init.kaiming_normal_(conv.weight, nonlinearity="linear")
    conv.weight.data.mul_(2)
    return conv


class Level(nn.Module):
    """Alignment at one scale, with the help of the coarser one where there is one."""

    def __init__(self, channels: int, groups: int, *, coarsest: bool, finest: bool) -> None:
        super().__init__()
        self.pair = conv3x3(2 * channels, channels)
        self.join_offsets = None if coarsest else conv3x3(2 * channels, channels)
        self.offsets = conv3x3(channels, channels)
        self.align = deform_conv(channels, groups)
        self.join = None if coarsest else conv3x3(2 * channels, channels)
        self.relu = nn.LeakyReLU(0.1)
        self.out = nn.Identity() if finest else self.relu

    def forward(
        self, neighbour: Tensor, current: Tensor, coarser: tuple[Tensor, Tensor] | None
    ) -> tuple[Tensor, Tensor]:
        """Two ``[B, channels, h, w]`` to the aligned features and what offsets are made of.

        ``coarser``: what the coarser level gave, ``[B, channels, h/2, w/2]`` each; None at the
        coarsest.
        """
        motion = self.relu(self.pair(torch.cat([neighbour, current], dim=1)))
        if self.join_offsets is not None and coarser is not None:
            motion = torch.cat([motion, 2 * bilinear(coarser[1])], dim=1)
            motion = self.relu(self.join_offsets(motion))
        motion = self.relu(self.offsets(motion))
        aligned = self.align(neighbour, motion)
        if self.join is not None and coarser is not None:
            aligned = self.join(torch.cat([aligned, bilinear(coarser[0])], dim=1))
        return self.out(aligned), motion


class Cascade(nn.Module):
    """One more alignment of what is aligned, against the current frame."""

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.pair = conv3x3(2 * channels, channels)
        self.offsets = conv3x3(channels, channels)
        self.align = deform_conv(channels, groups)
        self.relu = nn.LeakyReLU(0.1)

    def forward(self, aligned: Tensor, current: Tensor) -> Tensor:
        """Two ``[B, channels, h, w]`` to one."""
        motion = self.relu(self.pair(torch.cat([aligned, current], dim=1)))
        out: Tensor = self.relu(self.align(aligned, self.relu(self.offsets(motion))))
        return out


class Pcd(nn.Module):
    """A neighbour's features where the current frame has them. Levels at 1/4, 1/2 and 1."""

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.level_3 = Level(channels, groups, coarsest=True, finest=False)
        self.level_2 = Level(channels, groups, coarsest=False, finest=False)
        self.level_1 = Level(channels, groups, coarsest=False, finest=True)
        self.cascade = Cascade(channels, groups)

    def forward(self, neighbour: Pyramid, current: Pyramid) -> Tensor:
        """Two pyramids of ``[B, channels, h, w]`` to ``[B, channels, h, w]``."""
        coarser = self.level_3(neighbour.quarter, current.quarter, None)
        coarser = self.level_2(neighbour.half, current.half, coarser)
        aligned, _ = self.level_1(neighbour.whole, current.whole, coarser)
        out: Tensor = self.cascade(aligned, current.whole)
        return out

    def higher_layers(self) -> list[nn.Module]:
        """The layers that train again at the end of stage two: the finest level and the cascade.

        The paper (Section 4.1) says "the higher layers of the PCD module" and no more.
        """
        return [self.level_1, self.cascade]
