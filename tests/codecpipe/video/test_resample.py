import subprocess
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codecpipe.errors import InputError
from codecpipe.format import Chroma, VideoFormat
from codecpipe.programs.ffmpeg import find_ffmpeg
from codecpipe.video.rawvideo import RawVideo
from codecpipe.video.resample import (
    MAX_PADDING,
    Filter,
    crop,
    downsample,
    pad,
    plan_size,
    scale_frames,
    upsample,
)

kernels = pytest.mark.parametrize("kernel", list(Filter))
depths = pytest.mark.parametrize("depth", [8, 10])


def noise(fmt, seed=0):
    random = np.random.default_rng(seed)
    return random.integers(0, 1 << fmt.bit_depth, fmt.frame_samples).astype(fmt.dtype)


def psnr(a, b, depth):
    error = np.mean((a.astype(float) - b.astype(float)) ** 2)
    return 10 * np.log10(((1 << depth) - 1) ** 2 / error)


@given(
    st.integers(32, 5000).map(lambda n: 2 * n),
    st.integers(32, 5000).map(lambda n: 2 * n),
    st.sampled_from([Fraction(2), Fraction(4), Fraction(3, 2), Fraction(4, 3), Fraction(3)]),
)
def test_planned_sizes_are_even_and_hold_the_source(width, height, scale):
    plan = plan_size(width, height, scale)
    for side, padded, low in (
        (width, plan.padded_width, plan.lr_width),
        (height, plan.padded_height, plan.lr_height),
    ):
        assert low % 2 == padded % 2 == 0
        assert padded == low * scale
        assert side <= padded <= side + MAX_PADDING
        # No smaller one would do.
        assert not any(
            (p / scale).denominator == 1 and (p / scale) % 2 == 0 for p in range(side, padded, 2)
        )
    assert plan.is_padded == ((width, height) != (plan.padded_width, plan.padded_height))


@pytest.mark.parametrize(
    ("size", "scale", "padded", "low"),
    [
        ((1920, 1080), 2, (1920, 1080), (960, 540)),
        ((1920, 1080), 4, (1920, 1080), (480, 270)),
        ((1920, 1080), Fraction(3, 2), (1920, 1080), (1280, 720)),
        ((416, 240), 4, (416, 240), (104, 60)),
        ((832, 480), 4, (832, 480), (208, 120)),
        ((352, 288), 3, (354, 288), (118, 96)),
        ((480, 270), 2, (480, 272), (240, 136)),
        ((480, 270), 4, (480, 272), (120, 68)),
        ((1024, 768), Fraction(3, 2), (1026, 768), (684, 512)),
        ((3840, 2160), 8, (3840, 2160), (480, 270)),
    ],
)
def test_planned_sizes_written_out(size, scale, padded, low):
    plan = plan_size(*size, Fraction(scale))
    assert (plan.padded_width, plan.padded_height) == padded
    assert (plan.lr_width, plan.lr_height) == low


def test_impossible_sizes_are_refused():
    with pytest.raises(InputError, match=r"100x56 at 1/4 is 26x14: too small"):
        plan_size(100, 56, Fraction(4))
    with pytest.raises(InputError, match="no even size at 1/1000/999"):
        plan_size(1920, 1080, Fraction(1000, 999))


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 6), st.integers(0, 6))
def test_padding_repeats_edges_and_is_cropped_back(width, height, right, below):
    fmt = VideoFormat(2 * width, 2 * height, 10)
    wide = fmt.with_size(fmt.width + 2 * right, fmt.height + 2 * below)
    frame = noise(fmt)
    padded = pad(frame, fmt, wide)
    assert (crop(padded, wide, fmt) == frame).all()
    for small, large in zip(fmt.planes(frame), wide.planes(padded), strict=True):
        rows, columns = small.shape
        assert (large[:rows, columns:] == small[:, -1:]).all()
        assert (large[rows:, :columns] == small[-1:]).all()
        assert (large[rows:, columns:] == small[-1, -1]).all()


