"""Good matches without comparing all pairs: from pooled feature maps down to the full grid."""

from __future__ import annotations

from functools import cache

import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it
from torch import Tensor

from enhancers.matching.exact import exact_positions
from enhancers.matching.patches import batch_offsets, inverse_norms, padded_rows

_LEVELS = 2  # of pooling by 2
_RADIUS = 1  # of the search around a parent's position, in samples of the finer level
_PARENTS = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))
_SHIFTS = 2 * _RADIUS + 1
_HERE = 4  # side of what the patches of 2×2 query samples cover
_THERE = 4 + 2 * _RADIUS  # side of what their candidates cover in the key


def coarse_positions(query: Tensor, key: Tensor, block_bytes: int) -> Tensor:
    """Row-major index [B, Nq] of a key patch whose cosine is large, not always the largest.

    Both maps are averaged over 4×4 samples and matched exactly. Then, at each of two finer
    levels, each 2×2 samples try where their parent matched and where its four neighbours did
    (moved back by what lies between the neighbours), all that within ±1 sample; 45 candidates
    each. Time and memory are linear in the grids' sizes but for the exact search at 1/256 of the
    pairs. Deterministic; among equal candidates the smallest index wins. A departure from the
    paper, which compares all pairs.
    """
    queries, keys = [query], [key]
    for _ in range(_LEVELS):
        queries.append(F.avg_pool2d(queries[-1], 2, ceil_mode=True))
        keys.append(F.avg_pool2d(keys[-1], 2, ceil_mode=True))
    position = exact_positions(queries[-1], keys[-1], block_bytes)
    for level in reversed(range(_LEVELS)):
        position = _refined(queries[level], keys[level], position, keys[level + 1], block_bytes)
    return position


