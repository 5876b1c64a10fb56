import pytest
import torch

from enhancers.layers.residual import ResidualBlock, ResidualStack, conv3x3


@pytest.mark.parametrize(("side", "stride"), [(8, 1), (8, 2), (7, 2)])
def test_convolution_rounds_sizes_up(side, stride):
    assert conv3x3(2, 3, stride=stride)(torch.rand(1, 2, side, 5)).shape[2] == -(-side // stride)


def test_convolution_keeps_the_variance():
    torch.manual_seed(0)
    out = conv3x3(64, 64)(torch.randn(1, 64, 40, 40))[..., 1:-1, 1:-1]
    assert out.var().item() == pytest.approx(1, abs=0.1)


def test_convolution_of_gain_0_gives_0():
    assert not conv3x3(4, 4, gain=0)(torch.randn(1, 4, 8, 8)).any()


def test_block_is_the_sum_that_it_says():
    block, x = ResidualBlock(4), torch.randn(2, 4, 6, 5)
    branch = torch.nn.functional.conv2d(x, block.first.weight, block.first.bias, padding=1)
    branch = branch.clamp(min=0)
    branch = torch.nn.functional.conv2d(branch, block.second.weight, block.second.bias, padding=1)
    torch.testing.assert_close(block(x), x + branch)


def test_stack_starts_near_the_identity():
    x = torch.randn(1, 16, 12, 12)
    change = ResidualStack(16, 8)(x) - x
    assert 0 < change.std() < 0.5 * x.std()


def test_stack_of_none_is_the_identity():
    x = torch.randn(1, 4, 5, 5)
    assert torch.equal(ResidualStack(4, 0)(x), x)
