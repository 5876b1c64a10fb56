"""Pyramid spatial attention and EDVR's fusion, against what their text says step by step."""

import torch
import torch.nn.functional as F  # noqa: N812

from enhancers.srfr.psa import Gate, Psa, pooled
from enhancers.srfr.tsa import Tsa


def features(frames: int | None = None) -> torch.Tensor:
    generator = torch.Generator().manual_seed(4)
    shape = (2, 6, 8, 12) if frames is None else (2, frames, 6, 8, 12)
    return torch.randn(shape, generator=generator)


def test_pooling_is_of_three_by_three_around_every_other_sample():
    x = features()
    out = pooled(x)
    assert out.shape == (2, 12, 4, 6)
    around = F.pad(x, (1, 1, 1, 1), value=-torch.inf)[:, :, 4:7, 6:9]  # of sample (4, 6)
    torch.testing.assert_close(out[:, :6, 2, 3], around.amax((2, 3)))
    torch.testing.assert_close(out[:, 6:, 2, 3], around.mean((2, 3)))


def test_a_gate_weights_by_a_mask_within_zero_and_one():
    torch.manual_seed(0)
    gate, x = Gate(6, 4), features()
    with torch.no_grad():
        reduced = F.leaky_relu(gate.reduce(x), 0.1)
        share = gate(x) / reduced
    assert share.min() > 0
    assert share.max() < 1


def test_psa_step_by_step():
    torch.manual_seed(0)
    psa, x = Psa(6), features()
    torch.nn.init.normal_(psa.up_1.weight)
    with torch.no_grad():
        second = psa.gate_2(pooled(psa.gate_1(x)))
        assert second.shape == (2, 6, 4, 6)
        up = F.interpolate(pooled(second), size=(4, 6), mode="bilinear")
        third = psa.gate_3(second + F.leaky_relu(psa.up_2(up), 0.1))
        mask = psa.up_1(F.interpolate(third, size=(8, 12), mode="bilinear")).sigmoid()
        torch.testing.assert_close(psa(x), 2 * mask * x)
    assert mask.std() > 0.01


def test_psa_starts_near_the_identity():
    torch.manual_seed(0)
    psa, x = Psa(32), torch.randn(1, 32, 16, 16)
    with torch.no_grad():
        assert (psa(x) - x).std() < 0.1 * x.std()


def test_the_whole_picture_does_not_count_at_once():
    """Pooling is local: a change in a corner does not reach the opposite one."""
    torch.manual_seed(0)
    psa, x = Psa(6), torch.randn(1, 6, 48, 48)
    other = x.clone()
    other[..., :4, :4] += 10
    with torch.no_grad():
        assert torch.equal(psa(x)[..., -8:, -8:], psa(other)[..., -8:, -8:])


def test_tsa_weights_each_frame_by_its_likeness():
    torch.manual_seed(0)
    tsa, x = Tsa(6), features(3)
    qp = torch.full((2, 3), 40.0)
    with torch.no_grad():
        weighted = tsa.temporal(x, 1)
        fused = F.leaky_relu(tsa.merge(weighted.flatten(1, 2)), 0.1)
        torch.nn.init.zeros_(tsa.mask_5.weight)  # a mask of 1/2, and nothing added
        torch.testing.assert_close(tsa(x, qp), fused)
        torch.nn.init.normal_(tsa.mask_5.weight)
        torch.nn.init.normal_(tsa.add_2.weight)
        assert not torch.allclose(tsa(x, qp), fused, atol=0.01)
