"""Reference injection with HM and VTM: leads are not sent, and a receiver makes them itself.

Skipped, with the reason, where they are not installed.
"""

import shutil
from fractions import Fraction
from pathlib import Path

import pytest
from kits.hm_vtm import QP, intra_of, job_of
from kits.pipeline import Clip, number_in, receive
from kits.reference import case

from codecpipe.codec import LEAD_QP_OFFSET
from codecpipe.decoding import Decoder
from codecpipe.encoding import encode
from encoders import get_codec

pytestmark = pytest.mark.codec


@pytest.mark.parametrize(
    ("name", "config", "layout", "gop", "frames", "leads"),
    [
        case("hm", "LDP", "crs", 8, 21, (0, 8, 16)),
        case("hm", "LDB", "crs", 8, 17, (0, 8)),
        case("hm", "LDP", "crs", 16, 21, (0, 16)),
        case("hm", "LDP", "crs", 5, 12, (0, 5, 10)),
        case("hm", "RA", "crs", 16, 33, (0, 16, 32)),
        case("hm", "RA", "crs", 6, 14, (0, 6, 12)),
        case("hm", "LDP", "crs", 0, 9, (0,)),
        case("hm", "LDP", "tds", 8, 17, (0, 4, 8)),
        case("hm", "RA", "tds", 16, 17, (0, 4, 8)),
        case("vtm", "LDP", "crs", 8, 10, (0, 8)),
        case("vtm", "LDB", "crs", 8, 10, (0, 8)),
        case("vtm", "LDP", "crs", 16, 18, (0, 16)),
        case("vtm", "RA", "crs", 16, 18, (0, 16)),
        case("vtm", "RA", "tds", 0, 11, (0, 4)),
    ],
)
def test_leads_are_injected_and_received_elsewhere(
    name: str, config: str, layout: str, gop: int, frames: int, leads: tuple[int, ...], tmp_path
) -> None:
    clip = Clip(128 if name == "hm" else 64, 64, frames)
    chosen = job_of(config, layout, frames, gop=gop)
    done = encode(clip, get_codec(name), chosen, out=tmp_path / "sender" / "x.cpv")
    lr = done.manifest.streams[1]
    assert [stream.lead_keys for stream in done.manifest.streams] == ["none", "injected"]
    assert lr.leads == leads
    assert not [note for note in done.manifest.notes if "transmitted" in note]
    # The leads, all of them, and only they, are intra and finer than the stream's base QP.
    assert lr.qp == QP - 5
    assert intra_of(lr) == list(leads)
    assert {qp for at, _, qp, _ in lr.coded if at in leads} == {lr.qp + LEAD_QP_OFFSET}
    assert min(qp for at, _, qp, _ in lr.coded if at not in leads) > lr.qp - 4
    # They are not in the file.
    sent = sum(size for at, *_, size in lr.coded if at not in leads)
    assert 0 < lr.size_bytes == sent < sum(size for *_, size in lr.coded)
    # A receiver with nothing but the file has every picture; Decoder checks the MD5s, too.
    path = tmp_path / "receiver" / "x.cpv"
    path.parent.mkdir()
    shutil.move(done.path, path)
    (received,) = receive([path])
    assert [frame.index for frame in received] == list(range(frames))
    md5 = {
        (Fraction(stream.scale), frame): digest
        for stream in done.manifest.streams
        for at, (frame, digest) in enumerate(zip(stream.frames, stream.md5, strict=True))
        if at not in stream.leads
    }
    assert {(frame.scale, frame.index): frame.md5 for frame in received} == md5
    copies = {lr.frames[at]: lr.md5[at] for at in leads}
    assert {frame.index: frame.lr_copy for frame in received if frame.lr_copy} == copies
    raw, at = (path.parent / "x.cpv.raw").read_bytes(), 0
    for frame in received:
        fmt = done.manifest.coded_format
        if frame.scale != 1:
            fmt = fmt.with_size(lr.width, lr.height)
        picture = fmt.frame_from(raw[at : at + fmt.frame_bytes])
        assert number_in(picture, fmt, clip=clip.fmt, scale=frame.scale) == frame.index
        at += fmt.frame_bytes


@pytest.mark.parametrize(("name", "config"), [case("hm", "LDP"), case("hm", "RA")])
def test_leads_of_low_qp_end_at_0(name: str, config: str, tmp_path: Path) -> None:
    """There is nothing finer at 8 bits."""
    done = encode(
        Clip(64, 64, 4),
        get_codec(name),
        job_of(config, "crs", 4, gop=0, qp=8),
        out=tmp_path / "x.cpv",
    )
    lr = done.manifest.streams[1]
    assert lr.lead_keys == "injected"
    assert [qp for at, _, qp, _ in lr.coded if at == 0] == [0]
    with Decoder(done.path, get_codec) as decoder:
        assert [frame.index for frame in decoder.frames()] == [0, 1, 2, 3]
