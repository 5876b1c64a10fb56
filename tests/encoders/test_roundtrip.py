"""Encode, move the file, decode in another process: every codec, configuration and layout."""

import shutil
from fractions import Fraction
from pathlib import Path

import pytest
from kits.pipeline import (
    GRID,
    LAYOUT_NAMES,
    Clip,
    Received,
    ffmpeg_codec,
    job,
    luma_psnr,
    number_in,
    plain_decode,
    receive,
)

from codecpipe.cpv import CpvFile, Manifest
from codecpipe.encoding import encode
from codecpipe.video.picture_md5 import picture_md5
from encoders import get_codec

pytestmark = pytest.mark.codec


def _check_frames(manifest: Manifest, received: list[Received], raw: bytes, clip: Clip) -> None:
    """Each frame once, in order, at its size, with the sender's MD5 and the right picture."""
    assert [frame.index for frame in received] == list(range(len(clip)))
    due: dict[int, tuple[Fraction, str]] = {}
    copies: dict[int, str] = {}
    for stream in manifest.streams:
        for at, (frame, md5) in enumerate(zip(stream.frames, stream.md5, strict=True)):
            if at in stream.leads:
                copies[frame] = md5
            else:
                assert frame not in due
                due[frame] = (Fraction(stream.scale), md5)
    assert [(f.scale, f.md5) for f in received] == [due[i] for i in range(len(clip))]
    assert {f.index: f.lr_copy for f in received if f.lr_copy} == copies
    at = 0
    for frame in received:
        fmt = manifest.coded_format
        if frame.scale != 1:
            plan = manifest.size_plan
            assert plan is not None
            fmt = fmt.with_size(plan.lr_width, plan.lr_height)
        picture = fmt.frame_from(raw[at : at + fmt.frame_bytes])
        assert picture_md5(picture) == frame.md5
        assert number_in(picture, fmt, clip=clip.fmt, scale=frame.scale) == frame.index
        if frame.scale == 1:
            source = clip.stored[frame.index].astype(fmt.dtype) << (fmt.bit_depth - 8)
            assert luma_psnr(picture, source, fmt) > 28
        at += fmt.frame_bytes
    assert at == len(raw)


@pytest.mark.parametrize(("name", "config"), GRID)
def test_receiver_elsewhere_gets_what_was_coded(name: str, config: str, tmp_path: Path) -> None:
    clip = Clip()
    here, there = tmp_path / "sender", tmp_path / "receiver"
    there.mkdir()
    written, files = [], []
    for layout in LAYOUT_NAMES:
        done = encode(clip, get_codec(name), job(name, config, layout), out=here / f"{layout}.cpv")
        files.append(Path(shutil.move(done.path, there / done.path.name)))
        written.append(done)
    here.rmdir()
    for layout, done, path, frames in zip(
        LAYOUT_NAMES, written, files, receive(files), strict=True
    ):
        manifest = done.manifest
        with CpvFile(path) as cpv:
            assert cpv.manifest == manifest
            assert done.container_bytes == cpv.container_bytes > 0
        _check_frames(manifest, frames, Path(f"{path}.raw").read_bytes(), clip=clip)
        keys = {f.index for f in frames if f.key}
        scales = {f.index for f in frames if f.scale == 1}
        assert scales == ({*range(17)} if layout == "anchor" else keys)
        expected = {"crs": {0, 8, 16}, "tds": {0, 4, 5, 9, 10, 14, 15, 16}}
        assert keys == expected.get(layout, set())
    anchor, stream = written[0], there / f"anchor{get_codec(name).suffix}"
    with CpvFile(files[0]) as cpv:
        cpv.extract(cpv.manifest.streams[0], stream)
    fmt = anchor.manifest.coded_format
    plain = plain_decode(stream, ffmpeg_codec(name).container, fmt)
    assert tuple(map(picture_md5, plain)) == anchor.manifest.streams[0].md5


@pytest.mark.parametrize("name", [name for name, config in GRID if config == "LDP"])
def test_shared_boundary_and_no_gop(name: str, tmp_path: Path) -> None:
    clip = Clip(frames=12)
    chosen = job(name, "LDP", "tds", frames=12, gop=0, shared=True)
    done = encode(clip, get_codec(name), chosen, out=tmp_path / "x.cpv")
    (frames,) = receive([done.path])
    _check_frames(done.manifest, frames, Path(f"{done.path}.raw").read_bytes(), clip=clip)
    assert {f.index for f in frames if f.key} == {0, 4, 8, 11}
    assert [kind for _, kind, _, _ in done.manifest.streams[0].coded].count("I") == 1


def test_more_decodes_of_one_file_are_alike(tmp_path: Path) -> None:
    done = encode(Clip(), get_codec("x265"), job("x265", "RA", "crs"), out=tmp_path / "x.cpv")
    first, second = receive([done.path, done.path])
    assert first == second
