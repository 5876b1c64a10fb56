"""Hashes of files that stay the same are computed once."""

import os
import time

from codecpipe.video.cache import cached_digest
from codecpipe.video.rawvideo import RawVideo, write_raw
from codecpipe.video.source import sample_digest

OLD = time.time() - 100


def _counted(digest):
    calls = []

    def make():
        calls.append(1)
        return digest

    return make, calls


def test_a_digest_is_computed_once_while_the_file_stays(tmp_path):
    path = tmp_path / "clip.yuv"
    path.write_bytes(b"abc")
    os.utime(path, (OLD, OLD))
    make, calls = _counted("0" * 64)
    cache = tmp_path / "cache"
    assert cached_digest(path, {"as": "x"}, make, cache) == cached_digest(
        path, {"as": "x"}, make, cache
    )
    assert len(calls) == 1
    cached_digest(path, {"as": "y"}, make, cache)  # of other frames
    path.write_bytes(b"abd")
    os.utime(path, (OLD + 1, OLD + 1))
    cached_digest(path, {"as": "x"}, make, cache)
    assert len(calls) == 3


def test_a_file_that_was_just_written_is_not_remembered(tmp_path):
    path = tmp_path / "clip.yuv"
    path.write_bytes(b"abc")
    make, calls = _counted("0" * 64)
    for _ in range(2):
        cached_digest(path, {"as": "x"}, make, tmp_path / "cache")
    assert len(calls) == 2


def test_a_damaged_or_closed_cache_costs_only_time(tmp_path):
    path = tmp_path / "clip.yuv"
    path.write_bytes(b"abc")
    os.utime(path, (OLD, OLD))
    make, calls = _counted("0" * 64)
    cache = tmp_path / "cache"
    cached_digest(path, {"as": "x"}, make, cache)
    (kept,) = cache.iterdir()
    kept.write_text("0" * 10)
    assert cached_digest(path, {"as": "x"}, make, cache) == "0" * 64
    assert len(calls) == 2
    (tmp_path / "file").write_text("")
    assert cached_digest(path, {"as": "x"}, make, tmp_path / "file") == "0" * 64


def test_digests_of_deep_samples_are_those_of_their_bytes(tmp_path, monkeypatch, moving_clip):
    import hashlib

    from codecpipe.format import VideoFormat

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    clip = moving_clip(64, 64, 3, 10)
    with RawVideo(clip, VideoFormat(64, 64, 10)) as video:
        due = hashlib.sha256(clip.read_bytes()).hexdigest()
        assert sample_digest(video, range(3)) == due
        part = tmp_path / "part.yuv"
        write_raw(part, video.frames([0, 2]))
        assert sample_digest(video, range(0, 3, 2)) == hashlib.sha256(part.read_bytes()).hexdigest()
