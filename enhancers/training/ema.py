"""A moving average of weights: less noisy than the weights of any one step."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor, nn


class Ema(nn.Module):
    """A copy of a network whose weights follow the trained ones slowly.

    ``decay``: share of the old average kept at each step; 0: the weights themselves. Early steps
    keep less, (1 + n) / (10 + n) after n of them, so that the first weights are soon forgotten.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        super().__init__()
        self.network = deepcopy(network).requires_grad_(False).eval()
        self.decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Follow ``network`` after step ``step`` (the first is 1)."""
        keep = min(self.decay, (1 + step) / (10 + step))
        averages: list[Tensor] = list(self.network.parameters())
        weights: list[Tensor] = list(network.parameters())
        torch._foreach_lerp_(averages, weights, 1 - keep)
        for average, buffer in zip(self.network.buffers(), network.buffers(), strict=True):
            average.copy_(buffer)

    def train(self, mode: bool = True) -> Ema:
        """The average is never trained."""
        del mode
        return self
