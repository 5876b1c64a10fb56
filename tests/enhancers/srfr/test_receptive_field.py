"""How far the network looks, sample by sample; and tiles against the whole picture."""

from dataclasses import replace

import pytest
import torch
from kits.srfr import KINDS, SMALLEST, woken

from enhancers.engine.device import Device
from enhancers.engine.tiles import tiles
from enhancers.layers.deform import ModulatedDeformConv
from enhancers.srfr.config import VARIANTS
from enhancers.srfr.method import METHOD
from enhancers.srfr.network import Srfr
from enhancers.srfr.receptive_field import DEFORM_REACH, GRID, field_of, halo_of, memory_of

NARROW = replace(SMALLEST, channels=4, iqem_channels=4)


def made(config, offsets: float = 0.0) -> Srfr:
    """With random weights; offsets of about this many samples, masks that differ in any case."""
    torch.manual_seed(0)
    net = woken(Srfr(config), std=0.2).double()
    for layer in net.modules():
        if isinstance(layer, ModulatedDeformConv):
            count = 18 * layer.groups
            with torch.no_grad():
                layer.motion.weight[:count] *= offsets
                layer.motion.bias[:count] *= offsets
    return net


def _reach(config, at: int, length: int, *, upright: bool) -> int:
    """Samples along a narrow picture from one to the farthest that changes it."""
    net = made(config)
    size = (length, 16) if upright else (16, length)
    pictures = torch.rand(1, 3, 1, *size, dtype=torch.float64, requires_grad=True)
    qp = torch.tensor([[30.0, 40.0, 33.0]], dtype=torch.float64)
    made_of = net(pictures, qp)[0, 0]
    (made_of[at, 8] if upright else made_of[8, at]).backward()
    counts = pictures.grad.abs().amax((0, 1, 2)).amax(1 if upright else 0)
    return int((torch.nonzero(counts) - at).abs().max())


@pytest.mark.parametrize(
    "config",
    [
        *(replace(NARROW, **kind) for kind in KINDS),
        replace(NARROW, shuffle=2, without=("PSA",)),
        replace(NARROW, shuffle=2, feature_blocks=0, without=("IQEM", "PSA")),
    ],
    ids=str,
)
def test_no_sample_beyond_the_halo_counts(config):
    """With offsets zero: by the gradient, which is exact however little a sample counts."""
    field = field_of(config)
    length = -(-(2 * field + 24) // 8) * 8
    reached = max(
        _reach(config, length // 2 + place, length, upright=place == 0) for place in (0, 3)
    )
    assert field - 6 * config.shuffle <= reached <= field  # and it is not much too large


def test_one_sample_changed_far_away_changes_nothing():
    net = made(NARROW)
    field = field_of(NARROW)
    side = -(-(field + 24) // 8) * 8
    pictures = torch.rand(1, 3, 1, side, side, dtype=torch.float64)
    qp = torch.full((1, 3), 35.0, dtype=torch.float64)
    other = pictures.clone()
    other[..., 3, 3] += 100
    with torch.no_grad():
        changed = (net(pictures, qp) != net(other, qp))[0, 0]
    rows, columns = torch.nonzero(changed, as_tuple=True)
    assert changed[3, 3]
    assert max(rows.max(), columns.max()) <= 3 + field


@pytest.mark.parametrize("shuffle", [1, 2])
def test_tiles_give_the_whole_picture(shuffle):
    """With offsets of a sample or two, as trained networks have them."""
    config = replace(NARROW, shuffle=shuffle, without=("PSA",))
    net = made(config, offsets=0.5)
    pictures = torch.rand(1, 3, 1, 24, 320, dtype=torch.float64)
    qp = torch.full((1, 3), 35.0, dtype=torch.float64)
    cut = tiles(24, 320, 96, halo_of(config), GRID)
    assert len(cut) > 2
    with torch.no_grad():
        whole = net(pictures, qp)
        joined = torch.zeros_like(whole)
        for tile in cut:
            part = net(pictures[..., tile.rows.source, tile.columns.source], qp)
            inner = part[..., tile.rows.inner, tile.columns.inner]
            joined[..., tile.rows.target, tile.columns.target] = inner
    torch.testing.assert_close(joined, whole, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", VARIANTS)
def test_tiles_fit_the_network(name):
    config = METHOD.config(name)
    assert halo_of(config) == field_of(config) + DEFORM_REACH
    assert GRID % config.multiple == 0


def test_memory_grows_with_the_network_and_halves_with_the_precision():
    cpu = torch.device("cpu")
    models = [memory_of(VARIANTS[name], Device(cpu)) for name in ("tiny", "small", "full")]
    assert models[0].working < models[1].working < models[2].working
    assert memory_of(VARIANTS["full"], Device(cpu, torch.bfloat16)).working < models[2].working
