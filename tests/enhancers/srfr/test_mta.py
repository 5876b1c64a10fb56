"""Attention along time against PyTorch's own."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from kits.srfr import SMALLEST

from enhancers.srfr.mta import AdaNorm, Mta, TimeAttention


def frames(channels: int = 8, size: tuple[int, int] = (4, 6)) -> torch.Tensor:
    generator = torch.Generator().manual_seed(3)
    return torch.randn(2, 3, channels, *size, generator=generator)


@pytest.mark.parametrize("heads", [1, 2, 8])
def test_attention_is_that_of_multihead_attention(heads):
    torch.manual_seed(0)
    layer, x = TimeAttention(8, heads), frames()
    reference = torch.nn.MultiheadAttention(8, heads, batch_first=True)
    torch.nn.init.normal_(layer.out.bias)
    with torch.no_grad():
        reference.in_proj_weight.copy_(layer.project.weight.flatten(1))
        reference.in_proj_bias.zero_()
        reference.out_proj.weight.copy_(layer.out.weight.flatten(1))
        reference.out_proj.bias.copy_(layer.out.bias)
        places = x.permute(0, 3, 4, 1, 2).reshape(-1, 3, 8)  # a sequence of frames at each sample
        due, _ = reference(places, places, places)
        due = due.view(2, 4, 6, 3, 8).permute(0, 3, 4, 1, 2)
        torch.testing.assert_close(layer(x), due)


def test_gradients_are_those_of_scaled_dot_product_attention():
    torch.manual_seed(0)
    layer, x = TimeAttention(8, 2).double(), frames().double().requires_grad_()
    towards = torch.randn(2, 3, 8, 4, 6, dtype=torch.float64)
    given = torch.autograd.grad(layer(x), (x, layer.project.weight), towards)
    projected = layer.project(x.flatten(0, 1)).view(2, 3, 3, 2, 4, 4, 6)
    query, key, value = projected.permute(2, 0, 5, 6, 3, 1, 4).unbind(0)  # B, h, w, heads, T, d
    seen = F.scaled_dot_product_attention(query, key, value)
    seen = seen.permute(0, 4, 3, 5, 1, 2).reshape(6, 8, 4, 6)
    due = layer.out(seen).view(2, 3, 8, 4, 6)
    torch.testing.assert_close(layer(x), due)
    for mine, other in zip(
        given, torch.autograd.grad(due, (x, layer.project.weight), towards), strict=True
    ):
        torch.testing.assert_close(mine, other)


def test_channels_that_do_not_divide_are_refused():
    with pytest.raises(ValueError, match="do not divide"):
        TimeAttention(8, 3)


def test_normalization_is_a_layer_norm_with_a_factor():
    x = 5 * frames(16)[:, 0] + 3
    y = F.layer_norm(x.movedim(1, -1), (16,)).movedim(-1, 1)
    torch.testing.assert_close(AdaNorm()(x), (1 - 0.1 * y) * y)


def test_no_gradient_goes_through_the_factor():
    x = frames(16)[:, 0].double().requires_grad_()
    towards = torch.randn(x.shape, dtype=torch.float64)
    (mine,) = torch.autograd.grad(AdaNorm()(x), x, towards)
    y = F.layer_norm(x.movedim(1, -1), (16,)).movedim(-1, 1)
    (due,) = torch.autograd.grad((1 - 0.1 * y.detach()) * y, x, towards)
    torch.testing.assert_close(mine, due)


def test_scales_are_fused_as_if_concatenated():
    """Up-sampled, concatenated and through one 1×1 convolution, as the paper has it."""
    torch.manual_seed(0)
    mta, x = Mta(SMALLEST), frames(8, (8, 12))
    torch.nn.init.normal_(mta.at_1.fuse.bias)
    qp = torch.full((2, 3), 40.0)
    inputs = []
    handles = [
        each.fuse.register_forward_pre_hook(lambda module, given: inputs.append(given[0]))
        for each in (mta.at_1, mta.at_2, mta.at_4)
    ]
    with torch.no_grad():
        out = mta(x, qp)
        whole = torch.cat([F.interpolate(y, size=(8, 12), mode="bilinear") for y in inputs], dim=1)
        weight = torch.cat([s.fuse.weight for s in (mta.at_1, mta.at_2, mta.at_4)], dim=1)
        due = F.leaky_relu(F.conv2d(whole, weight, mta.at_1.fuse.bias), 0.1)
    assert [tuple(y.shape[1:]) for y in inputs] == [(24, 8, 12), (48, 4, 6), (96, 2, 3)]
    torch.testing.assert_close(out, due)
    for handle in handles:
        handle.remove()


def test_the_input_passes_by_the_attention():
    """The residual connection: with nothing from attention, frames are fused as they came."""
    torch.manual_seed(0)
    mta, x = Mta(SMALLEST), frames(8, (8, 12))
    with torch.no_grad():
        mta.at_1.attention.out.weight.zero_()
        due = F.conv2d(x.flatten(1, 2), mta.at_1.fuse.weight)
        torch.testing.assert_close(mta.at_1(x, torch.full((2, 3), 40.0)), due)


def test_the_largest_of_inputs_stay_finite_in_bfloat16():
    torch.manual_seed(0)
    layer = TimeAttention(8, 2)
    with torch.autocast("cpu", torch.bfloat16):
        assert layer(1e3 * frames()).isfinite().all()
