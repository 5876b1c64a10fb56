import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codecpipe.errors import InputError
from codecpipe.format import MAX_SIDE, Chroma, VideoFormat, convert_depth


@pytest.mark.parametrize(
    ("fmt", "pix_fmt", "frame_bytes", "shapes"),
    [
        (VideoFormat(64, 48), "yuv420p", 4608, ((48, 64), (24, 32), (24, 32))),
        (VideoFormat(64, 48, 10), "yuv420p10le", 9216, ((48, 64), (24, 32), (24, 32))),
        (VideoFormat(64, 47, 8, Chroma.YUV422), "yuv422p", 6016, ((47, 64), (47, 32), (47, 32))),
        (VideoFormat(7, 5, 12, Chroma.YUV444), "yuv444p12le", 210, ((5, 7), (5, 7), (5, 7))),
        (VideoFormat(7, 5, 8, Chroma.YUV400), "gray", 35, ((5, 7),)),
        (VideoFormat(7, 5, 16, Chroma.YUV400), "gray16le", 70, ((5, 7),)),
    ],
)
def test_sizes(fmt, pix_fmt, frame_bytes, shapes):
    assert fmt.pix_fmt == pix_fmt
    assert fmt.frame_bytes == frame_bytes
    assert fmt.plane_shapes == shapes


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((0, 16), "0x16"),
        ((16, MAX_SIDE + 1), str(MAX_SIDE)),
        ((16, 16, 7), "bit depth of 7"),
        ((16, 16, 17), "bit depth of 17"),
        ((15, 16), "half samples"),
        ((16, 15), "half samples"),
        ((15, 16, 8, Chroma.YUV422), "half samples"),
    ],
)
def test_impossible_formats_are_refused(arguments, says):
    with pytest.raises(InputError, match=says):
        VideoFormat(*arguments)


def test_planes_are_views_in_order():
    fmt = VideoFormat(8, 4, 10)
    frame = np.arange(fmt.frame_samples, dtype=np.uint16)
    luma, u, v = fmt.planes(frame)
    assert luma[1, 0] == 8
    assert (u[0, 0], u[1, 3], v[0, 0]) == (32, 39, 40)
    luma[0, 0] = 99
    assert frame[0] == 99


def test_samples_are_little_endian():
    fmt = VideoFormat(2, 2, 10)
    assert list(fmt.frame_from(bytes([1, 2] * 6))) == [0x0201] * 6


depths = st.integers(8, 16)


@given(depths, depths, st.lists(st.integers(0, 65535), min_size=1, max_size=50))
def test_deeper_and_back_is_exact(low, high, values):
    low, high = sorted((low, high))
    kind = np.uint8 if low == 8 else np.uint16
    frame = (np.array(values) % (1 << low)).astype(kind)
    deeper = convert_depth(frame, low, high)
    assert deeper.dtype == (np.uint8 if high == 8 else np.uint16)
    assert (deeper == frame.astype(int) * 2 ** (high - low)).all()
    back = convert_depth(deeper, high, low)
    assert back.dtype == kind
    assert (back == frame).all()


@given(depths, depths, st.lists(st.integers(0, 65535), min_size=1, max_size=50))
def test_shallower_rounds_to_the_nearest(low, high, values):
    low, high = sorted((low, high))
    frame = (np.array(values) % (1 << high)).astype(np.uint8 if high == 8 else np.uint16)
    got = convert_depth(frame, high, low).astype(int)
    due = np.floor(frame / 2.0 ** (high - low) + 0.5)
    assert (got == np.minimum(due, 2**low - 1)).all()
