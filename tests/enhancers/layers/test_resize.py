from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from codecpipe.format import VideoFormat
from codecpipe.video.resample import Filter, plan_size, scale_frames
from enhancers.layers.resize import downsample, lanczos, upsample

scales = pytest.mark.parametrize("scale", [2, 4])


def _swscale(planes, small, large, *, up, kernel=Filter.BICUBIC):
    """The planes (10 bit) through the pipeline's scaler."""
    frame = np.concatenate([plane.ravel() for plane in planes])
    fmt, to = (small, large) if up else (large, small)
    (out,) = scale_frames([frame], fmt, to, kernel)
    return [plane.astype(np.float32) for plane in to.planes(out)]


@scales
@pytest.mark.parametrize("up", [True, False])
def test_gives_the_samples_of_the_pipelines_scaler(scale, up):
    large = VideoFormat(96, 64, 10)
    plan = plan_size(large.width, large.height, Fraction(scale))
    small = large.with_size(plan.lr_width, plan.lr_height)
    random = np.random.default_rng(0)
    planes = [
        random.integers(200, 800, shape).astype(np.uint16)
        for shape in (small if up else large).plane_shapes
    ]
    expected = _swscale(planes, small, large, up=up)
    for plane, theirs in zip(planes, expected, strict=True):
        x = torch.from_numpy(plane.astype(np.float32))[None, None]
        ours = (upsample if up else downsample)(x, scale)[0, 0].numpy()
        # Scaling up, swscale folds the taps beyond the border in a way of its own.
        inner = (slice(2 * scale, -2 * scale),) * 2 if up else ...
        assert np.abs(ours - theirs)[inner].max() < 1  # of 1023: it rounds in between
        assert abs((ours - theirs).mean()) < 0.1


@scales
def test_lanczos_gives_the_samples_of_the_pipelines_scaler(scale):
    large = VideoFormat(96, 64, 10)
    plan = plan_size(large.width, large.height, Fraction(scale))
    small = large.with_size(plan.lr_width, plan.lr_height)
    random = np.random.default_rng(0)
    planes = [random.integers(300, 700, shape).astype(np.uint16) for shape in small.plane_shapes]
    expected = _swscale(planes, small, large, up=True, kernel=Filter.LANCZOS)
    inner = (slice(3 * scale, -3 * scale),) * 2
    for plane, theirs in zip(planes, expected, strict=True):
        x = torch.from_numpy(plane.astype(np.float32))[None, None]
        ours = upsample(x, scale, lanczos, 3)[0, 0].numpy()
        assert np.abs(ours - theirs)[inner].max() < 2  # of 1023: it rounds in between
        assert abs((ours - theirs)[inner].mean()) < 0.2
        assert np.abs(upsample(x, scale)[0, 0].numpy() - theirs)[inner].max() > 10


@scales
def test_up_and_down_have_the_same_phase(scale):
    """A straight line nearly stays one, sample centres being where they were."""
    tolerance = {"atol": 0.05, "rtol": 0}  # a = −0.5 alone would keep it; a wrong phase: 0.125
    ramp = torch.arange(48, dtype=torch.float64).expand(1, 1, 48, 48)
    fine = (torch.arange(48 * scale, dtype=torch.float64) + 0.5) / scale - 0.5
    inner = slice(4 * scale, -4 * scale)
    torch.testing.assert_close(upsample(ramp, scale)[0, 0, 5, inner], fine[inner], **tolerance)
    coarse = (torch.arange(48 // scale, dtype=torch.float64) + 0.5) * scale - 0.5
    torch.testing.assert_close(downsample(ramp, scale)[0, 0, 5, 4:-4], coarse[4:-4], **tolerance)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.sampled_from([2, 4]), st.floats(-2, 2))
def test_flat_pictures_stay_flat(height, width, scale, level):
    flat = torch.full((2, 2, height, width), level)
    assert upsample(flat, scale).shape == (2, 2, height * scale, width * scale)
    torch.testing.assert_close(
        upsample(flat, scale), flat.new_full((), level).expand(2, 2, height * scale, width * scale)
    )
    torch.testing.assert_close(downsample(upsample(flat, scale), scale), flat)


@scales
def test_turned_pictures_give_turned_results(scale):
    x = torch.rand(1, 2, 8, 12)
    for resize in (upsample, downsample):
        torch.testing.assert_close(resize(x.flip(3), scale), resize(x, scale).flip(3))
        torch.testing.assert_close(resize(x.mT, scale), resize(x, scale).mT)


def test_scale_1_changes_nothing():
    x = torch.rand(1, 1, 5, 5)
    assert upsample(x, 1) is x
    assert downsample(x, 1) is x


@pytest.mark.parametrize(("size", "scale"), [((6, 8), 4), ((9, 9), 3)])
def test_what_does_not_divide_is_refused(size, scale):
    with pytest.raises(ValueError, match="cannot be scaled down"):
        downsample(torch.rand(1, 1, *size), scale)


def test_is_exact_under_autocast():
    x = torch.rand(1, 1, 8, 8)
    with torch.autocast("cpu", torch.bfloat16):
        out = upsample(x, 2)
    assert torch.equal(out, upsample(x, 2))
