import torch
from torch import nn

from enhancers.layers.attention import SpatialAttention, TemporalAttention


def _passing(conv):
    """Make the convolution the identity."""
    nn.init.dirac_(conv.weight)
    nn.init.zeros_(conv.bias)


def test_frames_are_weighted_by_their_likeness_to_the_current_one():
    attention = TemporalAttention(2)
    _passing(attention.embed_current)
    _passing(attention.embed_neighbour)
    current = torch.tensor([3.0, 4.0])
    vectors = torch.stack([-current, torch.tensor([4.0, -3.0]), current])
    aligned = vectors[None, :, :, None, None].expand(1, 3, 2, 5, 6)
    out = attention(aligned, 2)
    weights = torch.sigmoid(torch.tensor([-25.0, 0, 25]))[None, :, None, None, None]
    torch.testing.assert_close(out, aligned * weights)


def test_each_sample_has_its_own_weight_and_each_picture_its_own_query():
    torch.manual_seed(0)
    attention, aligned = TemporalAttention(4), torch.randn(2, 3, 4, 6, 6)
    alone = torch.cat([attention(aligned[i : i + 1], 1) for i in range(2)])
    torch.testing.assert_close(attention(aligned, 1), alone)
    ratio = attention(aligned, 1) / aligned
    torch.testing.assert_close(ratio.amax(2), ratio.amin(2))  # one for all channels
    assert ratio[0, 0, 0].std() > 0


def test_spatial_mask_is_within_0_and_1_for_each_channel():
    torch.manual_seed(0)
    x = torch.randn(2, 4, 8, 12)
    ratio = SpatialAttention(4, 1)(x) / x
    assert 0 < ratio.min() < ratio.max() < 1
    assert ratio.std(dim=1).min() > 0


def test_likeness_is_summed_in_float32_under_autocast():
    attention, aligned = TemporalAttention(4), torch.randn(1, 3, 4, 6, 6)
    with torch.autocast("cpu", torch.bfloat16):
        out = attention(aligned.bfloat16(), 1)
    assert out.dtype == torch.bfloat16
    torch.testing.assert_close(out.float(), attention(aligned, 1), atol=0.05, rtol=0.05)
