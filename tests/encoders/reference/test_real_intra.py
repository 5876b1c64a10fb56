"""HM and VTM: intra pictures stand where the GOP says.

Skipped, with the reason, where they are not installed.
"""

from fractions import Fraction
from pathlib import Path

import pytest
from kits.hm_vtm import intra_of, job_of, stream_of
from kits.pipeline import Clip, number_in, plain_ffmpeg, split_frames
from kits.reference import case

from codecpipe.encoding import encode
from codecpipe.video.picture_md5 import picture_md5
from encoders import get_codec

pytestmark = pytest.mark.codec

DEMUXER = {"hm": "hevc", "vtm": "vvc"}


@pytest.mark.parametrize(
    ("name", "config", "gop", "frames", "closed"),
    [
        case("hm", "LDP", 5, 12, True),
        case("hm", "LDB", 5, 7, True),
        case("hm", "RA", 6, 14, True),
        case("hm", "RA", 16, 18, False),
        case("hm", "LDP", 8, 17, False),
        case("hm", "LDB", 16, 18, False),
        case("hm", "LDP", 16, 9, False),
        case("hm", "LDP", 0, 9, False),
        case("vtm", "LDP", 5, 7, True),
        case("vtm", "RA", 6, 8, True),
        case("vtm", "LDP", 8, 17, False),
        case("vtm", "LDB", 8, 9, False),
        case("vtm", "RA", 16, 18, False),
        case("vtm", "LDP", 16, 9, False),
        case("hm", "AI", 1, 3, False),
        case("vtm", "AI", 1, 3, False),
    ],
)
def test_intra_pictures_stand_where_the_gop_says(
    name: str, config: str, gop: int, frames: int, closed: bool, tmp_path: Path
) -> None:
    clip, qp = Clip(64, 64, frames), 40
    chosen = job_of(config, "anchor", frames, gop=gop, qp=qp)
    done = encode(clip, get_codec(name), chosen, out=tmp_path / "x.cpv")
    record, stream = stream_of(done, tmp_path / "hr.bin")
    assert intra_of(record) == list(range(0, frames, gop or frames))
    assert len({kind for at, kind, *_ in record.coded if kind != "I"}) <= 1
    (expected,) = {"AI": {0}, "LDP": {-1}, "LDB": {-1}, "RA": {-3}}[config]
    assert {q for _, kind, q, _ in record.coded if kind == "I"} == {qp + expected}
    notes = [note for note in done.manifest.notes if "closed GOP" in note]
    assert len(notes) == closed
    # Any decoder reads it, in one go and in order.
    fmt = done.manifest.coded_format
    data = plain_ffmpeg(
        "-f",
        DEMUXER[name],
        "-i",
        stream,
        "-f",
        "rawvideo",
        "-pix_fmt",
        fmt.pix_fmt,
        "-fps_mode",
        "passthrough",
        "-",
    )
    pictures = split_frames(data, fmt)
    assert tuple(map(picture_md5, pictures)) == record.md5
    assert [number_in(p, fmt, clip=clip.fmt, scale=Fraction(1)) for p in pictures] == list(
        range(frames)
    )
