"""Residual blocks and the convolutions that all the networks are made of."""

from __future__ import annotations

from torch import Tensor, nn

RESIDUAL_GAIN = 0.1
"""Scale of a residual branch's last convolution at the start: deep stacks start near identity."""


def conv3x3(inputs: int, outputs: int, *, stride: int = 1, gain: float = 1.0) -> nn.Conv2d:
    """A 3×3 convolution, zero padded by 1, that keeps the variance of its input at the start.

    Weights are normal with variance ``gain² / fan-in`` (``gain`` 0: all zero), biases 0. The output
    of size ``h × w`` is ``⌈h / stride⌉ × ⌈w / stride⌉``.
    """
    conv = nn.Conv2d(inputs, outputs, 3, stride, 1)
    if gain:
        nn.init.kaiming_normal_(conv.weight, nonlinearity="linear")
        conv.weight.data.mul_(gain)
    else:
        nn.init.zeros_(conv.weight)
    assert conv.bias is not None
    nn.init.zeros_(conv.bias)
    return conv


def conv1x1(inputs: int, outputs: int, *, bias: bool = True, gain: float = 1.0) -> nn.Conv2d:
    """A 1×1 convolution that starts with ``gain²`` times the variance of its input."""
    conv = nn.Conv2d(inputs, outputs, 1, bias=bias)
    nn.init.kaiming_normal_(conv.weight, nonlinearity="linear")
    conv.weight.data.mul_(gain)
    if conv.bias is not None:
        nn.init.zeros_(conv.bias)
    return conv


class ResidualBlock(nn.Module):
    """``x + conv(ReLU(conv(x)))``, 3×3, any ``[B, channels, h, w]`` in and the same out.

    After He et al., without batch normalization and without the ReLU behind the addition, as is
    usual in restoration: normalization would mix the frames of a batch and takes away the range
    of the samples. The last convolution starts scaled down by :data:`RESIDUAL_GAIN`.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = conv3x3(channels, channels, gain=2**0.5)
        self.relu = nn.ReLU()
        self.second = conv3x3(channels, channels, gain=RESIDUAL_GAIN)

    def forward(self, x: Tensor) -> Tensor:
        """``[B, channels, h, w]`` in and out."""
        branch: Tensor = self.second(self.relu(self.first(x)))
        return x + branch


class ResidualStack(nn.Sequential):
    """``blocks`` residual blocks one after the other; none: the identity."""

    def __init__(self, channels: int, blocks: int) -> None:
        super().__init__(*(ResidualBlock(channels) for _ in range(blocks)))
