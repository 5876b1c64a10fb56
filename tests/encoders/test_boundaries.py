"""TDS with boundaries at 1/2 and middle frames at 1/4, written and read by real encoders."""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from kits.pipeline import Clip, job, luma_psnr, number_in, plain_ffmpeg, receive, rewritten

from codecpipe.codec import Codec
from codecpipe.cpv import CpvFile
from codecpipe.decoding import Decoder
from codecpipe.encoding import Encoded, encode
from codecpipe.enhancer import DecodedVideo, restored
from codecpipe.errors import FileFormatError, InputError, ToolError
from codecpipe.format import Frame, VideoFormat, convert_depth
from codecpipe.streams import stream_key
from codecpipe.video.picture_md5 import picture_md5
from codecpipe.video.resample import Filter, SizePlan, crop
from encoders import get_codec
from enhancers import get_enhancer
from experiments.run.columns import frame_columns

pytestmark = pytest.mark.codec

HALF, QUARTER = Fraction(2), Fraction(4)
KEYS = [0, 4, 5, 9, 10, 11]
FRAMES = 12


def _coded(
    folder: Path,
    name: str = "x265",
    config: str = "LDP",
    size: tuple[int, int] = (256, 192),
    frames: int = FRAMES,
    codec: Codec | None = None,
    inject: bool = True,
) -> tuple[Clip, Encoded]:
    clip = Clip(*size, frames=frames)
    asked = job(
        name,
        config,
        "tds",
        frames=frames,
        gop=0,
        scale=QUARTER,
        boundary=HALF,
        qp=27,
        inject=inject,
    )
    path = folder / f"{name}-{config}-{inject}.cpv"
    return clip, encode(clip, codec or get_codec(name), asked, out=path)


def _scaled(
    frame: Frame, fmt: VideoFormat, to: tuple[int, int], folder: Path, kernel: str
) -> Frame:
    """One picture scaled by FFmpeg's command line."""
    raw = folder / "one.yuv"
    raw.write_bytes(frame.tobytes())
    flags = f"{kernel}+accurate_rnd+bitexact+full_chroma_int"
    described = ("-f", "rawvideo", "-pix_fmt", fmt.pix_fmt)
    data = plain_ffmpeg(
        *described,
        "-s",
        fmt.size,
        "-i",
        raw,
        "-vf",
        f"scale={to[0]}:{to[1]}:flags={flags}",
        *described,
        "-",
    )
    return fmt.with_size(*to).frame_from(data)


@pytest.mark.parametrize(
    ("name", "config"), [("x265", "AI"), ("x265", "LDP"), ("x265", "RA"), ("vvenc", "LDP")]
)
def test_both_sizes_come_out_of_the_file_alone(name: str, config: str, tmp_path: Path) -> None:
    clip, done = _coded(tmp_path, name, config)
    hr, lr = done.manifest.streams
    assert (hr.name, hr.scale, hr.width, hr.height, hr.qp) == ("hr", "2", 128, 96, 27)
    assert (lr.name, lr.scale, lr.width, lr.height, lr.qp) == ("lr", "4", 64, 48, 22)
    assert list(hr.frames) == KEYS
    assert lr.lead_keys == ("none" if config == "AI" else "injected")
    (frames,) = receive([done.path])
    assert [f.index for f in frames] == list(range(FRAMES))
    assert [f.index for f in frames if f.key] == KEYS
    assert {(f.key, f.scale) for f in frames} == {(True, HALF), (False, QUARTER)}
    with Decoder(done.path, get_codec) as decoder:
        decoded = list(decoder.frames())
        for frame, far in zip(decoded, frames, strict=True):
            assert picture_md5(frame.frame) == far.md5
            fmt = decoder.fmt.with_size(*((128, 96) if frame.key else (64, 48)))
            assert len(frame.frame) == fmt.frame_samples
            assert number_in(frame.frame, fmt, clip=clip.fmt, scale=frame.scale) == frame.index
    columns = frame_columns(done.manifest)
    assert [i for i, key in enumerate(columns["key_frame"]) if key] == KEYS
    assert {*zip(columns["key_frame"], columns["scale"], strict=True)} == {(True, 2), (False, 4)}


