import hashlib
from fractions import Fraction

import numpy as np
import pytest

from codecpipe.errors import InputError
from codecpipe.video.filename import Geometry
from codecpipe.video.source import open_source, subsampled_count


@pytest.fixture
def source(moving_clip):
    with open_source(moving_clip(64, 48, 11), Geometry(fps=Fraction(50))) as opened:
        yield opened


@pytest.mark.parametrize(("ratio", "indices"), [(2, [0, 2, 4, 6, 8, 10]), (8, [0, 8]), (20, [0])])
def test_it_has_every_nth_frame(source, ratio, indices):
    view = source.subsampled(ratio)
    assert len(view) == len(indices)
    data = source.path.read_bytes()
    size = source.fmt.frame_bytes
    expected = [data[i * size : (i + 1) * size] for i in indices]
    assert [frame.tobytes() for frame in view.frames()] == expected
    assert [frame.tobytes() for frame in view.frames([len(indices) - 1])] == expected[-1:]
    assert view.sha256(len(indices)) == hashlib.sha256(b"".join(expected)).hexdigest()
    assert view.sha256(1) == hashlib.sha256(expected[0]).hexdigest()


def test_rate_format_and_notes(source):
    view = source.subsampled(8)
    assert view.fps == Fraction(50, 8)
    assert (view.fmt, view.name, view.class_name) == (source.fmt, source.name, "")
    (note,) = view.notes
    assert note.startswith("only frames 0, 8, 16 … are coded and measured, at 6.25 fps")


def test_frames_are_those_of_the_encoder_interface(source):
    """`EncodeJob`s ask for frames by index, more than once and in any order."""
    view = source.subsampled(5)
    last, first = view.frames([2, 0])
    assert np.array_equal(last, next(source.frames([10])))
    assert np.array_equal(first, next(source.frames([0])))
    with pytest.raises(InputError, match="no frame 15"):
        list(view.frames([3]))


def test_a_ratio_below_one(source):
    with pytest.raises(InputError, match="give 1 or more"):
        source.subsampled(0)


@pytest.mark.parametrize(
    ("frames", "ratio", "left"), [(294, 8, 37), (300, 8, 38), (8, 8, 1), (9, 8, 2), (5, 1, 5)]
)
def test_numbers_of_frames_are_those_of_vtm(frames, ratio, left):
    assert subsampled_count(frames, ratio) == left
    assert left == len(range(0, frames, ratio))
