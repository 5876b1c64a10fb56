from dataclasses import replace

import pytest
import torch
from kits.crs import SMALLEST
from torch import nn

from enhancers.crs.tcn import PyramidFeatures, Tcn
from enhancers.layers.resize import downsample, upsample

QP = torch.tensor([32.0])


def _picture(height, width, seed=0):
    """Smooth noise: nothing in it looks like anything else."""
    torch.manual_seed(seed)
    return upsample(torch.rand(1, 1, height // 4, width // 4), 4).clamp(0, 1)


@pytest.mark.parametrize("blocks", [0, 1, 2, 3, 4])
def test_pyramid_has_three_scales(blocks):
    net = PyramidFeatures(replace(SMALLEST, tcn_blocks=blocks))
    shapes = [f.shape[1:] for f in net(torch.rand(2, 1, 16, 24), torch.tensor([30.0, 40]))]
    assert shapes == [(8, 16, 24), (8, 8, 12), (8, 4, 6)]


def test_brightness_is_told_apart_by_direction():
    """Flat patches of different grey: their cosine must not be 1."""
    torch.manual_seed(0)
    net = PyramidFeatures(SMALLEST)
    dark, light = (net(torch.full((1, 1, 32, 32), v), QP)[2][0, :, 4, 4] for v in (0.7, 0.9))
    assert torch.cosine_similarity(dark, light, dim=0) < 0.99


@pytest.mark.parametrize("shift", [(8, 12), (-4, 8), (0, -16)])
def test_texture_comes_from_where_the_picture_moved(shift):
    """With convolutions that pass one value plane, the texture is the shifted picture itself."""
    torch.manual_seed(0)
    scene, (dy, dx) = _picture(96, 96), shift
    key = scene[..., 16:80, 16:80]
    current = scene[..., 16 + dy : 80 + dy, 16 + dx : 80 + dx]
    tcn = Tcn(SMALLEST)
    features = tcn.key_features(key, upsample(downsample(key, 2), 2), QP)
    passing = replace(features, values=(key.repeat(1, 8, 1, 1), *features.values[1:]))
    nn.init.dirac_(tcn.fold_1.weight)
    nn.init.zeros_(tcn.fold_1.bias)
    (texture,) = tcn(upsample(downsample(current, 2), 2), [passing], QP)
    inner = (slice(20, -20), slice(20, -20))
    error = (texture.whole[0, 0] - current[0, 0])[inner].abs()
    unmoved = (key - current)[0, 0][inner].abs()
    assert error.mean() < 0.02
    assert error.mean() < unmoved.mean() / 5
    assert texture.whole_affinity[0, 0][inner].mean() > 0.98


def test_the_key_may_be_larger_than_the_picture():
    torch.manual_seed(0)
    scene = _picture(64, 96)
    tcn = Tcn(SMALLEST)
    features = tcn.key_features(scene, upsample(downsample(scene, 2), 2), QP)
    current = scene[..., 24:56, 32:72]
    (texture,) = tcn(upsample(downsample(current, 2), 2), [features], QP)
    assert texture.whole.shape == (1, 8, 32, 40)
    assert texture.half.shape == (1, 8, 16, 20)
    assert texture.whole_affinity.shape == (1, 1, 32, 40)
    assert texture.half_affinity.shape == (1, 1, 16, 20)
    assert texture.whole_affinity[..., 12:-12, 12:-12].min() > 0.9


def test_each_key_gives_its_own_texture():
    torch.manual_seed(0)
    tcn = Tcn(replace(SMALLEST, keys=2))
    current, other = _picture(32, 32), _picture(32, 32, seed=1)
    features = [tcn.key_features(key, key, QP) for key in (other, current)]
    textures = tcn(current, features, QP)
    assert len(textures) == 2
    torch.testing.assert_close(textures[1].whole_affinity, torch.ones(1, 1, 32, 32))
    assert textures[0].whole_affinity.mean() < 0.999


def test_affinity_teaches_query_and_key():
    torch.manual_seed(0)
    tcn = Tcn(SMALLEST)
    key, current = _picture(32, 32), _picture(32, 32, seed=1)
    features = tcn.key_features(key, key, QP)
    detached = replace(features, values=tuple(v.detach() for v in features.values))
    (texture,) = tcn(current, [detached], QP)
    texture.half_affinity.sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in tcn.mfe.at_1.parameters())
