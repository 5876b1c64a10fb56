"""Exact matching against the matrix of all pairs, written out."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from codecpipe.errors import InputError
from enhancers.matching.exact import positions_in_half
from enhancers.matching.match import find_matches
from enhancers.matching.patches import unit_patches

sides = st.integers(1, 12)
sizes = st.tuples(sides, sides)


def _normal(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _all_pairs(query: Tensor, key: Tensor) -> Tensor:
    """Cosine of every query patch with every key patch, [B, Nq, Nk], in float64."""
    patches = [F.unfold(each.double(), 3, padding=1) for each in (query, key)]
    norms = [each.square().sum(1).sqrt() for each in patches]
    products = torch.einsum("bdq,bdk->bqk", *patches)
    return products / (norms[0][:, :, None] * norms[1][:, None, :])


@settings(max_examples=40, deadline=None)
@given(
    sizes,
    sizes,
    st.integers(1, 3),
    st.integers(2, 6),
    st.sampled_from((200, 3000, 1 << 24)),
    st.integers(0, 99),
)
def test_equals_the_matrix_of_all_pairs(
    query_size: tuple[int, int],
    key_size: tuple[int, int],
    batch: int,
    channels: int,
    block_bytes: int,
    seed: int,
) -> None:
    query = _normal(batch, channels, *query_size, seed=seed)
    key = _normal(batch, channels, *key_size, seed=seed + 100)
    value, index = _all_pairs(query, key).max(2)
    match = find_matches(query, key, block_bytes=block_bytes)
    assert torch.equal(match.position, index)
    assert torch.allclose(match.affinity.double(), value, atol=1e-5)
    assert (match.query_size, match.key_size) == (query_size, key_size)


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(12)), st.integers(0, 99))
def test_shuffled_patches_are_found_where_they_went(order: list[int], seed: int) -> None:
    # Tiles of 3×3 with zeros between them: each patch in a tile's centre is that tile alone.
    tiles = _normal(12, 4, 3, 3, seed=seed)

    def picture(which: list[int]) -> Tensor:
        spaced = F.pad(tiles[which], (0, 2, 0, 2))
        return spaced.view(3, 4, 4, 5, 5).permute(2, 0, 3, 1, 4).reshape(1, 4, 15, 20)

    centres = torch.tensor([(5 * (i // 4) + 1) * 20 + 5 * (i % 4) + 1 for i in range(12)])
    match = find_matches(picture(list(range(12))), picture(order))
    went = torch.tensor([order.index(tile) for tile in range(12)])
    assert torch.equal(match.position[0, centres], centres[went])
    assert torch.allclose(match.affinity[0, centres], torch.ones(12))


@settings(max_examples=20, deadline=None)
@given(st.floats(0.01, 100), st.floats(0.01, 100), st.integers(0, 99))
def test_scaling_the_features_changes_nothing(one: float, other: float, seed: int) -> None:
    query, key = _normal(1, 3, 6, 7, seed=seed), _normal(1, 3, 7, 5, seed=seed + 100)
    plain, scaled = find_matches(query, key), find_matches(query * one, key * other)
    assert torch.equal(plain.position, scaled.position)
    assert torch.allclose(plain.affinity, scaled.affinity, atol=1e-5)


@pytest.mark.parametrize("block_bytes", [64, 4096, 1 << 24])
def test_among_equals_the_smallest_index_wins(block_bytes: int) -> None:
    flat = torch.ones(1, 2, 9, 11)
    position = find_matches(flat, flat, block_bytes=block_bytes).position.view(9, 11)
    assert position[4, 5] == 12  # the first patch that no border touches
    assert position[0, 0] == 0
    zeros = find_matches(torch.zeros_like(flat), flat, block_bytes=block_bytes)
    assert not zeros.position.any()
    assert not zeros.affinity.any()


@pytest.mark.parametrize("block_bytes", [1 << 16, 1 << 20])
def test_a_repeated_texture_gives_its_first_appearance(block_bytes: int) -> None:
    # Whole numbers: all sums are exact, so that repeated patches are truly equal.
    tile = _normal(1, 4, 8, 8, seed=5).mul(4).round()
    key = tile.repeat(1, 1, 8, 8)
    inside = find_matches(tile.repeat(1, 1, 3, 3), key, block_bytes=block_bytes).position
    inside = inside.view(24, 24)[8:16, 8:16]
    y, x = torch.meshgrid(torch.arange(8), torch.arange(8), indexing="ij")
    first_y, first_x = torch.where(y == 0, 8, y), torch.where(x == 0, 8, x)
    assert torch.equal(inside, first_y * 64 + first_x)


def test_gradients_reach_both_maps_through_the_affinity() -> None:
    query = _normal(2, 3, 3, 4, seed=1).double().requires_grad_()
    key = _normal(2, 3, 5, 3, seed=2).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda q, k: find_matches(q, k).affinity, (query, key))
    assert not find_matches(query, key).position.requires_grad


def test_zeros_give_finite_gradients() -> None:
    query = torch.zeros(1, 2, 4, 4, requires_grad=True)
    find_matches(query, _normal(1, 2, 4, 4, seed=3)).affinity.sum().backward()  # type: ignore[no-untyped-call]
    assert query.grad is not None
    assert query.grad.isfinite().all()


def test_float32_under_autocast() -> None:
    query, key = _normal(1, 8, 12, 12, seed=1), _normal(1, 8, 12, 12, seed=2)
    plain = find_matches(query, key)
    with torch.autocast("cpu", torch.bfloat16):
        match = find_matches(query, key)
    assert torch.equal(match.position, plain.position)
    assert torch.equal(match.affinity, plain.affinity)
    assert find_matches(query.bfloat16(), key.bfloat16()).affinity.dtype == torch.float32


@pytest.mark.parametrize("numbers", [100, 5000, 1 << 20])
def test_half_precision_finds_the_same(numbers: int) -> None:
    """What "exact" does on CUDA, on whatever there is."""
    query, key = _normal(1, 8, 20, 24, seed=1), _normal(1, 8, 22, 20, seed=2)
    found = positions_in_half(unit_patches(query)[0].t(), unit_patches(key)[0], numbers)
    assert torch.equal(found, _all_pairs(query, key).max(2).indices[0])


def test_wrong_input_is_refused() -> None:
    one = torch.zeros(1, 2, 4, 4)
    with pytest.raises(InputError, match="choose exact or coarse"):
        find_matches(one, one, "fuzzy")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="same B and F"):
        find_matches(one, torch.zeros(1, 3, 4, 4))


_PEAK = """
import sys, torch
from pathlib import Path
from enhancers.matching.match import find_matches
def status(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) >> 10 for line in lines if line.startswith(name))
torch.set_num_threads(1)
key = torch.randn(1, 2, 128, 160)
find_matches(key[..., :64, :64], key)
Path("/proc/self/clear_refs").write_text("5")
before = status("VmRSS")
find_matches(key.flip(3), key, sys.argv[1])
print(status("VmHWM") - before)
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("mode", ["exact", "coarse"])
def test_memory_stays_far_below_the_matrix(mode: str) -> None:
    command = (sys.executable, "-c", _PEAK, mode)
    done = subprocess.run(command, capture_output=True, check=True, timeout=120, text=True)
    matrix_mib = (128 * 160) ** 2 * 4 / 2**20  # 1600 MiB
    assert int(done.stdout) < matrix_mib / 16
