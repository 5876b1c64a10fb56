"""The best match among all pairs of patches, without holding the matrix of all pairs."""

from __future__ import annotations

import torch
from torch import Tensor

from enhancers.matching.patches import unit_patches

_LEAST_WIDTH = 4096  # of a block, so that each product is large enough to be quick
_BEST_FEW = 4  # by scores in half precision, that float32 then decides among


def exact_positions(query: Tensor, key: Tensor, block_bytes: int) -> Tensor:
    """Row-major index [B, Nq] of the key patch with the largest cosine; the smallest of equals.

    Blocks of query rows times blocks of key columns, so that each block of the matrix takes at
    most ``block_bytes``; besides them, the patches of both maps are there, 9·F·(Nq + Nk) numbers.
    """
    keys = unit_patches(key)
    queries = unit_patches(query).transpose(1, 2)
    batch, rows, columns = len(queries), queries.shape[1], keys.shape[2]
    numbers = max(1, block_bytes // keys.element_size())
    half = query.is_cuda and query.dtype != torch.float64
    if batch * rows * columns <= numbers and not half:
        return torch.bmm(queries, keys).max(2).indices
    search = positions_in_half if half else positions_in_blocks
    found = [search(queries[item], keys[item], numbers) for item in range(batch)]
    return torch.stack(found)


def positions_in_blocks(queries: Tensor, keys: Tensor, numbers: int) -> Tensor:
    """`exact_positions` of one picture: [Nq, D] and [D, Nk] give [Nq].

    ``numbers``: how many a block may have.
    """
    rows, columns = len(queries), keys.shape[1]
    width = min(columns, max(numbers // rows, _LEAST_WIDTH), numbers)
    height = min(rows, max(1, numbers // width))
    out = torch.empty(rows, dtype=torch.int64, device=keys.device)
    buffer = keys.new_empty(height * width)  # one for all: fresh pages cost more than the product
    for top in range(0, rows, height):
        part = queries[top : top + height]
        best = keys.new_full((len(part),), -torch.inf)
        index = torch.zeros(len(part), dtype=torch.int64, device=keys.device)
        for left in range(0, columns, width):
            there = keys[:, left : left + width]
            scores = buffer[: len(part) * there.shape[1]].view(len(part), -1)
            value, where = torch.mm(part, there, out=scores).max(1)
            better = value > best  # an equal one further on does not count
            best = torch.where(better, value, best)
            index = torch.where(better, where + left, index)
        out[top : top + height] = index
    return out


def positions_in_half(queries: Tensor, keys: Tensor, numbers: int) -> Tensor:
    """`positions_in_blocks` by products of half precision numbers, as GPUs are quickest at.

    The best few of each block by these scores are compared again in the inputs' precision, so
    that another patch than the best one is found only where the best few were all within half
    precision's error of it.
    """
    rows, columns = len(queries), keys.shape[1]
    height = min(rows, max(1, numbers // columns))
    low, by_row = keys.half(), keys.t().contiguous()
    few = min(_BEST_FEW, columns)
    out = torch.empty(rows, dtype=torch.int64, device=keys.device)
    for top in range(0, rows, height):
        part = queries[top : top + height]
        # In order of their index: the first of equals is then the smallest one.
        likely = _product(part.half(), low).topk(few, dim=1).indices.sort(1).values
        rivals = by_row.index_select(0, likely.flatten()).view(len(part), few, -1)
        chosen = (rivals @ part.unsqueeze(2)).squeeze(2).argmax(1, keepdim=True)
        out[top : top + height] = likely.gather(1, chosen)[:, 0]
    return out


def _product(left: Tensor, right: Tensor) -> Tensor:
    """Product of two matrices in half precision, in float32 where PyTorch can give it so."""
    if left.is_cuda and tuple(map(int, torch.__version__.split(".")[:2])) >= (2, 8):
        return torch.mm(left, right, out_dtype=torch.float32)
    return left @ right
