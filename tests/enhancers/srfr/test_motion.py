import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import interpolate

from enhancers.layers.resize import downsample, upsample
from enhancers.srfr.motion import FIELD, REACH, block_motion, moved, shifted


def texture(seed=0, size=(112, 128), planes=1):
    """Noise of all scales, stronger the larger it is, as pictures have it."""
    torch.manual_seed(seed)
    out = torch.zeros(1, planes, *size)
    for scale in (1, 2, 4, 8, 16):
        noise = torch.rand(1, planes, size[0] // scale + 2, size[1] // scale + 2)
        smooth = interpolate(noise, scale_factor=scale, mode="bilinear", align_corners=False)
        out += scale**0.5 * smooth[..., : size[0], : size[1]]
    return out / 12


@settings(max_examples=12, deadline=None, derandomize=True)
@given(dy=st.integers(-16, 16), dx=st.integers(-16, 16))
def test_a_picture_that_moved_as_a_whole_is_found_to_the_sample(dy, dx):
    big = texture(size=(176, 192))
    goal, other = big[..., 32:144, 32:160], big[..., 32 - dy : 144 - dy, 32 - dx : 160 - dx]
    inner = (slice(None), slice(None), slice(32, -32), slice(32, -32))
    motion = block_motion(goal, other)
    found = motion[inner]
    right = (found == torch.tensor([dy, dx]).view(1, 2, 1, 1)).all(1).float().mean()
    assert right > 0.75
    back = shifted(other, motion)[inner]
    assert (back == goal[inner]).float().mean() > 0.75


def test_it_is_found_in_what_was_scaled_up_too():
    """What is looked for is an LR frame: nothing of it is sharp."""
    big = texture(3, size=(176, 192))
    soft = upsample(downsample(big[..., 32:144, 32:160], 2), 2)
    found = block_motion(soft, big[..., 25:137, 42:170])[..., 32:-32, 32:-32]
    assert ((found[:, 0] == 7) & (found[:, 1] == -10)).float().mean() > 0.9


def test_what_stands_still_stays():
    flat = torch.full((2, 2, 24, 40), 0.3)
    assert not block_motion(flat, flat).any()
    picture = texture(1)
    assert not block_motion(picture, picture).any()
    assert not block_motion(flat, torch.rand_like(flat) * 1e-4 + 0.3).any()


@pytest.mark.parametrize("size", [(8, 8), (20, 12), (44, 52)])
def test_any_size_that_networks_have(size):
    goal, other = torch.rand(2, 1, *size), torch.rand(2, 1, *size)
    found = block_motion(goal, other)
    assert found.shape == (2, 2, *size)
    assert found.abs().max() <= REACH
    torch.testing.assert_close(block_motion(goal[1:], other[1:]), found[1:])


def test_samples_are_taken_from_where_motion_says_and_from_the_border_beyond_it():
    picture = torch.arange(12.0).view(1, 1, 3, 4)
    motion = torch.zeros(1, 2, 3, 4, dtype=torch.long)
    motion[0, :, 1, 1] = torch.tensor([1, 2])
    motion[0, :, 0, 0] = torch.tensor([-5, 9])
    out = shifted(picture, motion)
    assert out[0, 0, 1, 1] == picture[0, 0, 2, 3]
    assert out[0, 0, 0, 0] == picture[0, 0, 0, 3]
    assert (out == picture).sum() == 10


def test_the_picture_itself_is_untouched_and_gradients_reach_the_others():
    pictures = torch.cat([texture(5, (48, 48)), texture(6, (48, 48)), texture(5, (48, 48))])[None]
    pictures.requires_grad_()
    out = moved(pictures)
    assert torch.equal(out[:, 1], pictures[:, 1])
    out[:, 2].sum().backward()
    assert pictures.grad is not None
    assert pictures.grad[:, 2].sum() == 48 * 48
    assert not pictures.grad[:, :2].any()


def test_no_more_is_looked_at_than_tiles_give():
    """The halo counts `FIELD` samples: what lies beyond changes nothing."""
    goal, other = texture(7, (256, 256)), texture(8, (256, 256))
    found = block_motion(goal, other)[..., 128, 128]
    changed = [picture.clone() for picture in (goal, other)]
    for picture in changed:
        inner = picture[..., 128 - FIELD : 129 + FIELD, 128 - FIELD : 129 + FIELD].clone()
        picture.uniform_()
        picture[..., 128 - FIELD : 129 + FIELD, 128 - FIELD : 129 + FIELD] = inner
    assert torch.equal(block_motion(*changed)[..., 128, 128], found)
