"""Clips of a dataset: which samples are coded, and which clips are refused."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codecpipe.errors import InputError
from codecpipe.format import VideoFormat
from codecpipe.programs.process import Limits
from encoders import get_codec
from experiments.dataset.clips import open_clip, window
from experiments.dataset.folder import CachedClip, dataset_folder
from experiments.dataset.items import put_clip
from experiments.dataset.plan import plan
from experiments.dataset.schema import ClipPart, DatasetFile


def part(path, **more):
    return ClipPart.model_validate(
        {"file": str(path), "split": "train", "licence": "CC0", "name": "c"} | more
    )


@given(
    st.integers(0, 8), st.integers(0, 6), st.integers(1, 8), st.integers(1, 6), st.integers(8, 12)
)
def test_a_window_is_a_slice_of_each_plane(x, y, width, height, depth):
    fmt = VideoFormat(32, 24, depth)
    frame = np.arange(fmt.frame_samples).astype(fmt.dtype)
    to = fmt.with_size(2 * width, 2 * height)
    cut = to.planes(window(frame, fmt, 2 * x, 2 * y, to))
    for plane, whole, n in zip(cut, fmt.planes(frame), (2, 1, 1), strict=True):
        assert np.array_equal(plane, whole[n * y : n * (y + height), n * x : n * (x + width)])


def test_the_cache_holds_the_window_of_the_frames_asked_for(tmp_path, moving_clip):
    path = moving_clip(104, 72, 8, 10)
    clip = open_clip(part(path, frames=(2, 4), crop=(4, 6, 100, 60)), tmp_path)
    assert (clip.fmt.size, clip.count, clip.fmt.bit_depth) == ("96x48", 4, 10)
    with dataset_folder(tmp_path / "d") as paths:
        put_clip(clip, paths, Limits())
        info = paths.clip_info("c")
    raw = np.fromfile(path, "<u2").reshape(8, -1)[2:6]
    luma = raw[:, : 104 * 72].reshape(4, 72, 104)[:, 6:54, 4:100]
    chroma = raw[:, 104 * 72 :].reshape(4, 2, 36, 52)[:, :, 3:27, 2:50]
    folder = tmp_path / "d" / "clips" / "c"
    assert np.array_equal(np.load(folder / "y.npy"), luma)
    assert np.array_equal(np.load(folder / "uv.npy"), chroma)
    cached = list(CachedClip(folder, "c", clip.fmt, clip.fps).frames([1, 3]))
    assert np.array_equal(cached[1], np.concatenate([luma[3].ravel(), chroma[3].ravel()]))
    assert (info["frames"], info["bit_depth"], info["width"]) == (4, 10, 96)


def test_a_clip_is_made_again_only_when_it_is_another(tmp_path, moving_clip):
    path = moving_clip(64, 64, 6)
    with dataset_folder(tmp_path / "d") as paths:
        stamps, digests = [], []
        for frames in ((0, 4), (0, 4), (1, 4)):
            put_clip(open_clip(part(path, frames=frames), tmp_path), paths, Limits())
            stamps.append((paths.clip("c") / "y.npy").stat().st_ino)
            digests.append(paths.clip_info("c")["sha256"])
        assert not list(paths.work.iterdir())
    assert stamps[0] == stamps[1]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"file": "none.yuv"}, "does not exist"),
        ({"frames": (4, 3)}, "has 6 frames and frames 4 to 6 are asked for"),
        ({"crop": (1, 0, 32, 32)}, "make it even"),
        ({"crop": (40, 0, 32, 32)}, "reaches 72,32: make it smaller"),
        ({"crop": (0, 0, 40, 30)}, "too small to train with"),
        ({"name": "a/b"}, "cannot be a clip's name"),
        ({"name": ".."}, "cannot be a clip's name"),
    ],
)
def test_clips_that_are_refused(tmp_path, moving_clip, more, said):
    with pytest.raises(InputError) as caught:
        open_clip(part(moving_clip(64, 64, 6), **more), tmp_path)
    assert said in str(caught.value)


def test_a_clip_needs_three_frames(tmp_path, moving_clip):
    with pytest.raises(InputError, match="has 2 frames, and a clip needs 3"):
        open_clip(part(moving_clip(64, 64, 2)), tmp_path)


def planned(clips, **more):
    content = {
        "name": "d",
        "clips": clips,
        "codecs": [{"codec": "x265", "preset": "ultrafast"}],
        "layout": {"layout": "crs", "gop": 4},
        "qps": [32, 37],
    }
    return plan(DatasetFile.model_validate(content | more), Path("/"), get_codec)


def test_one_scene_is_in_one_split(moving_clip):
    a, b = (
        {"file": str(moving_clip(64, 64, n)), "split": split, "licence": "x", "name": split}
        for n, split in ((6, "train"), (7, "validation"))
    )
    assert [clip.scene for clip in planned([a, b]).clips] == ["train", "validation"]
    with pytest.raises(InputError, match="'train' and 'validation' show one scene"):
        planned([a | {"scene": "park"}, b | {"scene": "park"}])
    with pytest.raises(InputError, match="show one scene"):  # one file is one scene in any case
        planned([a, a | {"split": "validation", "name": "other"}])
    with pytest.raises(InputError, match="two clips are called 'train'"):
        planned([a, b | {"name": "train"}])


def test_what_is_planned(moving_clip):
    clip = {"file": str(moving_clip(64, 64, 6)), "split": "train", "licence": "x"}
    made = planned([clip], configs=["LDP", "RA"])
    assert [(i.job.layout.config.value, i.job.qp) for i in made.items] == [
        ("LDP", 32),
        ("LDP", 37),
        ("RA", 32),
        ("RA", 37),
    ]
    assert len({item.key({"sha256": "s"}) for item in made.items}) == 4
    with pytest.raises(InputError, match="asked for twice"):
        planned([clip], qps=[32, 32])
    with pytest.raises(InputError, match="QP"):
        planned([clip], qps=[99])
    with pytest.raises(InputError, match="longer GOP"):
        planned([clip], configs=["AI"], layout={"layout": "crs", "gop_s": "1/30"})
