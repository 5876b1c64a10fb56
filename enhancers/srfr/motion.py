"""Where a picture has what another shows: block matching, and moving by it.

Not in the paper, whose alignment learns motion by 600,000 steps on a GPU. A network that is trained
for an hour gets its pictures moved by whole samples, so that they stay sharp, and its PCD does the
rest. Nothing here is learned, and no gradient goes through it.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

CELL = 4
"""All of the coarse search happens in pictures this much smaller."""

COARSE_REACH = 8
"""Cells to each side: 32 samples."""

COARSE_WINDOW = 5
BLOCK = 8
"""Side of the blocks that move as one, in samples."""

MARGIN = 4
"""Samples around a block that are compared as well."""

FINE_REACH = 2
"""Samples to each side of the best that the coarse search found in a block."""

PENALTY = 0.002
"""Mean absolute difference that each cell or sample of motion costs: flat areas stay."""

REACH = CELL * COARSE_REACH + FINE_REACH
"""Samples of the picture that motion may have in each direction."""

FIELD = REACH + CELL * (COARSE_WINDOW // 2 + 1) + BLOCK + MARGIN
"""Samples around one that it depends on where it is moved to, and what is found there."""


def moved(pictures: Tensor, current: int = 1) -> Tensor:
    """Pictures ``[B, T, C, H, W]`` with all but ``current`` moved to where that one has them."""
    goal = pictures[:, current]
    out = [
        picture if at == current else shifted(picture, block_motion(goal, picture))
        for at, picture in enumerate(pictures.unbind(1))
    ]
    return torch.stack(out, dim=1)


@torch.no_grad()
def block_motion(goal: Tensor, other: Tensor) -> Tensor:
    """Whole samples ``[B, 2, H, W]`` (dy, dx): ``other`` has at p + d what ``goal`` has at p.

    Both are ``[B, C, H, W]``. The least mean absolute difference over a window and all planes is
    searched for, within ±32 samples in means of 4×4; about the best of that for each block of 8×8
    it is then searched to the sample, in windows of 16×16. Of equal ones the shorter is taken.
    """
    height, width = goal.shape[-2:]
    goal, other = goal.float(), other.float()
    blocks = _Blocks(goal, other)
    cells = CELL * _coarse(_smaller(goal), _smaller(other))
    motion = blocks.best(blocks.start(cells))
    whole = motion.repeat_interleave(BLOCK, 2).repeat_interleave(BLOCK, 3)
    return whole[:, :, :height, :width]


def shifted(picture: Tensor, motion: Tensor) -> Tensor:
    """``[B, C, H, W]`` at p + d for each p; beyond the border its nearest samples."""
    batch, planes, height, width = picture.shape
    rows = torch.arange(height, device=picture.device).view(1, height, 1) + motion[:, 0]
    columns = torch.arange(width, device=picture.device).view(1, 1, width) + motion[:, 1]
    at = rows.clamp_(0, height - 1) * width + columns.clamp_(0, width - 1)
    flat = picture.reshape(batch, planes, height * width)
    return flat.gather(2, at.view(batch, 1, -1).expand(-1, planes, -1)).view_as(picture)


def _smaller(picture: Tensor) -> Tensor:
    """Means of cells; the last ones of fewer samples."""
    return functional.avg_pool2d(picture, CELL, ceil_mode=True, count_include_pad=False)


def _around(reach: int) -> list[tuple[int, int]]:
    """All (dy, dx) within ``reach``, the shortest first."""
    steps = range(-reach, reach + 1)
    away = [(dy, dx) for dy in steps for dx in steps]
    return sorted(away, key=lambda by: (abs(by[0]) + abs(by[1]), by))


def _coarse(here: Tensor, there: Tensor) -> Tensor:
    """Motion ``[B, 2, h, w]`` of each cell, in cells."""
    height, width = here.shape[-2:]
    reach, half = COARSE_REACH, COARSE_WINDOW // 2
    padded = functional.pad(there, (reach,) * 4, mode="replicate")
    best = torch.full_like(here[:, 0], torch.inf)
    found = torch.zeros(len(here), 2, height, width, dtype=torch.long, device=here.device)
    for dy, dx in _around(reach):
        tried = padded[..., reach + dy : reach + dy + height, reach + dx : reach + dx + width]
        apart = (here - tried).abs().mean(1, keepdim=True)
        rows = functional.avg_pool2d(
            apart, (COARSE_WINDOW, 1), 1, (half, 0), count_include_pad=False
        )
        cost = functional.avg_pool2d(
            rows, (1, COARSE_WINDOW), 1, (0, half), count_include_pad=False
        )[:, 0] + PENALTY * (abs(dy) + abs(dx))
        better = cost < best
        best = torch.where(better, cost, best)
        found[:, 0].masked_fill_(better, dy)
        found[:, 1].masked_fill_(better, dx)
    return found


class _Blocks:
    """The blocks of a picture with their margins, and the same places of another."""

    def __init__(self, goal: Tensor, other: Tensor) -> None:
        self.size = height, width = goal.shape[-2:]
        self.grid = -(-height // BLOCK), -(-width // BLOCK)
        side = torch.arange(-MARGIN, BLOCK + MARGIN, device=goal.device)
        starts = (BLOCK * torch.arange(count, device=goal.device) for count in self.grid)
        self.rows, self.columns = (start[:, None] + side for start in starts)
        self.other = other.flatten(2)
        self.goal = self._at(goal.flatten(2), torch.zeros(len(goal), 2, *self.grid).to(side))

    def start(self, cells: Tensor) -> list[Tensor]:
        """Motions to try ``[B, 2, r, c]``: none, and the coarse search's in a block's cells."""
        per = BLOCK // CELL
        below, right = (
            per * count - side for count, side in zip(self.grid, cells.shape[-2:], strict=True)
        )
        cells = functional.pad(cells.float(), (0, right, 0, below), mode="replicate").long()
        found = [cells[..., y::per, x::per] for y in range(per) for x in range(per)]
        return [torch.zeros_like(found[0]), *found]

    def best(self, starts: list[Tensor]) -> Tensor:
        """The best motion within `FINE_REACH` of the best of some, ``[B, 2, r, c]``."""
        best, motion = self._better(None, starts[0], starts[0], 0.0)
        for tried in starts[1:]:
            best, motion = self._better(best, motion, tried, 0.0)
        about = motion
        for dy, dx in _around(FINE_REACH)[1:]:
            by = torch.tensor([dy, dx], device=about.device).view(1, 2, 1, 1)
            penalty = PENALTY * (abs(dy) + abs(dx))
            best, motion = self._better(best, motion, about + by, penalty)
        return motion

    def _better(
        self, best: Tensor | None, motion: Tensor, tried: Tensor, penalty: float
    ) -> tuple[Tensor, Tensor]:
        apart = (self.goal - self._at(self.other, tried)).abs_()
        cost = apart.mean((1, 3)).view(-1, 1, *self.grid) + penalty
        if best is None:
            return cost, tried
        better = cost < best
        return torch.where(better, cost, best), torch.where(better, tried, motion)

    def _at(self, flat: Tensor, motion: Tensor) -> Tensor:
        """Windows ``[B, C, blocks, samples]`` of a picture ``[B, C, H·W]``."""
        height, width = self.size
        rows = (self.rows[:, None] + motion[:, 0, ..., None]).clamp_(0, height - 1)
        columns = (self.columns[None] + motion[:, 1, ..., None]).clamp_(0, width - 1)
        at = rows[..., :, None] * width + columns[..., None, :]  # [B, r, c, side, side]
        chosen = at.view(len(flat), 1, -1).expand(-1, flat.shape[1], -1)
        return flat.gather(2, chosen).view(*flat.shape[:2], -1, at.shape[-1] ** 2)
