"""Parameters and operations, pinned over a grid of networks: what docs/enhancers/srfr.md says."""

from dataclasses import replace

import pytest
import torch
from kits.srfr import KINDS, SMALLEST, inputs
from torch.utils.flop_counter import FlopCounterMode

from enhancers.srfr.config import VARIANTS
from enhancers.srfr.cost import cost
from enhancers.srfr.method import METHOD
from enhancers.srfr.network import Srfr

ALONE = ("IQEM", "MTA", "PSA")
PARAMETERS = {
    ("full", 1, (), "mtsa"): 29_346_657,
    ("full", 2, (), "mtsa"): 29_350_114,
    ("full", 3, (), "mtsa"): 29_353_571,
    ("full", 1, ("PSA",), "mtsa"): 28_395_361,
    ("full", 1, ("MTA",), "mtsa"): 26_195_681,
    ("full", 1, ("MTA", "PSA"), "mtsa"): 25_244_385,
    ("full", 1, ("IQEM",), "mtsa"): 22_712_161,
    ("full", 1, ALONE, "mtsa"): 18_609_889,
    ("full", 1, (), "tsa"): 26_425_569,
    ("full", 1, ("IQEM",), "tsa"): 19_791_073,
    ("small", 1, (), "mtsa"): 3_139_572,
    ("small", 2, (), "mtsa"): 3_144_184,
    ("small", 3, (), "mtsa"): 3_148_796,
    ("small", 1, ("PSA",), "mtsa"): 2_901_492,
    ("small", 1, ("MTA",), "mtsa"): 2_350_516,
    ("small", 1, ("MTA", "PSA"), "mtsa"): 2_112_436,
    ("small", 1, ("IQEM",), "mtsa"): 3_176_500,
    ("small", 1, ALONE, "mtsa"): 2_149_364,
    ("small", 1, (), "tsa"): 2_408_116,
    ("small", 1, ("IQEM",), "tsa"): 2_445_044,
    ("tiny", 1, (), "mtsa"): 223_692,
    ("tiny", 2, (), "mtsa"): 225_424,
    ("tiny", 3, (), "mtsa"): 227_156,
    ("tiny", 1, ("PSA",), "mtsa"): 208_716,
    ("tiny", 1, ("MTA",), "mtsa"): 173_884,
    ("tiny", 1, ("MTA", "PSA"), "mtsa"): 158_908,
    ("tiny", 1, ("IQEM",), "mtsa"): 202_396,
    ("tiny", 1, ALONE, "mtsa"): 137_612,
    ("tiny", 1, (), "tsa"): 177_532,
    ("tiny", 1, ("IQEM",), "tsa"): 156_236,
}
GFLOP = {  # of a picture's luma
    ("full", 240, 416): 6570.4,
    ("full", 480, 832): 26281.6,
    ("full", 1080, 1920): 136462.1,
    ("small", 240, 416): 186.5,
    ("small", 480, 832): 746.1,
    ("small", 1080, 1920): 3874.0,
    ("tiny", 240, 416): 10.6,
    ("tiny", 480, 832): 42.3,
    ("tiny", 1080, 1920): 219.8,
}


def built(name, planes=1, without=(), fusion="mtsa"):
    """Without memory for its weights."""
    with torch.device("meta"):
        return Srfr(METHOD.config(name, planes=planes, without=without, fusion=fusion))


@pytest.mark.parametrize(("which", "count"), PARAMETERS.items(), ids=str)
def test_parameters(which, count):
    assert sum(p.numel() for p in built(*which).parameters()) == count


def test_the_full_network_has_the_papers_parameters():
    assert round(PARAMETERS["full", 1, (), "mtsa"] / 1e6, 1) == 29.3


@pytest.mark.parametrize(
    "config",
    [
        *(replace(SMALLEST, **kind) for kind in KINDS),
        replace(SMALLEST, planes=3, shuffle=2, qp_conditioning=False),
        replace(SMALLEST, feature_blocks=0, iqem_layers=1, align_groups=1, heads=1),
        replace(SMALLEST, without=ALONE, reconstruction_blocks=0, planes=2),
        replace(SMALLEST, align_current=False),
        VARIANTS["tiny"],
    ],
    ids=str,
)
def test_operations_by_formula_are_those_that_pytorch_counts(config):
    net = Srfr(config)
    with torch.no_grad(), FlopCounterMode(display=False) as counted:
        net(*inputs(config, batch=1, size=(16, 24)))
    assert cost(config, 16, 24) == counted.get_total_flops()


def test_sizes_are_rounded_up_to_what_the_network_takes():
    assert cost(VARIANTS["tiny"], 1074, 1917) == cost(VARIANTS["tiny"], 1080, 1920)


@pytest.mark.parametrize(("which", "gflop"), GFLOP.items(), ids=str)
def test_operations(which, gflop):
    name, height, width = which
    assert round(cost(VARIANTS[name], height, width) / 1e9, 1) == gflop