def _refined(
    query: Tensor, key: Tensor, position: Tensor, parent_key: Tensor, block_bytes: int
) -> Tensor:
    """Positions [B, hq·wq] in ``key``, from the parents' ``position`` in ``parent_key``."""
    batch, channels, height, width = query.shape
    high, wide = -(-height // 2), -(-width // 2)
    queries = _query_blocks(query)
    found = torch.div(position, parent_key.shape[3], rounding_mode="floor")
    parent_y = found.view(batch, high, wide)
    parent_x = (position % parent_key.shape[3]).view(batch, high, wide)
    search = _Search(key)
    per_block = 4 * (channels * (_HERE**2 + _THERE**2) + 3 * _HERE**2 * _THERE**2)
    rows = max(1, block_bytes // 8 // (per_block * wide * batch))
    out = torch.empty(batch, 2 * high, 2 * wide, dtype=torch.int64, device=query.device)
    for top in range(0, high, rows):
        here = torch.arange(top, min(top + rows, high), device=query.device)
        blocks = queries[:, top : top + rows].reshape(-1, _HERE**2, channels)
        best, index = search.nothing(len(blocks))
        for down, right in _PARENTS:
            y = (here + down).clamp(0, high - 1)
            across = torch.arange(wide, device=query.device)
            x = (across + right).clamp(0, wide - 1)
            origin_y = 2 * (parent_y[:, y][:, :, x] - (y - here)[:, None])
            origin_x = 2 * (parent_x[:, y][:, :, x] - (x - across))
            score, there = search(blocks, origin_y, origin_x)
            better = (score > best) | ((score == best) & (there < index))
            best, index = torch.where(better, score, best), torch.where(better, there, index)
        children = index.view(batch, len(here), wide, 2, 2).transpose(2, 3)
        out[:, 2 * top : 2 * (top + len(here))] = children.reshape(batch, -1, 2 * wide)
    return out[:, :height, :width].reshape(batch, -1)


class _Search:
    """Compares 2×2 query samples' patches with those within the radius around key positions.

    The products of all samples under the four patches with all samples under the candidates are
    one small matrix product a block; nine of its numbers make one patch's product.
    """

    def __init__(self, key: Tensor) -> None:
        batch, _, self.height, self.width = key.shape
        before, after = 1 + _RADIUS, 2 + _RADIUS
        self.rows = padded_rows(key, before, after)
        self.stride = self.width + before + after
        self.first = batch_offsets(batch, len(self.rows) // batch, key.device)
        norms = F.pad(inverse_norms(key), (_RADIUS, 1 + _RADIUS, _RADIUS, 1 + _RADIUS))
        self.norms, self.norm_stride = norms.flatten(), norms.shape[2]
        self.norm_first = batch_offsets(batch, norms[0].numel(), key.device)
        self.sums = _patch_sums().to(key)
        corner = torch.arange(2, device=key.device).view(2, 1) + torch.arange(
            -_RADIUS, _RADIUS + 1, device=key.device
        )
        self.down = corner[:, None, :, None].expand(2, 2, _SHIFTS, _SHIFTS).reshape(4, -1)
        self.right = corner[None, :, None, :].expand(2, 2, _SHIFTS, _SHIFTS).reshape(4, -1)

    def nothing(self, blocks: int) -> tuple[Tensor, Tensor]:
        """Scores and indices that every candidate beats: [blocks, 4] each."""
        best = torch.full((blocks, 4), -torch.inf, dtype=self.rows.dtype, device=self.rows.device)
        return best, torch.full_like(best, self.height * self.width, dtype=torch.int64)

    def __call__(self, blocks: Tensor, y: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """Best score and index [n, 4] for ``blocks`` [n, 16, F] around ``y``, ``x`` [B, …]."""
        y, x = y.clamp(0, self.height - 1).flatten(1), x.clamp(0, self.width - 1).flatten(1)
        window = self._window(self.first + y * self.stride + x, _THERE, self.stride)
        keys = self.rows.index_select(0, window.flatten()).view(len(blocks), _THERE**2, -1)
        scores = torch.bmm(blocks, keys.transpose(1, 2)).flatten(1) @ self.sums
        nearby = self.norm_first + y * self.norm_stride + x
        at = nearby.view(-1, 1, 1) + (
            (self.down + _RADIUS) * self.norm_stride + self.right + _RADIUS
        )
        norms = self.norms.index_select(0, at.flatten()).view(at.shape)
        scores = (scores.view(at.shape) * norms).masked_fill_(norms == 0, -torch.inf)
        best, which = scores.max(2)
        offset = (self.down * self.width + self.right).expand(len(blocks), -1, -1)
        chosen = offset.gather(2, which[:, :, None])[:, :, 0]
        return best, (y * self.width + x).view(-1, 1) + chosen

    @staticmethod
    def _window(first: Tensor, side: int, stride: int) -> Tensor:
        steps = torch.arange(side, device=first.device)
        return first.reshape(-1, 1, 1) + steps[:, None] * stride + steps


def _query_blocks(query: Tensor) -> Tensor:
    """[B, F, h, w] as [B, ⌈h/2⌉, ⌈w/2⌉, 4, 4, F]: what the patches of each 2×2 samples cover."""
    height, width = query.shape[2:]
    padded = F.pad(query, (1, 1 + width % 2, 1, 1 + height % 2)).permute(0, 2, 3, 1).contiguous()
    blocks = padded.unfold(1, _HERE, 2).unfold(2, _HERE, 2)
    return blocks.permute(0, 1, 2, 4, 5, 3)


@cache
def _patch_sums() -> Tensor:
    """[16·36, 4·9] of zeros and ones: which products of samples make which patch's product."""
    sums = torch.zeros(_HERE, _HERE, _THERE, _THERE, 2, 2, _SHIFTS, _SHIFTS)
    for a in range(2):
        for b in range(2):
            for down in range(_SHIFTS):
                for right in range(_SHIFTS):
                    for i in range(a, a + 3):
                        for j in range(b, b + 3):
                            sums[i, j, i + down, j + right, a, b, down, right] = 1
    return sums.view(_HERE**2 * _THERE**2, 4 * _SHIFTS**2)
