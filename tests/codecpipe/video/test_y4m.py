import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codecpipe.errors import InputError
from codecpipe.format import Chroma, VideoFormat
from codecpipe.programs.ffmpeg import find_ffmpeg
from codecpipe.video.rawvideo import RawVideo
from codecpipe.video.y4m import FRAME_MARK, read_header, write_header

FORMATS = [
    VideoFormat(48, 32, depth, chroma)
    for chroma in (Chroma.YUV420, Chroma.YUV422, Chroma.YUV444, Chroma.YUV400)
    for depth in (8, 10, 12, 16)
]
formats = pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.pix_fmt)


def noise(fmt, count=3):
    random = np.random.default_rng(fmt.bit_depth)
    return [
        random.integers(0, 1 << fmt.bit_depth, fmt.frame_samples).astype(fmt.dtype)
        for _ in range(count)
    ]


def run_ffmpeg(*arguments):
    command = [find_ffmpeg(), "-v", "error", "-y", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@formats
def test_what_ffmpeg_writes_is_read(tmp_path, fmt):
    raw, y4m = tmp_path / "clip.yuv", tmp_path / "clip.y4m"
    raw.write_bytes(b"".join(frame.tobytes() for frame in noise(fmt)))
    described = ["-f", "rawvideo", "-pix_fmt", fmt.pix_fmt, "-s", fmt.size, "-r", "30000/1001"]
    run_ffmpeg(*described, "-i", raw, "-strict", "-1", y4m)
    with RawVideo(y4m) as video:
        assert video.fmt == fmt
        assert video.fps == Fraction(30000, 1001)
        assert b"".join(frame.tobytes() for frame in video.frames()) == raw.read_bytes()


@formats
@pytest.mark.parametrize("fps", [Fraction(5), Fraction(25), Fraction(60000, 1001)], ids=str)
def test_what_is_written_ffmpeg_reads(tmp_path, fmt, fps):
    y4m, raw = tmp_path / "clip.y4m", tmp_path / "clip.yuv"
    frames = noise(fmt)
    y4m.write_bytes(write_header(fmt, fps) + b"".join(FRAME_MARK + f.tobytes() for f in frames))
    run_ffmpeg("-i", y4m, "-f", "rawvideo", "-fps_mode", "passthrough", raw)
    assert raw.read_bytes() == b"".join(frame.tobytes() for frame in frames)
    shown = subprocess.run(
        [find_ffmpeg(), "-hide_banner", "-i", str(y4m)], capture_output=True, text=True, check=False
    ).stderr
    assert f" {fmt.pix_fmt}" in shown
    with RawVideo(y4m) as video:
        assert (video.fmt, video.fps, len(video)) == (fmt, fps, 3)
        assert all((a == b).all() for a, b in zip(video.frames(), frames, strict=True))


@given(
    st.integers(1, 4000).map(lambda n: 2 * n),
    st.integers(1, 4000).map(lambda n: 2 * n),
    st.integers(8, 16),
    st.sampled_from(list(Chroma)),
    st.fractions(min_value=Fraction(1, 100), max_value=1000, max_denominator=1001),
)
def test_headers_come_back(width, height, depth, chroma, fps):
    fmt = VideoFormat(width, height, depth, chroma)
    line = write_header(fmt, fps)
    header = read_header(line + b"FRAME\n", Path("a.y4m"))
    assert (header.fmt, header.fps, header.length) == (fmt, fps, len(line))


@pytest.mark.parametrize(
    ("line", "fmt", "fps"),
    [
        # As x264, SVT-AV1 and the AV1 CTC sequences have them; without C, Y4M is 4:2:0.
        (b"YUV4MPEG2 W64 H48 F30:1", VideoFormat(64, 48), 30),
        (b"YUV4MPEG2 W64 H48 F50:1 Ip A128:117 C420mpeg2", VideoFormat(64, 48), 50),
        (b"YUV4MPEG2 C420paldv H48 W64 F0:0 Ip", VideoFormat(64, 48), None),
        (b"YUV4MPEG2 W64 H48 F24000:1001 I? C422p10 XYSCSS=422P10 XCOLORRANGE=LIMITED",
         VideoFormat(64, 48, 10, Chroma.YUV422), Fraction(24000, 1001)),
        (b"YUV4MPEG2 W64 H48", VideoFormat(64, 48), None),
    ],
)  # fmt: skip
def test_headers_of_others(line, fmt, fps):
    header = read_header(line + b"\nFRAME\n", Path("a.y4m"))
    assert (header.fmt, header.fps, header.length) == (fmt, fps, len(line) + 1)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"RIFF....AVI \n", "is not a Y4M file"),
        (b"YUV4MPEG2 W64 H48", "is not a Y4M file"),  # no end of line
        (b"", "is not a Y4M file"),
        (b"\xff\xfe\x00\n", "is not a Y4M file"),
        (b"YUV4MPEG2 H48 F30:1\n", "no width and height"),
        (b"YUV4MPEG2 W-4 H48 F30:1\n", "no width and height"),
        (b"YUV4MPEG2 W64 H48 It\n", "interlaced"),
        (b"YUV4MPEG2 W64 H48 Im\n", "interlaced"),
        (b"YUV4MPEG2 W64 H48 C444alpha\n", "'444alpha' is not planar YUV"),
        (b"YUV4MPEG2 W64 H48 C411\n", "'411' is not planar YUV"),
        (b"YUV4MPEG2 W0 H48\n", "0x48"),
        (b"YUV4MPEG2 W99999999999 H48\n", "cannot be handled"),
        (b"YUV4MPEG2 W64 H47\n", "half samples"),
        (b"YUV4MPEG2 W64 H48 C420p99\n", "bit depth of 99"),
    ],
)
def test_other_headers_are_refused(data, says):
    with pytest.raises(InputError, match=says):
        read_header(data, Path("a.y4m"))


@given(st.binary(max_size=60))
def test_any_header_is_read_or_refused(tail):
    try:
        header = read_header(b"YUV4MPEG2 W64 H48 " + tail, Path("a.y4m"))
    except InputError:
        return
    assert header.length <= 18 + len(tail)


def test_frame_parameters_and_cut_off_files_are_refused(tmp_path):
    fmt = VideoFormat(16, 16)
    frame = bytes(fmt.frame_bytes)
    path = tmp_path / "a.y4m"
    path.write_bytes(write_header(fmt, Fraction(25)) + FRAME_MARK + frame + b"FRAMI\n" + frame)
    with RawVideo(path) as video:
        video.frame(0)
        with pytest.raises(InputError, match="frame 1 does not start with a plain FRAME line"):
            video.frame(1)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match="holds 1 frames of 16x16 yuv420p and 389 bytes more"):
        RawVideo(path)
    path.write_bytes(write_header(fmt, Fraction(25)))
    with pytest.raises(InputError, match="ends after its header"):
        RawVideo(path)
