"""Deformable convolution against its definition in plain loops, and against torchvision."""

import importlib
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from enhancers.layers import deform
from enhancers.layers.deform import (
    ModulatedDeformConv,
    deform_conv2d,
    deform_conv2d_auto,
)


@dataclass
class Case:
    """Sizes: batch, channels in and out, groups of offsets, height, width; offsets' spread."""

    sizes: tuple[int, int, int, int, int, int]
    spread: float = 2.0

    def tensors(self, dtype: torch.dtype = torch.float64) -> tuple[Tensor, ...]:
        """x, offset, mask, weight, bias."""
        batch, channels, out, groups, height, width = self.sizes
        generator = torch.Generator().manual_seed(1)
        shapes = [
            (batch, channels, height, width),
            (batch, 18 * groups, height, width),
            (batch, 9 * groups, height, width),
            (out, channels, 3, 3),
            (out,),
        ]
        made = [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]
        made[1] *= self.spread
        made[2] = made[2].sigmoid()
        made[3] /= math.sqrt(9 * channels)
        return tuple(each.to(dtype).requires_grad_() for each in made)


CASES = [
    Case((1, 2, 3, 1, 4, 5)),
    Case((2, 4, 3, 2, 5, 4), spread=4.0),
    Case((1, 6, 2, 3, 1, 6)),
    Case((1, 3, 2, 3, 6, 1), spread=0.5),
    Case((2, 2, 2, 1, 3, 7), spread=20.0),
    Case((1, 2, 2, 1, 5, 6), spread=0.0),
]


def _sample(picture: np.ndarray[Any, Any], y: float, x: float) -> float:
    """Bilinear at (y, x), of a picture with zeros all around."""
    top, left = math.floor(y), math.floor(x)
    total = 0.0
    for row, column in itertools.product((top, top + 1), (left, left + 1)):
        if 0 <= row < picture.shape[0] and 0 <= column < picture.shape[1]:
            share = (1 - abs(y - row)) * (1 - abs(x - column))
            total += share * float(picture[row, column])
    return total


