"""For each patch of a feature map, the most alike patch of another one.

The CRS paper, section IV-C, equations (10) to (12).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from codecpipe.errors import InputError
from enhancers.matching.coarse import coarse_positions
from enhancers.matching.exact import exact_positions
from enhancers.matching.patches import TAPS, batch_offsets, inverse_norms, padded_rows

Mode = Literal["exact", "coarse"]


@dataclass(frozen=True, eq=False)
class Match:
    """The matches that `find_matches` found."""

    position: Tensor
    """[B, Nq], int64: for each patch of the query in row-major order, the row-major index of its
    best patch in the key's grid."""
    affinity: Tensor
    """[B, Nq]: their cosine similarity, in [-1, 1]."""
    query_size: tuple[int, int]
    """Height and width of the query's grid."""
    key_size: tuple[int, int]
    """Height and width of the key's grid."""


def find_matches(
    query: Tensor, key: Tensor, mode: Mode = "exact", *, block_bytes: int | None = None
) -> Match:
    """The best 3×3 patch of ``key`` [B, F, hk, wk] for each one of ``query`` [B, F, hq, wq].

    Patches at the borders are padded with zeros. The likeness is the cosine of the angle between
    the patches (equation (10)); among equals, the smallest index wins. "exact" compares all pairs;
    "coarse" searches in feature maps pooled by 4 and refines from there, see `coarse_positions`.
    Memory is linear in the grids' sizes plus ``block_bytes``; the matrix of all pairs is never
    there. Compares in float32 on a CPU, under autocast too. On CUDA, "exact" multiplies in half
    precision with float32 sums, and picks among the best few in float32.

    Gradients reach ``query`` and ``key`` through ``affinity`` alone: the paper's arg-max
    (equation (12)) has none.

    Raises:
        InputError: there is no such mode.
        ValueError: the maps differ in batch size, channels, device or dimensions.
    """
    if query.dim() != 4 or key.dim() != 4 or query.shape[:2] != key.shape[:2]:
        raise ValueError(
            f"matching takes [B, F, h, w] twice with the same B and F, "
            f"not {tuple(query.shape)} and {tuple(key.shape)}"
        )
    if query.device != key.device:
        raise ValueError(f"query is on {query.device}, key on {key.device}")
    if mode not in {"exact", "coarse"}:
        raise InputError(f"there is no matching mode '{mode}': choose exact or coarse")
    if block_bytes is None:  # what stays in a CPU's cache, and keeps a GPU busy
        block_bytes = (16 if query.device.type == "cpu" else 256) << 20
    with torch.autocast(query.device.type, enabled=False):
        query, key = _wide(query), _wide(key)
        with torch.no_grad():
            search = exact_positions if mode == "exact" else coarse_positions
            position = search(query.detach(), key.detach(), block_bytes)
        affinity = affinity_at(query, key, position)
    (hq, wq), (hk, wk) = query.shape[2:], key.shape[2:]
    return Match(position, affinity, (hq, wq), (hk, wk))


def affinity_at(query: Tensor, key: Tensor, position: Tensor) -> Tensor:
    """Cosine similarity [B, Nq] of each query patch and the key patch at its ``position``.

    Differentiable in both maps.
    """
    (batch, channels, hq, wq), wk = query.shape, key.shape[3]
    rows = padded_rows(key)
    first = batch_offsets(batch, len(rows) // batch, key.device)
    centre = position + 2 * (position // wk) + wk + 3  # the same place in the padded key
    around = torch.nn.functional.pad(query, (1, 1, 1, 1))
    total = query.new_zeros(batch, hq * wq)
    for dy, dx in TAPS:
        index = (first + centre + dy * (wk + 2) + dx).flatten()
        there = rows.index_select(0, index)
        here = around[:, :, 1 + dy : 1 + dy + hq, 1 + dx : 1 + dx + wq]
        here = here.permute(0, 2, 3, 1).reshape(-1, channels)
        total = total + (here * there).sum(1).view(batch, -1)
    scale = inverse_norms(query).flatten(1) * inverse_norms(key).flatten(1).gather(1, position)
    return total * scale


def _wide(features: Tensor) -> Tensor:
    return features if features.dtype == torch.float64 else features.float()
