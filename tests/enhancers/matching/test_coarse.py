"""Coarse-to-fine matching: what it must find, and how near it comes to the best."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from enhancers.matching.match import affinity_at, find_matches


def _smooth(height: int, width: int, channels: int, seed: int) -> Tensor:
    """A random field with detail of all sizes, larger where coarser, as photographs have."""
    generator = torch.Generator().manual_seed(seed)
    field = torch.zeros(1, channels, height, width)
    for size in (16, 8, 4, 2):
        shape = (1, channels, height // size + 3, width // size + 3)
        layer = F.interpolate(
            torch.randn(shape, generator=generator), scale_factor=size, mode="bicubic"
        )
        field += size * layer[:, :, :height, :width]
    return field


@pytest.mark.parametrize("shift", [(0, 0), (4, 8), (-8, 12), (1, -3), (6, 5), (-7, -2)])
def test_finds_translations(shift: tuple[int, int]) -> None:
    (down, right), high, wide = shift, 44, 52
    field = _smooth(80, 90, 8, seed=1)
    query = field[:, :, 16 : 16 + high, 16 : 16 + wide]
    key = field[:, :, 16 - down : 16 - down + high, 16 - right : 16 - right + wide]
    position = find_matches(query, key, "coarse").position.view(high, wide)
    y, x = torch.meshgrid(torch.arange(high), torch.arange(wide), indexing="ij")
    inside = torch.zeros(high, wide, dtype=torch.bool)  # where the whole patch is in the key
    inside[max(1, 1 - down) : high - 1 - max(down, 0), max(1, 1 - right) : wide - 1] = True
    inside &= (x + right < wide - 1) & (y + down < high - 1)
    right_one = position == (y + down) * wide + x + right
    assert right_one[inside].double().mean() > 0.995


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(st.integers(1, 19), st.integers(1, 19)),
    st.tuples(st.integers(1, 19), st.integers(1, 19)),
    st.integers(1, 3),
    st.sampled_from((1 << 10, 1 << 24)),
    st.integers(0, 99),
)
def test_never_better_than_exact_and_independent_of_blocks(
    query_size: tuple[int, int],
    key_size: tuple[int, int],
    batch: int,
    block_bytes: int,
    seed: int,
) -> None:
    generator = torch.Generator().manual_seed(seed)
    query = torch.randn(batch, 4, *query_size, generator=generator).double()
    key = torch.randn(batch, 4, *key_size, generator=generator).double()
    coarse, exact = find_matches(query, key, "coarse"), find_matches(query, key)
    assert coarse.position.min() >= 0
    assert coarse.position.max() < key_size[0] * key_size[1]
    assert (coarse.affinity <= exact.affinity + 1e-12).all()
    assert torch.equal(coarse.affinity, affinity_at(query, key, coarse.position))
    again = find_matches(query, key, "coarse", block_bytes=block_bytes)
    assert torch.equal(coarse.position, again.position)


def test_each_picture_of_a_batch_is_matched_by_itself() -> None:
    query = torch.cat([_smooth(26, 30, 4, seed) for seed in (1, 2, 3)])
    key = torch.cat([_smooth(33, 22, 4, seed) for seed in (4, 5, 6)])
    together = find_matches(query, key, "coarse").position
    for item in range(3):
        alone = find_matches(query[item : item + 1], key[item : item + 1], "coarse").position
        assert torch.equal(together[item], alone[0])


def test_natural_features_lose_little_affinity() -> None:
    field = _smooth(76, 92, 16, seed=3)
    noise = torch.randn(2, 1, 16, 64, 80, generator=torch.Generator().manual_seed(4))
    query = field[:, :, 3:67, 6:86] + noise[0]
    key = field[:, :, :64, :80] + noise[1]
    coarse, exact = find_matches(query, key, "coarse"), find_matches(query, key)
    assert exact.affinity.mean() - coarse.affinity.mean() < 0.005
    assert (exact.position == coarse.position).double().mean() > 0.9


def test_gradients_as_in_exact_mode() -> None:
    query = _smooth(12, 12, 2, seed=1).double().requires_grad_()
    key = _smooth(12, 14, 2, seed=1).double().requires_grad_()
    match = find_matches(query, key, "coarse")
    assert torch.autograd.gradcheck(
        lambda q, k: affinity_at(q, k, match.position), (query, key), atol=1e-4
    )
    match.affinity.sum().backward()  # type: ignore[no-untyped-call]
    assert query.grad is not None
