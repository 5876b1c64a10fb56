"""Features told at which QP their frame was coded: one set of weights for all QPs."""

from __future__ import annotations

import torch
from torch import Tensor, nn

QP_CENTRE = 37.0
QP_SPAN = 10.0


class QpModulation(nn.Module):
    """``(1 + a(q)) · x + b(q)`` for each channel, a and b linear in ``q = (QP − 37) / 10``.

    Starts as the identity (a = b = 0). Not in the CRS paper, which trains a network for each QP:
    with ``enabled`` false this is the identity for good and has no parameters.
    """

    def __init__(self, channels: int, *, enabled: bool = True) -> None:
        super().__init__()
        self.affine = nn.Linear(1, 2 * channels) if enabled else None
        if self.affine is not None:
            nn.init.zeros_(self.affine.weight)
            nn.init.zeros_(self.affine.bias)

    def forward(self, x: Tensor, qp: Tensor) -> Tensor:
        """``[B, channels, h, w]`` in and out; ``qp``: ``[B]``, of each picture."""
        if self.affine is None:
            return x
        with torch.autocast(x.device.type, enabled=False):
            q = (qp.to(self.affine.weight.dtype) - QP_CENTRE) / QP_SPAN
            scale, shift = self.affine(q[:, None])[:, :, None, None].to(x.dtype).chunk(2, dim=1)
        return torch.addcmul(x + shift, x, scale)
