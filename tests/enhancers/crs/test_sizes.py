"""Parameters and operations of the variants: what docs/enhancers/crs.md says of them."""

from dataclasses import replace

import pytest
import torch
from kits.crs import SMALLEST
from torch.utils.flop_counter import FlopCounterMode

from enhancers.crs.config import VARIANTS, CrsConfig
from enhancers.crs.cost import cost
from enhancers.crs.method import METHOD
from enhancers.crs.network import Crs

PARAMETERS = {
    ("full", 1): 3_833_561,
    ("full", 2): 3_835_290,
    ("small", 1): 720_557,
    ("small", 2): 721_422,
    ("tiny", 1): 148_759,
    ("tiny", 2): 149_192,
}
GFLOP = {  # luma: a picture without matching, a key, matching
    ("full", (128, 128)): (54.34, 11.97, 1.21),
    ("full", (240, 416)): (331.11, 72.92, 44.86),
    ("full", (1080, 1920)): (6876.95, 1514.52, 19349.18),
    ("small", (128, 128)): (9.94, 3.0, 0.6),
    ("small", (240, 416)): (60.57, 18.29, 22.43),
    ("small", (1080, 1920)): (1257.93, 379.85, 9674.59),
    ("tiny", (128, 128)): (1.89, 0.45, 0.3),
    ("tiny", (240, 416)): (11.51, 2.76, 11.21),
    ("tiny", (1080, 1920)): (239.11, 57.36, 4837.29),
}


def _counted(config: CrsConfig, height: int, width: int) -> tuple[int, int, int]:
    """Operations of a picture, of its keys and of matching, as PyTorch counts them."""
    net, low = Crs(config), (height // config.scale, width // config.scale)
    lr, qp = torch.rand(1, config.planes, *low), torch.tensor([32.0])
    with torch.no_grad():
        with FlopCounterMode(display=False) as keys:
            kept = []
            if config.has_tcn:
                key = torch.rand(1, config.planes, height, width)
                kept = [net.key_features(key, lr, qp)] * config.keys
        with FlopCounterMode(display=False) as picture:
            features = net.lr_features(lr, qp)
            net.synthesize([features] * config.window, lr, kept, qp)
    matching = picture.get_flop_counts()["Global"].get(torch.ops.aten.bmm, 0)
    return picture.get_total_flops() - matching, keys.get_total_flops(), matching


@pytest.mark.parametrize(
    "config",
    [
        *VARIANTS.values(),
        replace(SMALLEST, planes=2, keys=2, causal=False, msn_blocks=2),
        replace(SMALLEST, scale=4, tcn_blocks=5),
        replace(SMALLEST, without=("MAN",), qp_conditioning=False),
        replace(SMALLEST, without=("TCN",)),
        replace(SMALLEST, without=("MAN", "TCN"), scale=4),
    ],
)
def test_operations_by_formula_are_those_that_pytorch_counts(config):
    at = cost(config, 32, 48)
    assert (at.frame, at.key, at.matching) == _counted(config, 32, 48)


def test_sizes_are_rounded_up_to_what_the_network_takes():
    assert cost(VARIANTS["tiny"], 1080, 1917) == cost(VARIANTS["tiny"], 1080, 1920)


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("planes", [1, 2])
def test_parameters(name, planes):
    net = Crs(METHOD.config(name, planes=planes))
    assert sum(p.numel() for p in net.parameters()) == PARAMETERS[name, planes]


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("size", [(128, 128), (240, 416), (1080, 1920)])
def test_operations(name, size):
    at = cost(VARIANTS[name], *size)
    given = tuple(round(value / 1e9, 2) for value in (at.frame, at.key, at.matching))
    assert given == GFLOP[name, size]
