"""The losses that training minimizes."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

CHARBONNIER_EPSILON = 1e-3
Kind = Literal["l1", "charbonnier"]


def losses_of(kind: Kind, restored: Tensor, target: Tensor) -> Tensor:
    """|d|, or sqrt(d² + ε²) with ε = 1e-3, of each sample, in float32."""
    difference = restored.float() - target
    if kind == "l1":
        return difference.abs()
    return torch.sqrt(difference.square() + CHARBONNIER_EPSILON**2)
