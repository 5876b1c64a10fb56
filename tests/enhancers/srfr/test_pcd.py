"""PCD against plain convolutions where its offsets are zero, and what it can learn."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from kits.srfr import woken

from enhancers.srfr.features import Pyramid
from enhancers.srfr.pcd import Cascade, Level, Pcd

CHANNELS = 6


def pyramid(seed: int, size: tuple[int, int] = (12, 20)) -> Pyramid:
    generator = torch.Generator().manual_seed(seed)
    sizes = [(size[0] // s, size[1] // s) for s in (1, 2, 4)]
    return Pyramid(*(torch.randn(2, CHANNELS, *at, generator=generator) for at in sizes))


def plain(layer, x):
    """A deformable convolution with offsets 0 and masks 1/2."""
    return 0.5 * F.conv2d(x, layer.weight, padding=1) + layer.bias[:, None, None]


def test_with_zero_offsets_it_is_plain_convolutions():
    torch.manual_seed(0)
    pcd = Pcd(CHANNELS, 2)
    neighbour, current = pyramid(1), pyramid(2)

    def larger(x):
        return F.interpolate(x, scale_factor=2, mode="bilinear")

    with torch.no_grad():
        x = F.leaky_relu(plain(pcd.level_3.align, neighbour.quarter), 0.1)
        x = torch.cat([plain(pcd.level_2.align, neighbour.half), larger(x)], 1)
        x = F.leaky_relu(pcd.level_2.join(x), 0.1)
        x = torch.cat([plain(pcd.level_1.align, neighbour.whole), larger(x)], 1)
        x = pcd.level_1.join(x)
        due = F.leaky_relu(plain(pcd.cascade.align, x), 0.1)
        torch.testing.assert_close(pcd(neighbour, current), due)
        # Then the current frame does not count; with offsets it does.
        assert torch.equal(pcd(neighbour, current), pcd(neighbour, pyramid(3)))
        woken(pcd)
        assert not torch.allclose(pcd(neighbour, current), pcd(neighbour, pyramid(3)), atol=1e-3)


def test_offsets_of_the_coarser_level_are_doubled():
    """They count finer samples: features that offsets are made of are linear in them."""
    torch.manual_seed(0)
    level = Level(CHANNELS, 1, coarsest=False, finest=True)
    near, coarse = pyramid(1), torch.randn(2, CHANNELS, 6, 10)
    with torch.no_grad():
        level.join_offsets.weight.zero_()
        for c in range(CHANNELS):
            level.join_offsets.weight[c, CHANNELS + c, 1, 1] = 1  # the coarser's alone
        level.offsets.weight.zero_()
        for c in range(CHANNELS):
            level.offsets.weight[c, c, 1, 1] = 1
        _, motion = level(near.whole, near.whole, (coarse, coarse))
        due = 2 * F.interpolate(coarse, scale_factor=2, mode="bilinear")
        torch.testing.assert_close(motion, F.leaky_relu(F.leaky_relu(due, 0.1), 0.1))


def test_all_levels_count():
    pcd = woken(Pcd(CHANNELS, 2))
    neighbour, current = pyramid(1), pyramid(2)
    with torch.no_grad():
        due = pcd(neighbour, current)
        for at in range(3):
            for side in range(2):
                pair = [neighbour, current]
                pair[side] = pair[side]._replace(**{Pyramid._fields[at]: pyramid(5)[at]})
                assert not torch.allclose(pcd(*pair), due, atol=1e-4)


@pytest.mark.parametrize("shift", [(0, 2), (-1, 0), (1.5, -1)], ids=str)
def test_a_shift_is_learned(shift):
    """By its offsets alone: the taps see the centre, and nothing else is trained."""
    torch.manual_seed(0)
    level = Level(CHANNELS, 1, coarsest=True, finest=True)
    with torch.no_grad():
        level.align.weight.zero_()
        for c in range(CHANNELS):
            level.align.weight[c, c, 1, 1] = 2  # masks are 1/2
    level.align.weight.requires_grad_(False)
    level.align.bias.requires_grad_(False)
    coarse = torch.randn(4, CHANNELS, 8, 8)
    picture = F.interpolate(coarse, size=(32, 32), mode="bicubic")
    grid = F.affine_grid(torch.eye(2, 3).expand(4, 2, 3), picture.shape, align_corners=False)
    moved = F.grid_sample(
        picture, grid + 2 * torch.tensor([shift[1], shift[0]]) / 32, align_corners=False
    )
    optimizer = torch.optim.Adam([p for p in level.parameters() if p.requires_grad], 3e-3)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        aligned, _ = level(moved, picture, None)
        loss = (aligned - picture)[..., 4:-4, 4:-4].square().mean()
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    assert losses[-1] < 0.25 * losses[0], (losses[0], losses[-1])


def test_the_higher_layers_are_the_finest_level_and_the_cascade():
    pcd = Pcd(CHANNELS, 1)
    finest, cascade = pcd.higher_layers()
    assert finest is pcd.level_1
    assert isinstance(cascade, Cascade)
