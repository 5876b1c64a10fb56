"""Loss, learning rate and moving average, each against what it is by definition."""

import math

import pytest
import torch
from torch import nn

from enhancers.training.module import Ema, Rate, losses_of
from enhancers.training.validation import psnr


def test_losses() -> None:
    restored = torch.tensor([0.1, 0.5], dtype=torch.bfloat16)
    target = torch.tensor([0.0, 0.5])
    off = float(restored[0])
    assert float(losses_of("l1", restored, target).mean()) == pytest.approx(off / 2)
    expected = (math.sqrt(off**2 + 1e-6) + 1e-3) / 2
    assert float(losses_of("charbonnier", restored, target).mean()) == pytest.approx(expected)


def test_rates() -> None:
    cosine = Rate(2.0, "cosine", 4, 12)
    assert [cosine.at(step) for step in range(4)] == [0.5, 1.0, 1.5, 2.0]
    assert cosine.at(4) == pytest.approx(2.0)
    assert cosine.at(8) == pytest.approx(1.0)
    assert cosine.at(12) == pytest.approx(0.0)
    constant = Rate(2.0, "constant", 0, 12)
    assert {constant.at(step) for step in (0, 5, 100)} == {2.0}


def test_average_follows_as_defined() -> None:
    network = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        network.weight.fill_(1.0)
    ema = Ema(network, 0.5)
    expected, averages = 1.0, []
    for step in range(1, 6):
        with torch.no_grad():
            network.weight.fill_(step)
        ema.update(network, step)
        keep = min(0.5, (1 + step) / (10 + step))
        expected = keep * expected + (1 - keep) * step
        averages.append(float(ema.network.weight))
        assert averages[-1] == pytest.approx(expected)
    assert not ema.network.weight.requires_grad


def test_average_without_decay_is_the_network() -> None:
    network = nn.Linear(2, 2)
    ema = Ema(network, 0.0)
    with torch.no_grad():
        network.weight.normal_()
    ema.update(network, 1)
    assert ema.network.weight.equal(network.weight)
    ema.train()
    assert not ema.network.training


def test_psnr() -> None:
    assert psnr(0.01) == pytest.approx(20)
    assert psnr(0) == 100
