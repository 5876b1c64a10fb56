"""Reference injection with real encoders: what is sent, and what happens where it fails."""

import re
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from kits.pipeline import (
    GRID,
    Clip,
    ffmpeg_codec,
    job,
    number_in,
    plain_decode,
)

from codecpipe.codec import Codec, CodingSettings, CodingTask
from codecpipe.cpv import CpvFile
from codecpipe.decoding import Decoder
from codecpipe.encoding import Encoded, encode
from codecpipe.errors import CodecpipeError, InputError
from codecpipe.format import Frame
from codecpipe.programs.process import ToolRun
from codecpipe.video.picture_md5 import picture_md5
from encoders import get_codec
from encoders.vvenc import VVenC
from encoders.x265 import X265

pytestmark = pytest.mark.codec

CASES = [(name, config) for name, config in GRID if config != "AI"]
# Slices that are not of intra pictures; in VVC, filter parameters (APS) go with them.
INTER_TYPES = {"h264": {1}, "hevc": set(range(10)), "vvc": {*range(7), 17, 18}}


class Recording:
    """A codec that keeps a copy of each stream it makes, by the file's name."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self.made: dict[str, bytes] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codec, name)

    def encode(self, frames: Iterable[Frame], task: CodingTask) -> ToolRun:
        run = self._codec.encode(frames, task)
        self.made[task.out.stem] = task.out.read_bytes()
        return run


def _chunks(data: bytes, sizes: Iterable[int]) -> list[bytes]:
    at, chunks = 0, []
    for size in sizes:
        chunks.append(data[at : at + size])
        at += size
    assert at == len(data)
    return chunks


def _nal_types(standard: str, data: bytes) -> set[int]:
    """NAL unit types of AVC, HEVC and VVC streams."""
    heads = [(data[m.end()], data[m.end() + 1]) for m in re.finditer(rb"\x00\x00\x01", data)]
    kind: dict[str, Callable[[int, int], int]] = {
        "h264": lambda a, b: a & 0x1F,
        "hevc": lambda a, b: a >> 1 & 0x3F,
        "vvc": lambda a, b: b >> 3,
    }
    return {kind[standard](*head) for head in heads}


@pytest.mark.parametrize("layout", ["crs", "tds"])
@pytest.mark.parametrize(("name", "config"), CASES)
def test_leads_cost_nothing_and_come_out_the_same(
    name: str, config: str, layout: str, tmp_path: Path
) -> None:
    clip, codec = Clip(frames=21), Recording(get_codec(name))
    done = encode(clip, codec, job(name, config, layout, frames=21), out=tmp_path / "x.cpv")
    lr = done.manifest.streams[1]
    assert lr.lead_keys == "injected"
    assert not [note for note in done.manifest.notes if "transmitted" in note]
    with CpvFile(done.path) as cpv:
        cpv.extract(lr, tmp_path / "lr")
    sent = (tmp_path / "lr").read_bytes()
    # By hand: the skeleton's leads and the sent pictures, in coding order, are the encoder's bytes.
    full, skeleton = codec.made["injected"], codec.made["skeleton"]
    sizes = [size for *_, size in lr.coded]
    is_lead = [position in lr.leads for position, *_ in lr.coded]
    ours = _chunks(full, sizes)
    suffixed = tmp_path / f"skeleton{codec.suffix}"
    suffixed.write_bytes(skeleton)
    theirs = _chunks(skeleton, [picture.size_bytes for picture in codec.pictures(suffixed)])
    assert b"".join(c for c, lead in zip(ours, is_lead, strict=True) if not lead) == sent
    for mine, its, lead in zip(ours, theirs, is_lead, strict=True):
        assert not lead or mine == its
    assert 0 < len(sent) < len(full)
    assert sum(s for s, lead in zip(sizes, is_lead, strict=True) if not lead) == len(sent)
    standard = ffmpeg_codec(name).container
    if standard in INTER_TYPES:
        assert _nal_types(standard, sent) <= INTER_TYPES[standard]
        assert not _nal_types(standard, full) <= INTER_TYPES[standard]
    # The whole stream is an ordinary one: any decoder gives the manifest's pictures.
    whole = tmp_path / "whole"
    whole.write_bytes(full)
    fmt = done.manifest.stream_format(lr)
    frames = plain_decode(whole, standard, fmt)
    assert tuple(map(picture_md5, frames)) == lr.md5
    numbers = [number_in(frame, fmt, clip=clip.fmt, scale=Fraction(2)) for frame in frames]
    assert numbers == list(lr.frames)


@pytest.mark.parametrize(("name", "config"), [("x265", "LDP"), ("vvenc", "LDP"), ("vvenc", "RA")])
def test_switched_off_it_is_paid_and_said(name: str, config: str, tmp_path: Path) -> None:
    clip, codec = Clip(), get_codec(name)
    free = encode(clip, codec, job(name, config, "crs"), out=tmp_path / "free.cpv")
    paid = encode(clip, codec, job(name, config, "crs", inject=False), out=tmp_path / "paid.cpv")
    assert [s.lead_keys for s in paid.manifest.streams] == ["none", "paid"]
    (note,) = [n for n in paid.manifest.notes if "transmitted and counted" in n]
    assert "switched off" in note
    leads = sum(
        size
        for position, *_, size in paid.manifest.streams[1].coded
        if position in paid.manifest.streams[1].leads
    )
    assert leads > 0
    assert paid.manifest.stream_bytes > free.manifest.stream_bytes
    assert paid.manifest.streams[1].size_bytes == sum(
        size for *_, size in paid.manifest.streams[1].coded
    )
    _decodes(paid, get_codec(name), clip)


def _decodes(done: Encoded, codec: Codec, clip: Clip) -> None:
    with Decoder(done.path, lambda _: codec) as decoder:
        frames = list(decoder.frames())
        assert [f.index for f in frames] == list(range(len(clip)))
        for frame in frames:
            fmt = decoder.fmt if frame.scale == 1 else decoder.lr_fmt
            assert fmt is not None
            assert number_in(frame.frame, fmt, clip=clip.fmt, scale=frame.scale) == frame.index


class LooksAhead(VVenC):
    """VVenC with its temporal pre-filter on where leads are injected: keys see what follows."""

    def parameters(self, settings: CodingSettings) -> dict[str, str]:
        held = super().parameters(settings)
        return {**held, "mctf": "2"} if settings.injected else held


def test_where_bytes_differ_the_keys_are_paid_and_said(tmp_path: Path) -> None:
    clip = Clip()
    wanted = job("vvenc", "RA", "crs")
    free = encode(clip, VVenC(), wanted, out=tmp_path / "free.cpv")
    paid = encode(clip, LooksAhead(), wanted, out=tmp_path / "paid.cpv")
    assert free.manifest.streams[1].lead_keys == "injected"
    assert paid.manifest.streams[1].lead_keys == "paid"
    (note,) = [n for n in paid.manifest.notes if "transmitted and counted" in n]
    assert "depend on the pictures after them" in note
    assert paid.manifest.stream_bytes > free.manifest.stream_bytes
    # A receiver with the ordinary codec needs no skeleton for such a file.
    _decodes(paid, VVenC(), clip)


@pytest.mark.parametrize("name", [name for name, config in GRID if config == "LDP"])
def test_one_gop_has_one_lead(name: str, tmp_path: Path) -> None:
    clip = Clip(frames=12)
    done = encode(
        clip, get_codec(name), job(name, "LDP", "crs", frames=12, gop=0), out=tmp_path / "x.cpv"
    )
    assert done.manifest.streams[1].leads == (0,)
    assert done.manifest.streams[1].lead_keys == "injected"
    assert [kind for _, kind, *_ in done.manifest.streams[1].coded].count("I") == 1
    _decodes(done, get_codec(name), clip)


@pytest.mark.parametrize(("key", "value"), [("mctf", "2"), ("bim", "0"), ("intraqpoffset", "0")])
def test_what_is_held_for_injection_is_refused_before_anything_is_written(
    key: str, value: str, tmp_path: Path
) -> None:
    """Else the file would be written, and refused by its receiver."""
    chosen = job("vvenc", "RA", "tds", extra=((key, value),))
    with pytest.raises(InputError, match=f"'{key}' is held by codecpipe"):
        encode(Clip(), VVenC(), chosen, out=tmp_path / "x.cpv")
    assert not list(tmp_path.iterdir())
    clip = Clip(frames=9)
    without = job("vvenc", "RA", "tds", frames=9, extra=((key, value),), inject=False)
    _decodes(encode(clip, VVenC(), without, out=tmp_path / "x.cpv"), VVenC(), clip)


class OtherSkeleton(X265):
    """An x265 that codes leads otherwise than the sender's did."""

    def parameters(self, settings: CodingSettings) -> dict[str, str]:
        held = super().parameters(settings)
        return {**held, "ipratio": "2"} if settings.injected else held


def test_receiver_whose_encoder_differs_gets_an_error_not_other_pictures(tmp_path: Path) -> None:
    clip = Clip(frames=9)
    done = encode(clip, X265(), job("x265", "LDP", "crs", frames=9), out=tmp_path / "x.cpv")
    with (
        Decoder(done.path, lambda _: OtherSkeleton()) as decoder,
        pytest.raises(CodecpipeError, match=r"stream lr|of stream"),
    ):
        list(decoder.frames())