def _by_definition(x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    x_, offset_, mask_, weight_ = (t.detach().numpy() for t in (x, offset, mask, weight))
    batch, channels, height, width = x_.shape
    groups = mask_.shape[1] // 9
    out = bias.detach().numpy()[None, :, None, None].repeat(batch, 0)
    out = out.repeat(height, 2).repeat(width, 3)
    places = itertools.product(range(batch), range(channels), range(9), range(height), range(width))
    for b, c, tap, i, j in places:
        group = c // (channels // groups)
        dy = offset_[b, 2 * (group * 9 + tap), i, j]
        dx = offset_[b, 2 * (group * 9 + tap) + 1, i, j]
        seen = _sample(x_[b, c], i - 1 + tap // 3 + dy, j - 1 + tap % 3 + dx)
        seen *= mask_[b, group * 9 + tap, i, j]
        out[b, :, i, j] += weight_[:, c, tap // 3, tap % 3] * seen
    return torch.from_numpy(out)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_equals_the_definition(case: Case) -> None:
    assert torch.allclose(
        deform_conv2d(*case.tensors()), _by_definition(*case.tensors()), atol=1e-10
    )
    single = deform_conv2d(*case.tensors(torch.float32))
    assert single.dtype == torch.float32
    assert torch.allclose(single.double(), _by_definition(*case.tensors()), atol=1e-5)


def _torchvision_ops() -> ModuleType:
    try:
        return importlib.import_module("torchvision.ops")
    except Exception as error:  # a broken one raises other errors than ImportError
        pytest.skip(f"torchvision cannot be imported: {error}")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("case", [*CASES, Case((2, 16, 16, 4, 30, 52), 3.0)], ids=str)
def test_equals_torchvision(case: Case, dtype: torch.dtype) -> None:
    ops = _torchvision_ops()
    ours, theirs = case.tensors(dtype), case.tensors(dtype)
    value = deform_conv2d(*ours)
    x, offset, mask, weight, bias = theirs
    due = ops.deform_conv2d(x, offset, weight, bias, padding=1, mask=mask)
    assert torch.allclose(value, due, atol=1e-5)
    towards = torch.randn(due.shape, generator=torch.Generator().manual_seed(2), dtype=dtype)
    for mine, other in zip(
        torch.autograd.grad(value, ours, towards),
        torch.autograd.grad(due, theirs, towards),
        strict=True,
    ):
        scale = max(1.0, float(other.abs().max()))
        assert torch.allclose(mine / scale, other / scale, atol=1e-5)


@pytest.mark.parametrize("case", [CASES[0], CASES[2], CASES[3]], ids=str)
def test_gradients(case: Case) -> None:
    assert torch.autograd.gradcheck(deform_conv2d, case.tensors())


def test_without_offsets_it_is_a_convolution() -> None:
    x, offset, _, weight, bias = Case((2, 6, 4, 2, 50, 41)).tensors(torch.float32)
    plain = F.conv2d(x, weight, bias, padding=1)
    assert torch.allclose(deform_conv2d(x, offset * 0, None, weight, bias), plain, atol=1e-5)
    # Whole offsets move the picture: one row down, two columns to the left.
    moved = torch.zeros_like(offset)
    moved[:, 0::2], moved[:, 1::2] = -1, 2
    out = deform_conv2d(x, moved, None, weight, bias)
    assert torch.allclose(out[:, :, 2:, :-3], plain[:, :, 1:-1, 2:-1], atol=1e-5)


@pytest.mark.parametrize("width", [5, 8, 13, 100])
def test_derivative_at_whole_positions_is_the_one_to_the_right(width: int) -> None:
    """As torchvision has it; training starts there, with all offsets zero."""
    x = torch.randn(1, 1, 3, width, generator=torch.Generator().manual_seed(1))
    weight = torch.zeros(1, 1, 3, 3)
    weight[0, 0, 1, 1] = 1
    offset = torch.zeros(1, 18, 3, width, requires_grad=True)
    deform_conv2d(x, offset, None, weight).sum().backward()  # type: ignore[no-untyped-call]
    assert offset.grad is not None
    right = F.pad(x, (0, 1))[..., 1:] - x
    assert torch.allclose(offset.grad[0, 9], right[0, 0], atol=1e-5)
    below = F.pad(x, (0, 0, 0, 1))[:, :, 1:] - x
    assert torch.allclose(offset.grad[0, 8], below[0, 0], atol=1e-5)


def test_bands_of_rows_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    tensors = Case((2, 4, 3, 2, 11, 6)).tensors()
    whole = deform_conv2d(*tensors)
    monkeypatch.setattr(deform, "_BAND_BYTES", 4 * 2 * 4 * 9 * 6 * 8)
    monkeypatch.setattr(deform, "_BAND_BYTES_GRAD", 4 * 2 * 4 * 9 * 6 * 8)
    assert torch.allclose(deform_conv2d(*tensors), whole, atol=1e-12)
    with torch.inference_mode():
        assert torch.allclose(deform_conv2d(*tensors), whole, atol=1e-12)


def test_positions_stay_precise_under_autocast() -> None:
    x, offset, mask, weight, bias = Case((1, 4, 3, 2, 12, 100)).tensors(torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        out = deform_conv2d_auto(x, offset.bfloat16(), mask.bfloat16(), weight, bias)
    due = deform_conv2d(x, offset.bfloat16(), mask.bfloat16(), weight, bias)
    assert torch.allclose(out.float(), due, atol=0.05)


def test_shapes_that_do_not_fit_are_refused() -> None:
    x, offset, mask, weight, bias = Case((1, 4, 3, 2, 5, 5)).tensors()
    for wrong in (
        (x, offset[:, :18], mask, weight, bias),
        (x, offset[:, :17], mask, weight, bias),
        (x, offset[..., :4], mask, weight, bias),
        (x[:, :3], offset, mask, weight, bias),
        (x, offset, mask, weight[:, :3], bias),
    ):
        with pytest.raises(ValueError, match="no deformable"):
            deform_conv2d(*wrong)


@pytest.fixture
def fresh_backend() -> Iterator[None]:
    deform._torchvision_kernel.cache_clear()
    yield
    deform._torchvision_kernel.cache_clear()


@pytest.mark.usefixtures("fresh_backend")
@pytest.mark.parametrize("error", [ImportError, RuntimeError("no operator nms"), OSError])
def test_a_broken_torchvision_is_none(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> ModuleType:
        raise error

    monkeypatch.setattr(importlib, "import_module", broken)
    assert deform._torchvision_kernel() is None
    tensors = CASES[0].tensors()
    assert torch.equal(deform_conv2d_auto(*tensors), deform_conv2d(*tensors))


def test_auto_computes_the_same() -> None:
    tensors = CASES[1].tensors()
    assert torch.allclose(deform_conv2d_auto(*tensors), deform_conv2d(*tensors), atol=1e-5)


def test_module_starts_as_half_a_convolution_and_learns_offsets() -> None:
    torch.manual_seed(1)
    module = ModulatedDeformConv(6, 3)
    x, motion = torch.randn(2, 6, 9, 10), torch.randn(2, 6, 9, 10)
    due = 0.5 * F.conv2d(x, module.weight, padding=1)
    assert torch.allclose(module(x, motion), due, atol=1e-5)
    module(x, motion).square().sum().backward()
    grad = module.motion.weight.grad
    assert grad is not None
    assert (grad.flatten(1).abs().amax(1) > 0).all()
    with pytest.raises(ValueError, match="do not divide"):
        ModulatedDeformConv(6, 4)
