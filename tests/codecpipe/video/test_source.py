import hashlib
import shutil
from fractions import Fraction

import pytest

from codecpipe.errors import InputError
from codecpipe.format import Chroma, VideoFormat
from codecpipe.video.catalogue import load_catalogue
from codecpipe.video.filename import Geometry
from codecpipe.video.source import open_source
from codecpipe.video.y4m import FRAME_MARK, write_header


@pytest.fixture
def catalogue(tmp_path):
    path = tmp_path / "catalogue.yaml"
    path.write_text(
        "sequences:\n"
        "  - {name: Ball, class: X, file: Ball_64x64_25_8bit.yuv, width: 32, height: 16, fps: 50,"
        " frames: 4, bit_depth: 10}\n"
    )
    return load_catalogue(path)


def test_the_name_says_it(moving_clip):
    path = moving_clip(64, 48, 3, 10)
    with open_source(path) as source:
        assert source.fmt == VideoFormat(64, 48, 10)
        assert (source.fps, len(source), source.name) == (30, 3, "clip_64x48_30_10bit")
        assert (source.class_name, source.notes) == ("", ())
        whole = b"".join(frame.tobytes() for frame in source.frames())
        assert whole == path.read_bytes()
        two = whole[: 2 * source.fmt.frame_bytes]
        assert source.sha256(2) == hashlib.sha256(two).hexdigest()
        assert source.sha256(3) == hashlib.sha256(whole).hexdigest()


def test_the_catalogue_outdoes_the_name(tmp_path, catalogue):
    path = tmp_path / "Ball_64x64_25_8bit.yuv"
    path.write_bytes(bytes(32 * 16 * 3 * 4))
    with open_source(path, catalogue=catalogue) as source:
        assert source.fmt == VideoFormat(32, 16, 10)
        assert (source.fps, len(source)) == (50, 4)
        assert (source.name, source.class_name) == ("Ball", "X")
    with open_source(path) as source:
        assert (source.fmt, source.fps) == (VideoFormat(64, 64), 25)


def test_options_outdo_both(tmp_path, catalogue):
    path = tmp_path / "Ball_64x64_25_8bit.yuv"
    path.write_bytes(bytes(32 * 16 * 3 * 4))
    said = Geometry(16, 32, Fraction(24), 8, Chroma.YUV444)
    with open_source(path, said, catalogue) as source:
        assert source.fmt == VideoFormat(16, 32, 8, Chroma.YUV444)
        assert (source.fps, len(source)) == (24, 4)
    # One at a time: the rest comes from where it came before.
    with open_source(path, Geometry(fps=Fraction(12)), catalogue) as source:
        assert (source.fmt, source.fps) == (VideoFormat(32, 16, 10), 12)
    with open_source(path, Geometry(bit_depth=8), catalogue) as source:
        assert (source.fmt, source.fps) == (VideoFormat(32, 16, 8), 50)


def test_a_y4m_header_needs_no_help(tmp_path):
    fmt = VideoFormat(64, 48, 10)
    path = tmp_path / "clip_16x16_25.y4m"
    frame = bytes(fmt.frame_bytes)
    path.write_bytes(write_header(fmt, Fraction(60000, 1001)) + 2 * (FRAME_MARK + frame))
    with open_source(path) as source:
        assert (source.fmt, source.fps) == (fmt, Fraction(60000, 1001))
        assert len(source) == 2
    with open_source(path, Geometry(fps=Fraction(50))) as source:
        assert source.fps == 50
    path.write_bytes(b"YUV4MPEG2 W64 H48 C420p10\n" + FRAME_MARK + frame)
    with pytest.raises(InputError, match=r"frame rate of 'clip_16x16_25\.y4m' is not known"):
        open_source(path)


def test_a_container_is_converted(bikes, tmp_path):
    copy = tmp_path / "bikes.mp4"
    shutil.copy(bikes, copy)
    with open_source(copy, cache_dir=tmp_path / "cache") as source:
        assert source.fmt == VideoFormat(640, 272)
        assert (source.name, source.fps) == ("bikes", 25)
        assert len(source) == 250
    assert len(list((tmp_path / "cache").iterdir())) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bikes.mp4", "cache"]


@pytest.mark.parametrize(
    ("name", "size", "says"),
    [
        ("clip.yuv", 384, r"size of 'clip.yuv' is in neither its name nor a catalogue: give --siz"),
        ("clip_16x16.yuv", 384, "frame rate of 'clip_16x16.yuv' is not known: give --fps"),
        ("clip_16x16_25.yuv", 385, r"holds 1 frames of 16x16 yuv420p and 1 bytes more"),
        ("clip_16x16_25.yuv", 0, "is empty"),
        ("clip_15x16_25.yuv", 360, "half samples"),
        ("clip", 384, "is in neither its name"),
    ],
)
def test_unusable_files_get_a_sentence(tmp_path, name, size, says):
    path = tmp_path / name
    path.write_bytes(bytes(size))
    with pytest.raises(InputError, match=says) as caught:
        open_source(path)
    assert "\n" not in str(caught.value)


def test_missing_files_and_folders_get_a_sentence(tmp_path):
    with pytest.raises(InputError, match=r"none\.yuv' does not exist"):
        open_source(tmp_path / "none.yuv")
    with pytest.raises(InputError, match="is a folder"):
        open_source(tmp_path)
