"""G(A, B, C): one picture restored with the help of two others (SRFR, Section 3.3).

EDVR's backbone at full size: features, PCD alignment to the picture, fusion by MTSA (or TSA, or a
1×1 convolution), and a residual by IQEM (or EDVR's reconstruction). Which pictures A and B are, and
in which order pictures are restored, is Algorithm 1: `enhancers.srfr.order`.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from enhancers.srfr.config import FRAMES, SrfrConfig
from enhancers.srfr.features import Pyramid, PyramidFeatures
from enhancers.srfr.iqem import Iqem, Reconstruction
from enhancers.srfr.motion import moved
from enhancers.srfr.mta import Concatenation, Mta
from enhancers.srfr.pcd import Pcd
from enhancers.srfr.psa import Psa
from enhancers.srfr.tsa import Tsa


class Mtsa(nn.Module):
    """Multi-scale temporal and spatial attention fusion (SRFR, Section 3.4), or what is left of it.

    MTA, or a concatenation in its place, then PSA, or nothing in its place.
    """

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


class Srfr(nn.Module):
    """Restores the middle one of three pictures of one size.

    Samples are floats, 0 to 1; sides are multiples of `SrfrConfig.multiple`. Parts named in
    `SrfrConfig.without` are not there, nor are their parameters. `features`, `align`, `fusion` and
    `reconstruct` are what training freezes; `align.higher_layers()` what it thaws first.

    With B: batch, P: planes, F: channels::

      pictures A, C, B [B, 3, P, H, W] ──(if compensated: A, B moved by blocks to C)──┐
               │                                                                      ▼
               │ C             PyramidFeatures of each picture: [B, F, H/s, W/s], s = 1, 2, 4
               │                  A │            C │            B │
               │                    ▼              ▼              ▼
               │                Pcd(A, C)      Pcd(C, C)      Pcd(B, C)
               │                    └──────────────┼──────────────┘
               │                                   ▼ aligned [B, 3, F, H, W]
               │                             Mtsa (or Tsa)
               │                                   ▼ fused [B, F, H, W]
               ▼                        Iqem (or Reconstruction)
               + ◀── residual [B, P, H, W] ────────┘
               └─▶ restored C [B, P, H, W]
    """

    def __init__(self, config: SrfrConfig) -> None:
        super().__init__()
        self.config = config
        self.features = PyramidFeatures(config)
        self.align = Pcd(config.channels, config.align_groups)
        self.fusion = Mtsa(config) if config.fusion == "mtsa" else Tsa(config.channels)
        self.reconstruct = Iqem(config) if config.has_iqem else Reconstruction(config)

    def compiled_parts(self) -> Iterable[nn.Module]:
        """The modules that ``--compile`` compiles."""
        return (self.features, self.align, self.fusion, self.reconstruct)

    def forward(self, pictures: Tensor, qp: Tensor) -> Tensor:
        """The restored pictures ``[B, planes, H, W]``, not clamped.

        Args:
            pictures: ``[B, 3, planes, H, W]`` in the order A, C, B: the second is restored. LR
                pictures are scaled up to H × W before.
            qp: ``[B, 3]``, of each picture.

        Raises:
            ValueError: not three pictures, other planes, or sides that are no multiples.
        """
        self._check(pictures, qp)
        if self.config.compensate:
            pictures = moved(pictures)
        together: Pyramid = self.features(pictures.flatten(0, 1), qp.flatten())
        split = [each.view(-1, FRAMES, *each.shape[1:]).unbind(1) for each in together]
        before, current, after = (Pyramid(*scales) for scales in zip(*split, strict=True))
        # One after the other: together they would take three times the memory.
        own = self.align(current, current) if self.config.align_current else current.whole
        aligned = [self.align(before, current), own, self.align(after, current)]
        residual: Tensor = self.reconstruct(self.fusion(torch.stack(aligned, dim=1), qp))
        return pictures[:, 1] + residual.to(pictures.dtype)

    def _check(self, pictures: Tensor, qp: Tensor) -> None:
        config = self.config
        given = tuple(pictures.shape)
        if pictures.dim() != 5 or given[1:3] != (FRAMES, config.planes):
            raise ValueError(f"pictures {given}: need [B, {FRAMES}, {config.planes}, H, W]")
        if any(side % config.multiple for side in given[-2:]):
            raise ValueError(f"pictures of {given[-2:]}: need multiples of {config.multiple}")
        if tuple(qp.shape) != given[:2]:
            raise ValueError(f"QPs {tuple(qp.shape)} for pictures {given}: need one of each")
