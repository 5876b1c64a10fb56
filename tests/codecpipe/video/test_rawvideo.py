import gc
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codecpipe.errors import InputError
from codecpipe.format import Chroma, VideoFormat
from codecpipe.video.rawvideo import RawVideo, write_raw

FORMATS = [
    VideoFormat(16, 12, 8, chroma).with_depth(depth) for chroma in Chroma for depth in range(8, 17)
]


def noise(fmt, count, seed=0):
    random = np.random.default_rng(seed)
    return [
        random.integers(0, 1 << fmt.bit_depth, fmt.frame_samples).astype(fmt.dtype)
        for _ in range(count)
    ]


@pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.pix_fmt)
def test_frames_are_addressed_in_any_order(tmp_path, fmt):
    path = tmp_path / "clip.yuv"
    due = noise(fmt, 4)
    assert write_raw(path, due) == 4
    assert path.stat().st_size == 4 * fmt.frame_bytes
    with RawVideo(path, fmt) as video:
        assert len(video) == 4
        for index in (3, 0, 2, 2, 1):
            assert (video.frame(index) == due[index]).all()
            assert video.frame(index).dtype == fmt.dtype
        assert [int(f[0]) for f in video.frames()] == [int(f[0]) for f in due]
        assert [int(f[0]) for f in video.frames([2, 0])] == [int(due[2][0]), int(due[0][0])]
        with pytest.raises(InputError, match=r"no frame 4: it holds 4"):
            video.frame(4)
        with pytest.raises(InputError, match="no frame -1"):
            video.frame(-1)


def test_frames_are_not_to_be_written_to(tmp_path):
    fmt = VideoFormat(16, 16)
    path = tmp_path / "clip.yuv"
    write_raw(path, noise(fmt, 1))
    with RawVideo(path, fmt) as video, pytest.raises(ValueError, match="read-only"):
        video.frame(0)[0] = 1


def test_a_frame_outlives_the_video(tmp_path):
    fmt = VideoFormat(16, 16)
    path = tmp_path / "clip.yuv"
    due = noise(fmt, 1)
    write_raw(path, due)
    with RawVideo(path, fmt) as video:
        frame = video.frame(0)
    assert (frame == due[0]).all()


def test_write_raw_takes_strided_views(tmp_path):
    path = tmp_path / "out.yuv"
    write_raw(path, [np.arange(12, dtype=np.uint16)[::3]])
    assert path.read_bytes() == bytes([0, 0, 3, 0, 6, 0, 9, 0])


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 2000))
def test_only_whole_frames_are_accepted(tmp_path_factory, size):
    fmt = VideoFormat(16, 16)
    path = tmp_path_factory.mktemp("raw") / "clip.yuv"
    path.write_bytes(bytes(size))
    if size % 384:
        held = f"holds {size // 384} frames of 16x16 yuv420p and {size % 384} bytes more"
        with pytest.raises(InputError, match=held):
            RawVideo(path, fmt)
    else:
        with RawVideo(path, fmt) as video:
            assert len(video) == size // 384


def test_unusable_files_get_a_sentence(tmp_path):
    fmt = VideoFormat(16, 16)
    empty = tmp_path / "empty.yuv"
    empty.touch()
    with pytest.raises(InputError, match="is empty"):
        RawVideo(empty, fmt)
    with pytest.raises(InputError, match=r"missing\.yuv' cannot be read \(No such file"):
        RawVideo(tmp_path / "missing.yuv", fmt)
    with pytest.raises(InputError, match="cannot be read"):
        RawVideo(tmp_path, fmt)
    empty.write_bytes(bytes(384))
    with pytest.raises(InputError, match="give --size"):
        RawVideo(empty)


WALK = """
import resource, sys
from pathlib import Path
from codecpipe.format import VideoFormat
from codecpipe.video.rawvideo import RawVideo

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with RawVideo(Path(sys.argv[1]), VideoFormat(1920, 1080)) as video:
    total = 0
    for frame in video.frames(range(len(video) - 1, -1, -3)):
        # One sample of each 16 pages: the system maps that many at a time.
        total += int(frame[::65536].sum(dtype=int))
    assert len(video) > 960
assert total == 255, total
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_memory_does_not_grow_with_the_file(tmp_path):
    path = tmp_path / "sparse.yuv"
    frame_bytes = VideoFormat(1920, 1080).frame_bytes
    frames = (3 << 30) // frame_bytes + 1
    with path.open("wb") as file:
        file.truncate(frames * frame_bytes)
        file.seek((frames - 1) * frame_bytes)
        file.write(b"\xff")
    done = subprocess.run(
        [sys.executable, "-c", WALK, str(path)], capture_output=True, text=True, check=False
    )
    path.unlink()
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 300  # MiB, of 1 GiB that was touched


def test_a_video_that_is_dropped_leaves_no_open_file(tmp_path):
    path = tmp_path / "clip.yuv"
    write_raw(path, noise(FORMATS[0], 2))
    files = Path("/proc/self/fd")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        video = RawVideo(path, FORMATS[0])
        video.frame(1)
        del video
        gc.collect()
    assert not said
    assert path not in [fd.readlink() for fd in files.iterdir() if fd.exists()]
