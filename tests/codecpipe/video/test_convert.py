import subprocess
from fractions import Fraction

import pytest

from codecpipe.errors import InputError
from codecpipe.format import VideoFormat
from codecpipe.programs.ffmpeg import find_ffmpeg
from codecpipe.video.convert import converted
from codecpipe.video.rawvideo import RawVideo


def run_ffmpeg(*arguments):
    command = [find_ffmpeg(), "-v", "error", "-y", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def make(path, *encoder, size="96x64", rate="25", frames=4):
    """A coded test picture in a container."""
    picture = f"testsrc2=size={size}:rate={rate}"
    run_ffmpeg("-f", "lavfi", "-i", picture, "-frames:v", frames, *encoder, path)
    return path


def decoded(path, *filters):
    raw = path.with_suffix(".raw")
    run_ffmpeg("-i", path, *filters, "-fps_mode", "passthrough", "-f", "rawvideo", raw)
    return raw.read_bytes()


FFV1 = ("-c:v", "ffv1", "-pix_fmt")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt")


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip with 'quote'.mkv"])
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv420p10le", "yuvj420p"])
def test_samples_are_the_decoders(tmp_path, name, pix_fmt):
    path = make(tmp_path / name, *X264, pix_fmt)
    clip = converted(path, tmp_path / "cache")
    assert clip.fmt == VideoFormat(96, 64, 10 if "10" in pix_fmt else 8)
    assert clip.path.read_bytes() == decoded(path)
    assert clip.notes == ()
    with RawVideo(clip.path, clip.fmt) as video:
        assert len(video) == 4


def test_a_real_clip(bikes, tmp_path):
    clip = converted(bikes, tmp_path)
    assert (clip.fmt, clip.fps, clip.notes) == (VideoFormat(640, 272), 25, ())
    whole = tmp_path / "whole.raw"
    run_ffmpeg("-i", bikes, "-fps_mode", "passthrough", "-f", "rawvideo", whole)
    assert clip.path.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize(
    ("rate", "due"),
    [
        ("24000/1001", Fraction(24000, 1001)),
        ("25", 25),
        ("30000/1001", Fraction(30000, 1001)),
        ("60000/1001", Fraction(60000, 1001)),
        ("60", 60),
        ("12.5", Fraction(25, 2)),
        ("1000", 1000),
    ],
)
def test_frame_rates_are_exact(tmp_path, rate, due):
    path = make(tmp_path / "clip.mkv", *FFV1, "yuv420p", rate=rate)
    assert converted(path, tmp_path).fps == due


def test_odd_sides_are_cropped_and_said_so(tmp_path):
    odd = ("-vf", "format=yuv444p,crop=97:65:exact=1")
    path = make(tmp_path / "clip.mkv", *odd, *FFV1, "yuv444p", size="128x128")
    clip = converted(path, tmp_path / "cache")
    assert clip.fmt == VideoFormat(96, 64)
    assert clip.notes == (
        "converted from yuv444p to yuv420p",
        "cropped from 97x65 to 96x64: 4:2:0 needs even sides",
    )
    bit_exact = ("-sws_flags", "bicubic+accurate_rnd+bitexact", "-pix_fmt", "yuv420p")
    crop = ("-vf", "crop=96:64:0:0:exact=1")
    assert clip.path.read_bytes() == decoded(path, *crop, *bit_exact)


@pytest.mark.parametrize(
    ("pix_fmt", "depth", "note"),
    [
        ("yuv420p9le", 9, ()),
        ("yuv420p12le", 12, ()),
        ("yuv422p10le", 10, ("converted from yuv422p10le to yuv420p10le",)),
        ("yuva444p10le", 10, ("converted from yuva444p10le to yuv420p10le",)),
        ("gray10le", 10, ("converted from gray10le to yuv420p10le",)),
        ("gbrp12le", 12, ("converted from gbrp12le to yuv420p12le",)),
        ("bgra", 8, ("converted from bgra to yuv420p",)),
    ],
)
def test_bit_depth_is_kept(tmp_path, pix_fmt, depth, note):
    path = make(tmp_path / "clip.mkv", *FFV1, pix_fmt, frames=2)
    clip = converted(path, tmp_path / "cache")
    assert (clip.fmt, clip.notes) == (VideoFormat(96, 64, depth), note)
    with RawVideo(clip.path, clip.fmt) as video:
        assert len(video) == 2
        assert max(int(frame.max()) for frame in video.frames()) >> (depth - 1) == 1


def test_turned_video_is_turned(tmp_path):
    path = make(tmp_path / "clip.mp4", *X264, "yuv420p")
    for angle, fmt in ((90, VideoFormat(64, 96)), (180, VideoFormat(96, 64))):
        turned = tmp_path / f"turned{angle}.mp4"
        run_ffmpeg("-display_rotation", angle, "-i", path, "-c", "copy", turned)
        clip = converted(turned, tmp_path / "cache")
        assert clip.fmt == fmt
        assert clip.path.read_bytes() == decoded(turned)


def test_a_file_is_converted_once(tmp_path):
    path = make(tmp_path / "clip.mkv", *FFV1, "yuv420p")
    cache = tmp_path / "cache"
    first = converted(path, cache)
    before = first.path.stat()
    assert converted(path, cache) == first
    assert (first.path.stat().st_mtime_ns, first.path.stat().st_ino) == (
        before.st_mtime_ns,
        before.st_ino,
    )
    make(path, *FFV1, "yuv420p", frames=5)
    again = converted(path, cache)
    assert again.path != first.path
    assert again.path.stat().st_size == 5 * again.fmt.frame_bytes
    assert not list(cache.glob("*.part"))


def test_what_is_no_video_is_refused(tmp_path):
    text = tmp_path / "notes.mp4"
    text.write_text("no video at all\n" * 100)
    sound = tmp_path / "sound.mka"
    run_ffmpeg("-f", "lavfi", "-i", "sine=duration=0.1", sound)
    for path in (text, sound):
        with pytest.raises(InputError, match=f"finds no video in '{path}'") as caught:
            converted(path, tmp_path / "cache")
        assert "\n" not in str(caught.value)


def test_a_cut_off_file_leaves_nothing_behind(tmp_path):
    path = make(tmp_path / "clip.mkv", *FFV1, "yuv420p")
    whole = path.read_bytes()
    # Up to the first picture: the header is there, the pictures are not.
    path.write_bytes(whole[: whole.index(b"\x1f\x43\xb6\x75") + 4])
    cache = tmp_path / "cache"
    with pytest.raises(InputError) as caught:
        converted(path, cache)
    assert str(path) in str(caught.value)
    assert not cache.exists() or not list(cache.iterdir())