@kernels
@depths
@pytest.mark.parametrize("size", [(48, 32), (24, 16), (64, 48), (192, 128)])
def test_a_constant_picture_stays_constant(kernel, depth, size):
    fmt = VideoFormat(96, 64, depth)
    values = [0, 3, (1 << depth) // 3, (1 << depth) - 1]
    frames = [np.full(fmt.frame_samples, value, fmt.dtype) for value in values]
    to = fmt.with_size(*size)
    for value, frame in zip(values, scale_frames(frames, fmt, to, kernel), strict=True):
        assert frame.size == to.frame_samples
        assert (frame == value).all()


@kernels
@depths
@pytest.mark.parametrize("size", [(48, 32), (24, 16), (192, 128)])
def test_there_is_no_phase_shift(kernel, depth, size):
    """A flipped picture scales to the flipped scaled picture, but at swscale's borders."""
    fmt = VideoFormat(96, 64, depth)
    to = fmt.with_size(*size)
    frame = noise(fmt)
    for axis in (0, 1):
        flipped = np.concatenate([np.flip(p, axis).ravel() for p in fmt.planes(frame)])
        one, other = scale_frames([frame, flipped], fmt, to, kernel)
        for a, b in zip(to.planes(one), to.planes(other), strict=True):
            difference = np.abs(a.astype(int) - np.flip(b, axis))
            edge = 8 if size[0] > fmt.width else 2
            assert difference[edge:-edge, edge:-edge].max() <= 1
            assert difference.mean() < 0.01 * (1 << depth)


def test_bicubic_and_lanczos_impulses_up():
    """Twice as large: the four and six taps around the sample, the same on both sides."""
    fmt = VideoFormat(96, 64, 10)
    frame = np.full(fmt.frame_samples, 400, fmt.dtype)
    fmt.planes(frame)[0][:, 48] = 600
    wide = fmt.with_size(192, 128)
    up = {
        kernel: wide.planes(next(scale_frames([frame], fmt, wide, kernel)))
        for kernel in (Filter.BICUBIC, Filter.LANCZOS)
    }
    # Keys' cubic with a = -0.6 at distances 1/4, 3/4, 5/4, 7/4, of 200.
    cubic = [0.871875, 0.240625, -0.084375, -0.028125]
    row = up[Filter.BICUBIC][0][64, 97:101].astype(float) - 400
    assert row == pytest.approx([200 * tap for tap in cubic], abs=1)
    for planes in up.values():
        row = planes[0][64].astype(int)
        assert (row[97:110] == row[96:83:-1]).all()


@kernels
@depths
def test_it_is_what_ffmpegs_scale_filter_does(moving_clip, tmp_path, kernel, depth):
    path = moving_clip(192, 128, 3, depth)
    fmt = VideoFormat(192, 128, depth)
    out = tmp_path / "out.yuv"
    for size in ((96, 64), (128, 86)):
        flags = f"{kernel.value}+accurate_rnd+bitexact+full_chroma_int"
        described = ["-f", "rawvideo", "-pix_fmt", fmt.pix_fmt, "-s", "192x128", "-i", path]
        scale = f"scale={size[0]}:{size[1]}:flags={flags}"
        command = [find_ffmpeg(), "-v", "error", "-y", *described, "-vf", scale]
        subprocess.run([*command, "-f", "rawvideo", out], check=True)
        with RawVideo(path, fmt) as video:
            scaled = scale_frames(video.frames(), fmt, fmt.with_size(*size), kernel)
            got = b"".join(frame.tobytes() for frame in scaled)
        assert got == out.read_bytes()


@kernels
@depths
@pytest.mark.parametrize("scale", [Fraction(2), Fraction(4), Fraction(3, 2), Fraction(3)])
def test_down_and_up_keep_a_smooth_picture(kernel, depth, scale):
    fmt = VideoFormat(214, 134, depth)  # sides that none of the ratios divides evenly
    plan = plan_size(fmt.width, fmt.height, scale)
    assert plan.is_padded
    picture = []
    for height, width in fmt.plane_shapes:
        y, x = np.mgrid[0:height, 0:width]
        value = 0.5 + 0.2 * np.sin(2 * np.pi * x / width) + 0.2 * np.cos(2 * np.pi * y / height)
        picture.append(np.rint(value * ((1 << depth) - 1)).ravel())
    frame = np.concatenate(picture).astype(fmt.dtype)

    (low,) = downsample([frame], fmt, plan, kernel)
    lr_fmt = fmt.with_size(plan.lr_width, plan.lr_height)
    assert low.size == lr_fmt.frame_samples
    (back,) = upsample([low], lr_fmt, plan, kernel)
    assert back.size == fmt.frame_samples
    for a, b in zip(fmt.planes(frame), fmt.planes(back), strict=True):
        assert psnr(a, b, depth) > 36

    # A shift by one sample would be seen: it costs more than scaling does.
    wide = fmt.planes(frame)[0]
    assert psnr(wide[:, 1:], fmt.planes(back)[0][:, :-1], depth) < psnr(
        wide, fmt.planes(back)[0], depth
    )


@depths
def test_it_is_the_same_each_time(moving_clip, depth):
    path = moving_clip(192, 128, 5, depth)
    fmt = VideoFormat(192, 128, depth)
    plan = plan_size(192, 128, Fraction(2))
    runs = []
    with RawVideo(path, fmt) as video:
        for _ in range(3):
            frames = downsample(video.frames(), fmt, plan, Filter.BICUBIC)
            runs.append([frame.tobytes() for frame in frames])
        # A frame's result does not depend on its neighbours: keys are scaled without them.
        (alone,) = downsample([video.frame(3)], fmt, plan, Filter.BICUBIC)
    assert all(a == b for a, b in pairwise(runs))
    assert alone.tobytes() == runs[0][3]


def test_only_420_is_taken():
    fmt = VideoFormat(64, 64, 8, Chroma.YUV444)
    plan = plan_size(64, 64, Fraction(2))
    for scaler in (downsample, upsample):
        with pytest.raises(InputError, match="4:2:0"):
            next(scaler([noise(fmt)], fmt, plan, Filter.AREA))


# --- two sizes below the source's ----------------------------------------------------------------

sides = st.integers(48, 2500).map(lambda n: 2 * n)


@given(sides, sides, st.sampled_from([Fraction(2), Fraction(4), Fraction(3, 2)]))
def test_a_plan_at_its_own_scale_is_itself(width, height, scale):
    """Keys of shared streams are made of it."""
    plan = plan_size(width, height, scale)
    assert plan.at(scale) == plan
    assert plan.beginning_at(Fraction(1)) is plan


@given(sides, sides, st.sampled_from([(4, 2), (3, Fraction(3, 2)), (6, 2), (6, 3)]))
def test_sizes_between_come_out_even_and_of_the_same_padding(width, height, scales):
    scale, between = map(Fraction, scales)
    low = plan_size(width, height, scale)
    middle = low.at(between)
    assert (middle.padded_width, middle.padded_height) == (low.padded_width, low.padded_height)
    assert (middle.width, middle.height) == (width, height)
    assert (middle.lr_width * between, middle.lr_height * between) == (
        *(low.padded_width, low.padded_height),
    )
    assert middle.lr_width % 2 == middle.lr_height % 2 == 0
    onward = low.beginning_at(between)
    assert not onward.is_padded
    assert (onward.width, onward.height) == (middle.lr_width, middle.lr_height)
    assert (onward.lr_width, onward.lr_height) == (low.lr_width, low.lr_height)
