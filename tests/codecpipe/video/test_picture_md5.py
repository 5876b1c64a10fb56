import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codecpipe.errors import MismatchError
from codecpipe.video.picture_md5 import picture_md5, recorded, verified

FRAMES = [np.arange(12, dtype=np.uint8) + at for at in range(3)]


def test_of_words_is_over_little_endian_bytes():
    frame = np.array([0x0102, 0x0304], dtype=np.uint16)
    assert picture_md5(frame) == hashlib.md5(bytes([2, 1, 4, 3])).hexdigest()


def test_of_a_strided_view_is_over_its_samples():
    frame = np.arange(20, dtype=np.uint8)
    assert picture_md5(frame[::2]) == hashlib.md5(bytes(range(0, 20, 2))).hexdigest()


def test_recorded_and_verified_pass_frames_on():
    digests: list[str] = []
    assert [f[0] for f in recorded(FRAMES, digests)] == [0, 1, 2]
    assert [f[0] for f in verified(FRAMES, digests, "hr")] == [0, 1, 2]


@given(st.integers(0, 2), st.integers(0, 11), st.integers(1, 255))
def test_any_other_sample_is_noticed(index, at, change):
    digests = [picture_md5(frame) for frame in FRAMES]
    damaged = [frame.copy() for frame in FRAMES]
    damaged[index][at] ^= change
    got = []
    with pytest.raises(MismatchError, match=f"picture {index} of stream lr"):
        got.extend(verified(damaged, digests, "lr"))
    assert len(got) == index
