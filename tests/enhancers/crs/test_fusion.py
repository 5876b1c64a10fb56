from dataclasses import replace

import pytest
import torch
from kits.crs import SMALLEST, woken

from enhancers.crs.fusion import Fusion, FusionStage
from enhancers.crs.tcn import Texture

QP = torch.tensor([30.0, 40.0])


def _texture(height, width, affinity=1.0):
    return Texture(
        torch.randn(2, 8, height // 2, width // 2),
        torch.full((2, 1, height // 2, width // 2), affinity),
        torch.randn(2, 8, height, width),
        torch.full((2, 1, height, width), affinity),
    )


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("planes", [1, 2])
@pytest.mark.parametrize("keys", [1, 2])
def test_comes_up_to_the_pictures_size(scale, planes, keys):
    fusion = Fusion(replace(SMALLEST, scale=scale, planes=planes, keys=keys))
    motion = torch.randn(2, 8, 16 // scale, 24 // scale)
    out = fusion(motion, [_texture(16, 24) for _ in range(keys)], QP)
    assert out.shape == (2, planes, 16, 24)
    assert not out.any()  # the last convolution starts at zero


def test_texture_counts_by_its_affinity():
    torch.manual_seed(0)
    stage = woken(FusionStage(SMALLEST, 1))
    features, texture = torch.randn(2, 8, 8, 8), torch.randn(2, 8, 8, 8)
    none = torch.zeros(2, 1, 8, 8)
    out = stage(features, [(texture, none)], QP)
    assert torch.equal(out, stage(features, [(-texture, none)], QP))
    assert not torch.equal(out, stage(features, [(texture, none + 1)], QP))


def test_without_tcn_there_is_nothing_beside_the_motion():
    config = replace(SMALLEST, without=("TCN",))
    stage = FusionStage(config, 1)
    assert stage.head.in_channels == config.channels
    assert stage(torch.randn(2, 8, 8, 8), [], QP).shape == (2, 8, 8, 8)


def test_features_stay_in_half_precision_where_the_affinity_is_not():
    stage = FusionStage(SMALLEST, 1)
    half = torch.randn(2, 8, 8, 8).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        out = stage(half, [(half, torch.ones(2, 1, 8, 8))], QP)
    assert out.dtype == torch.bfloat16
