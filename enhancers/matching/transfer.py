"""Texture of the key picture, put where the matches say.

The CRS paper, section IV-C, stage 3 and figure 4.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it
from torch import Tensor

from enhancers.layers.resize import bilinear
from enhancers.matching.match import Match
from enhancers.matching.patches import TAPS


def transfer(value: Tensor, match: Match, scale: int) -> Tensor:
    """The matched patches of ``value`` [B, F, hk·s, wk·s], overlapping: [B, F, hq·s, wq·s].

    ``scale`` s is 1, 2 or 4 (any positive integer works): patches of 3s×3s with stride s, the
    mean where they overlap. The paper folds without saying how it divides; here each sample is
    divided by the number of patches that bring a sample of the key picture there: what a patch
    has beyond the key picture's borders is left out, not taken for zeros. Equals `unfold`,
    gather and `fold` with such a division, without their ninefold memory. Differentiable in
    ``value``.

    Raises:
        ValueError: ``value`` does not have the size of the match's key at that scale.
    """
    (hk, wk), (hq, wq) = match.key_size, match.query_size
    batch, channels = value.shape[:2]
    if scale < 1 or value.shape[2:] != (hk * scale, wk * scale) or batch != len(match.position):
        raise ValueError(
            f"a key grid of {hk}×{wk} at scale {scale} takes values [{len(match.position)}, F, "
            f"{hk * scale}, {wk * scale}], not {tuple(value.shape)}"
        )
    blocks = F.pixel_unshuffle(value, scale).permute(0, 2, 3, 1).reshape(batch * hk * wk, -1)
    rows = torch.cat([blocks, blocks.new_zeros(1, blocks.shape[1])])
    index = _block_index(match)
    index = torch.where(index < 0, batch * hk * wk, index)
    mean = F.embedding_bag(index.view(-1, 9), rows, mode="mean", padding_idx=batch * hk * wk)
    mean = mean.view(batch, hq, wq, channels * scale**2).permute(0, 3, 1, 2)
    return F.pixel_shuffle(mean, scale)


def affinity_map(match: Match, scale: int) -> Tensor:
    """The affinities as a picture [B, 1, hq·s, wq·s], bilinear between the samples."""
    grid = match.affinity.view(-1, 1, *match.query_size)
    if scale == 1:
        return grid
    return bilinear(grid, scale)


def _block_index(match: Match) -> Tensor:
    """For each query block, the key blocks that its nine patches bring: [B, hq, wq, 9].

    Row-major over the keys of the whole batch; -1 where a patch is not there or has no sample.
    """
    (hk, wk), (hq, wq) = match.key_size, match.query_size
    batch, device = len(match.position), match.position.device
    y = (match.position // wk).view(batch, hq, wq)
    x = (match.position % wk).view(batch, hq, wq)
    first = torch.arange(batch, device=device).view(batch, 1, 1) * (hk * wk)
    index = torch.full((batch, hq, wq, 9), -1, dtype=torch.int64, device=device)
    for tap, (dy, dx) in enumerate(TAPS):
        there_y, there_x = y + dy, x + dx
        inside = (there_y >= 0) & (there_y < hk) & (there_x >= 0) & (there_x < wk)
        there = torch.where(inside, first + there_y * wk + there_x, -1)
        # The patch around query block c brings its block at c + (dy, dx).
        to_y, from_y = _shifted(hq, dy)
        to_x, from_x = _shifted(wq, dx)
        index[:, to_y, to_x, tap] = there[:, from_y, from_x]
    return index


def _shifted(size: int, by: int) -> tuple[slice, slice]:
    """Where samples land, and where they come from, when moved by -1, 0 or 1 within ``size``."""
    return slice(max(by, 0), size + min(by, 0)), slice(max(-by, 0), size + min(-by, 0))