def test_leads_are_the_decoded_boundaries_scaled_down_once_more(tmp_path: Path) -> None:
    """LR copies are coded 12 QP finer than the base: close to what they were made of."""
    _, done = _coded(tmp_path)
    with Decoder(done.path, get_codec) as decoder:
        size = decoder.fmt.with_size(128, 96)
        low = decoder.fmt.with_size(64, 48)
        copies = {f.index: f for f in decoder.frames() if f.lr_copy is not None}
        assert sorted(copies) == [0, 5]
        for frame in copies.values():
            due = _scaled(frame.frame, size, (64, 48), folder=tmp_path, kernel="bicubic")
            assert frame.lr_copy is not None
            assert luma_psnr(frame.lr_copy, due, low) > 42
            other = copies[5 - frame.index].lr_copy
            assert other is not None
            assert luma_psnr(other, due, low) < 30


def test_leads_that_are_injected_cost_nothing_and_paid_ones_do(tmp_path: Path) -> None:
    clip, free = _coded(tmp_path)
    _, paid = _coded(tmp_path, inject=False)
    assert [done.manifest.streams[1].lead_keys for done in (free, paid)] == ["injected", "paid"]
    assert "switched off" in paid.manifest.notes[-1]
    assert free.times.wall_s["verify"] > 0
    assert "verify" not in paid.times.wall_s
    assert free.manifest.stream_bytes < paid.manifest.stream_bytes
    for done in (free, paid):
        with Decoder(done.path, get_codec) as decoder:
            assert len(list(decoder.frames())) == len(clip)


