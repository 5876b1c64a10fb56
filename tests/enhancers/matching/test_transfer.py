"""Texture transfer against unfold, gather and fold."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from enhancers.matching.match import Match, find_matches
from enhancers.matching.transfer import affinity_map, transfer


def _match(query: tuple[int, int], key: tuple[int, int], batch: int, seed: int) -> Match:
    generator = torch.Generator().manual_seed(seed)
    patches = query[0] * query[1]
    position = torch.randint(key[0] * key[1], (batch, patches), generator=generator)
    return Match(position, torch.rand(batch, patches, generator=generator), query, key)


def _folded(value: Tensor, match: Match, scale: int) -> Tensor:
    """Patches of 3s×3s, stride s, padding s: the sums where they overlap."""
    window = {"kernel_size": 3 * scale, "stride": scale, "padding": scale}
    patches = F.unfold(value, **window)
    index = match.position[:, None].expand(-1, patches.shape[1], -1)
    size = (match.query_size[0] * scale, match.query_size[1] * scale)
    return F.fold(patches.gather(2, index), size, **window)


sizes = st.tuples(st.integers(1, 9), st.integers(1, 9))


@settings(max_examples=40, deadline=None)
@given(sizes, sizes, st.integers(1, 2), st.sampled_from((1, 2, 4)), st.integers(0, 99))
def test_equals_unfold_gather_fold(
    query: tuple[int, int], key: tuple[int, int], batch: int, scale: int, seed: int
) -> None:
    match = _match(query, key, batch, seed)
    generator = torch.Generator().manual_seed(seed)
    shape = (batch, 3, key[0] * scale, key[1] * scale)
    value = torch.randn(shape, dtype=torch.float64, generator=generator)
    # Folding ones counts, for each sample, the patches with a sample of the key picture there.
    reference = _folded(value, match, scale) / _folded(torch.ones_like(value), match, scale)
    assert torch.allclose(transfer(value, match, scale), reference, atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(sizes, sizes, st.sampled_from((1, 2, 4)), st.integers(0, 99))
def test_a_flat_key_stays_flat(
    query: tuple[int, int], key: tuple[int, int], scale: int, seed: int
) -> None:
    """No zeros from beyond the borders are mixed in."""
    value = torch.full((2, 2, key[0] * scale, key[1] * scale), 0.7)
    out = transfer(value, _match(query, key, 2, seed), scale)
    assert torch.allclose(out, torch.full_like(out, 0.7))


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_a_picture_matched_with_itself_is_carried_over_unchanged(scale: int) -> None:
    features = torch.randn(1, 4, 7, 8, generator=torch.Generator().manual_seed(1))
    value = torch.randn(1, 3, 7 * scale, 8 * scale)
    assert torch.allclose(
        transfer(value, find_matches(features, features), scale), value, atol=1e-6
    )


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_gradient(scale: int) -> None:
    match = _match((3, 4), (2, 5), 2, seed=7)
    value = torch.randn(2, 2, 2 * scale, 5 * scale, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda v: transfer(v, match, scale), (value,))


def test_bfloat16_values_stay_bfloat16() -> None:
    match = _match((5, 6), (4, 7), 1, seed=1)
    value = torch.rand(1, 3, 8, 14)
    out = transfer(value.bfloat16(), match, 2)
    assert out.dtype == torch.bfloat16
    assert torch.allclose(out.float(), transfer(value, match, 2), atol=1e-2)


def test_wrong_size_is_refused() -> None:
    with pytest.raises(ValueError, match="takes values"):
        transfer(torch.zeros(1, 3, 8, 13), _match((5, 6), (4, 7), 1, seed=1), 2)


def test_affinity_map_is_bilinear() -> None:
    match = Match(torch.zeros(1, 2, dtype=torch.int64), torch.tensor([[0.0, 1.0]]), (1, 2), (1, 1))
    assert torch.equal(affinity_map(match, 1), torch.tensor([[[[0.0, 1.0]]]]))
    row = torch.tensor([0.0, 0.25, 0.75, 1.0])
    assert torch.allclose(affinity_map(match, 2), row.expand(1, 1, 2, 4))
