import pytest
import torch

from enhancers.layers.multiscale import MultiScale


@pytest.mark.parametrize("size", [(4, 4), (5, 7), (9, 4), (16, 24), (13, 30)])
def test_any_size_from_4_comes_out_as_it_went_in(size):
    x = torch.rand(2, 8, *size)
    assert MultiScale(8, 1)(x).shape == x.shape


def test_blocks_count_at_each_scale():
    count = [sum(p.numel() for p in MultiScale(8, blocks).parameters()) for blocks in (0, 1, 2)]
    conv = 8 * 8 * 9 + 8
    assert count == [4 * conv, 10 * conv, 16 * conv]


def test_sees_further_than_one_scale_could():
    torch.manual_seed(0)
    x = torch.randn(1, 4, 64, 64, requires_grad=True)
    MultiScale(4, 1)(x)[..., 32, 32].sum().backward()
    seen = x.grad.abs().amax(1)[0].nonzero()
    assert (seen.amax(0) - seen.amin(0)).min() > 30  # three blocks at one scale: 13


def test_gradients_reach_every_parameter():
    torch.manual_seed(0)
    net = MultiScale(4, 2)
    net(torch.randn(1, 4, 12, 12)).square().sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in net.parameters())