@pytest.mark.parametrize("kernel", ["bicubic", "lanczos"])
@pytest.mark.parametrize(("config", "size"), [("AI", (256, 192)), ("LDP", (212, 138))])
def test_filters_bring_both_to_source_size(
    config: str, size: tuple[int, int], kernel: str, tmp_path: Path
) -> None:
    clip, done = _coded(tmp_path, config=config, size=size)
    wide = tuple(-(-side // 8) * 8 for side in size)  # 212x138: padded to 216x144
    assert done.manifest.size_plan == SizePlan(*size, *wide, wide[0] // 4, wide[1] // 4)
    with Decoder(done.path, get_codec) as decoder:
        decoded = list(decoder.frames())
        out = list(restored(decoder, get_enhancer(kernel)))
        big = decoder.fmt.with_size(*wide)
        assert len(out) == FRAMES
        for frame, picture in zip(decoded, out, strict=True):
            fmt = decoder.fmt.with_size(*(int(side / frame.scale) for side in wide))
            scaled = _scaled(frame.frame, fmt, wide, folder=tmp_path, kernel=kernel)
            due = crop(scaled, big, big.with_size(*size))
            assert np.array_equal(picture, due), frame.index
            assert number_in(picture, decoder.fmt, clip=clip.fmt, scale=Fraction(1)) == frame.index
        assert decoder.times.cpu_s["enhance"] > 0


class Keeps:
    """An enhancer that keeps what it is given and puts boundaries out as they come."""

    name = "keeps"

    def restore(self, video: DecodedVideo) -> Iterator[Frame]:
        self.raw = video
        full = video.upscaled(video.boundary_scale, Filter.BICUBIC)
        assert full.upscaled(full.boundary_scale, Filter.BICUBIC) is full
        self.full, self.frames = full, list(full.frames)
        yield from (f.frame for f in self.frames if f.scale == 1)


def test_what_an_enhancer_is_given(tmp_path: Path) -> None:
    """As the docstring of `DecodedVideo` has it."""
    _, done = _coded(tmp_path)
    keeps = Keeps()
    with Decoder(done.path, get_codec) as decoder:
        with pytest.raises(ToolError, match="enhancer keeps gave 6 of 12 frames"):
            list(restored(decoder, keeps))
        plain = list(get_enhancer("bicubic").restore(_again(keeps.raw, decoder)))
    scales = tuple(HALF if i in KEYS else QUARTER for i in range(FRAMES))
    assert (keeps.raw.scales, keeps.raw.boundary_scale) == (scales, 2)
    assert keeps.full.scales == tuple(Fraction(1) if s == 2 else s for s in scales)
    assert keeps.full.boundary_scale == 1
    assert keeps.full.lr_fmt == keeps.raw.lr_fmt == keeps.raw.fmt.with_size(64, 48)
    for frame in keeps.frames:
        assert frame.scale == (1 if frame.key else 4)
        assert frame.key == (frame.index in KEYS)
        assert (frame.lr_copy is not None) == (frame.index in (0, 5))
        if frame.key:
            assert np.array_equal(frame.frame, plain[frame.index])


def _again(video: DecodedVideo, decoder: Decoder) -> DecodedVideo:
    return replace(video, frames=decoder.frames())


def test_a_video_too_short_for_lr_frames_is_one_of_boundaries(tmp_path: Path) -> None:
    clip, done = _coded(tmp_path, frames=2)
    (hr,) = done.manifest.streams
    assert (hr.scale, hr.width) == ("2", 128)
    assert frame_columns(done.manifest)["key_frame"] == [False, False]
    with Decoder(done.path, get_codec) as decoder:
        out = list(restored(decoder, get_enhancer("bicubic")))
        assert [number_in(f, decoder.fmt, clip=clip.fmt, scale=Fraction(1)) for f in out] == [0, 1]


def test_the_file_says_at_which_scale_its_boundaries_are(tmp_path: Path) -> None:
    _, done = _coded(tmp_path)
    clip = Clip(frames=6)
    other = encode(
        clip, get_codec("x265"), job("x265", "LDP", "tds", frames=6), out=tmp_path / "o.cpv"
    )

    def layout(path: Path) -> dict[str, object]:
        with zipfile.ZipFile(path) as archive:
            return json.loads(archive.read("manifest.json"))["layout"]

    assert layout(done.path)["boundary_scale"] == "2"
    assert layout(other.path)["boundary_scale"] == "1"


@pytest.mark.parametrize(
    ("key", "value"), [("boundary_scale", "1"), ("boundary_scale", "4"), ("name", "crs")]
)
def test_a_file_whose_sizes_do_not_go_together_is_refused(
    key: str, value: str, tmp_path: Path
) -> None:
    _, done = _coded(tmp_path)

    def change(manifest: dict[str, dict[str, str]]) -> None:
        manifest["layout"][key] = value

    lie = rewritten(done.path, tmp_path / "lie.cpv", change)
    with pytest.raises(FileFormatError):
        CpvFile(lie)


@pytest.mark.parametrize("config", ["AI", "LDP"])
def test_it_takes_fewer_bits_than_boundaries_at_full_size(config: str, tmp_path: Path) -> None:
    clip, half = _coded(tmp_path, config=config)
    asked = job("x265", config, "tds", frames=FRAMES, gop=0, scale=QUARTER, qp=27)
    full = encode(clip, get_codec("x265"), asked, out=tmp_path / "full.cpv")
    assert half.manifest.stream_bytes < 0.8 * full.manifest.stream_bytes
    quality = []
    for done in (half, full):
        with Decoder(done.path, get_codec) as decoder:
            first, *_ = restored(decoder, get_enhancer("lanczos"))
            first = convert_depth(first, decoder.fmt.bit_depth, clip.fmt.bit_depth)
            quality.append(luma_psnr(first, clip.stored[0], clip.fmt))
    assert quality[0] < quality[1]


def test_the_padding_is_in_the_key_of_the_boundaries_stream() -> None:
    """At 1/2 of 200x136 boundaries have another size where LR frames are at 1/4 or at 1/6."""
    clip, codec = Clip(200, 136, frames=5), get_codec("x265")
    keys = set()
    for scale in (QUARTER, QUARTER, Fraction(6)):
        one = job("x265", "LDP", "tds", frames=5, scale=scale, boundary=HALF)
        hr = one.layout.streams[0]
        resolved = one.resolved(codec)
        keys.add(stream_key(codec, resolved, stream=hr, source_fmt=clip.fmt, fps=clip.fps))
    assert len(keys) == 2


def test_too_small_a_source_is_refused_before_anything_is_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="56x56 at 1/4 is 14x14: too small to code"):
        _coded(tmp_path, size=(56, 56))
    assert not list(tmp_path.iterdir())
