"""Small SRFR networks and inputs for them."""

from dataclasses import replace

import torch
from torch import Tensor

from enhancers.srfr.config import SrfrConfig
from enhancers.srfr.network import Srfr

SMALLEST = SrfrConfig(
    channels=8,
    feature_blocks=1,
    align_groups=2,
    heads=2,
    reconstruction_blocks=1,
    iqem_layers=2,
    iqem_channels=12,
)

KINDS = [
    {},
    {"without": ("IQEM",)},
    {"without": ("MTA",)},
    {"without": ("PSA",)},
    {"without": ("IQEM", "MTA", "PSA")},
    {"fusion": "tsa"},
    {"fusion": "tsa", "without": ("IQEM",)},
    {"align_current": False},
]
"""What the ablation compares."""


def network(seed: int = 0, **options) -> Srfr:
    torch.manual_seed(seed)
    return Srfr(replace(SMALLEST, **options))


def woken(net: torch.nn.Module, std: float = 0.05) -> torch.nn.Module:
    """With random numbers wherever weights start at zero, as if it were trained."""
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in net.parameters():
            if not parameter.any():
                parameter.normal_(std=std)
    return net


def inputs(
    config: SrfrConfig, *, batch: int = 2, size: tuple[int, int] = (16, 24), seed: int = 0
) -> tuple[Tensor, Tensor]:
    """Arguments of `Srfr.forward`."""
    torch.manual_seed(seed)
    return torch.rand(batch, 3, config.planes, *size), 22 + 25 * torch.rand(batch, 3)
