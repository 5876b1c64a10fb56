"""docs/adding-a-codec.md: the codec on that page works as it stands there."""

import re
from fractions import Fraction
from pathlib import Path

import pytest
from kits.pipeline import Clip, job, luma_psnr, number_in, plain_decode

from codecpipe.codec import CodecOptions
from codecpipe.cpv import CpvFile
from codecpipe.decoding import Decoder
from codecpipe.encoding import encode
from codecpipe.errors import InputError
from codecpipe.video.picture_md5 import picture_md5
from encoders import CODECS, get_codec

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-codec.md"
NAME = "x264plain"
pytestmark = pytest.mark.codec


@pytest.fixture
def page_codec(monkeypatch):
    """The page's class, registered by the page's line for the time of a test."""
    module, line = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names = {"__name__": "encoders.x264_plain"}
    exec(compile(module, str(PAGE), "exec"), names)
    for name, made in eval(f"{{{line}}}", names).items():
        monkeypatch.setitem(CODECS, name, made)
    return get_codec(NAME)


def test_the_code_is_about_forty_lines():
    module = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    code = [line for line in module.splitlines() if line.strip()]
    assert len(code) <= 45
    assert max(map(len, code)) <= 100


@pytest.mark.parametrize("config", ["AI", "LDP"])
@pytest.mark.parametrize("layout", ["anchor", "crs"])
def test_a_clip_is_coded_decoded_and_verified(page_codec, layout, config, tmp_path):
    clip = Clip(frames=12)
    done = encode(clip, page_codec, job(NAME, config, layout, frames=12), out=tmp_path / "x.cpv")
    assert done.manifest.codec.name == NAME
    with Decoder(done.path, get_codec) as decoder:
        frames = list(decoder.frames())
        assert [frame.index for frame in frames] == list(range(12))
        for frame in frames:
            fmt = decoder.fmt if frame.scale == 1 else decoder.lr_fmt
            assert number_in(frame.frame, fmt, clip=clip.fmt, scale=frame.scale) == frame.index
            if frame.scale == 1:
                assert luma_psnr(frame.frame, clip.stored[frame.index], fmt) > 28
    scales = {frame.index for frame in frames if frame.scale == 1}
    assert scales == ({0, 8} if layout == "crs" else set(range(12)))
    leads = [stream.lead_keys for stream in done.manifest.streams]
    due = {"anchor": ["none"], "crs": ["none", "none" if config == "AI" else "injected"]}
    assert leads == due[layout]
    with CpvFile(done.path) as file:
        file.extract(done.manifest.streams[0], tmp_path / "hr.264")
    plain = plain_decode(tmp_path / "hr.264", "h264", done.manifest.coded_format)
    assert tuple(map(picture_md5, plain)) == done.manifest.streams[0].md5


def test_the_same_input_gives_the_same_bytes(page_codec, tmp_path):
    files = [tmp_path / "a.cpv", tmp_path / "b.cpv"]
    for file in files:
        encode(Clip(), page_codec, job(NAME, "LDP", "crs", scale=Fraction(2)), out=file)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_pictures_have_the_qps_that_the_page_says(page_codec, tmp_path):
    done = encode(Clip(), page_codec, job(NAME, "LDP", "anchor", qp=32), out=tmp_path / "x.cpv")
    qps = {
        kind: {p.qp for p in done.manifest.streams[0].pictures if p.picture_type == kind}
        for kind in "IP"
    }
    assert qps == {"I": {29}, "P": {32}}
    done = encode(
        Clip(frames=3), page_codec, job(NAME, "AI", "anchor", frames=3), out=tmp_path / "y.cpv"
    )
    assert {p.qp for p in done.manifest.streams[0].pictures} == {32}


@pytest.mark.parametrize("key", ["stats", "dump_yuv", "no-qpfile"])
def test_parameters_that_name_files_are_refused(page_codec, key):
    with pytest.raises(InputError, match=f"'{key}' cannot be set for {NAME}"):
        page_codec.resolve(CodecOptions(extra=((key, "x"),)))
