"""Small CRS networks and inputs for them."""

from dataclasses import replace

import torch
from torch import Tensor

from enhancers.crs.config import CrsConfig
from enhancers.crs.network import Crs

SMALLEST = CrsConfig(
    channels=8,
    man_blocks=1,
    tcn_blocks=3,
    fusion_blocks=1,
    fusion_blocks_hr=1,
    deform_groups=2,
)


def network(seed: int = 0, **options) -> Crs:
    torch.manual_seed(seed)
    return Crs(replace(SMALLEST, **options))


def woken(net: Crs) -> Crs:
    """With random numbers wherever weights start at zero, as if it were trained."""
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in net.parameters():
            if not parameter.any():
                parameter.normal_(std=0.05)
    return net


def inputs(
    config: CrsConfig,
    *,
    batch: int = 2,
    lr: tuple[int, int] = (8, 12),
    key: tuple[int, int] | None = None,
    seed: int = 0,
) -> dict[str, Tensor]:
    """Arguments of `Crs.forward`; ``key``: LR size of the keys, the current picture's if None."""
    torch.manual_seed(seed)
    planes, scale = config.planes, config.scale
    keys = config.keys if config.has_tcn else 0
    low = key or lr
    high = tuple(scale * side for side in low)
    return {
        "lr": torch.rand(batch, config.window, planes, *lr),
        "keys": torch.rand(batch, keys, planes, *high),
        "keys_lr": torch.rand(batch, keys, planes, *low),
        "qp": 22 + 25 * torch.rand(batch, config.window),
        "key_qp": 22 + 25 * torch.rand(batch, keys),
    }
