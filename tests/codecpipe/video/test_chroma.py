"""4:2:0 versions of other chroma formats."""

from fractions import Fraction

import numpy as np
import pytest

from codecpipe.format import Chroma, VideoFormat
from codecpipe.video.chroma import as_420
from codecpipe.video.filename import Geometry
from codecpipe.video.rawvideo import RawVideo, write_raw
from codecpipe.video.source import open_source


@pytest.mark.parametrize("bit_depth", [8, 10])
@pytest.mark.parametrize("chroma", [Chroma.YUV400, Chroma.YUV422, Chroma.YUV444])
def test_luma_is_kept_and_flat_chroma_stays_flat(tmp_path, chroma, bit_depth):
    fmt = VideoFormat(64, 48, bit_depth, chroma)
    rng = np.random.default_rng(1)
    frames = []
    for _ in range(3):
        frame = np.empty(fmt.frame_samples, fmt.dtype)
        planes = fmt.planes(frame)
        planes[0][:] = rng.integers(0, 1 << bit_depth, planes[0].shape)
        for plane, value in zip(planes[1:], (100, 77), strict=False):
            plane[:] = value << (bit_depth - 8)
        frames.append(frame)
    path = tmp_path / "clip.yuv"
    write_raw(path, frames)
    given = Geometry(64, 48, Fraction(30), bit_depth, chroma)
    with as_420(open_source(path, given), tmp_path / "cache") as source:
        assert source.fmt == VideoFormat(64, 48, bit_depth)
        assert len(source) == 3
        assert "4:2:0" in source.notes[0]
        due = (128, 128) if chroma is Chroma.YUV400 else (100, 77)
        for before, after in zip(frames, source.frames(), strict=True):
            y, u, v = source.fmt.planes(after)
            assert np.array_equal(y, fmt.planes(before)[0])
            assert np.all(u == due[0] << (bit_depth - 8))
            assert np.all(v == due[1] << (bit_depth - 8))


def test_420_is_taken_as_it_is_and_the_cache_is_used(tmp_path, moving_clip):
    clip = moving_clip(64, 48, 2)
    with as_420(open_source(clip), tmp_path / "cache") as source:
        assert source.video.path == clip
    assert not (tmp_path / "cache").exists()
    fmt = VideoFormat(64, 48, 8, Chroma.YUV444)
    path = tmp_path / "clip_444.yuv"
    write_raw(path, [np.zeros(fmt.frame_samples, np.uint8)])
    given = Geometry(64, 48, Fraction(30), 8, Chroma.YUV444)
    with as_420(open_source(path, given), tmp_path / "cache") as source:
        made = source.video.path.stat()
    with as_420(open_source(path, given), tmp_path / "cache") as source:
        assert source.video.path.stat().st_mtime_ns == made.st_mtime_ns
        assert isinstance(source.video, RawVideo)
