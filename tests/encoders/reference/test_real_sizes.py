"""HM and VTM: sizes that are no multiple of 8, and every frame of AI.

Skipped, with the reason, where they are not installed.
"""

from fractions import Fraction
from pathlib import Path

import pytest
from kits.hm_vtm import DIGIT, intra_of, job_of
from kits.pipeline import Clip, number_in
from kits.reference import case

from codecpipe.decoding import Decoder
from codecpipe.encoding import encode
from encoders import get_codec
from encoders.reference.log import parse_log

pytestmark = pytest.mark.codec


@pytest.mark.parametrize(
    ("name", "width", "height", "layout", "scale"),
    [
        case("hm", 100, 60, "crs", 2),
        case("hm", 98, 58, "crs", 2),
        case("hm", 98, 58, "crs", 3),
        case("hm", 98, 58, "anchor", 2),
        case("vtm", 100, 60, "crs", 2),
        case("vtm", 98, 58, "crs", 2),
        case("vtm", 98, 58, "anchor", 2),
    ],
)
def test_sizes_that_are_no_multiple_of_8(
    name: str, width: int, height: int, layout: str, scale: int, tmp_path: Path
) -> None:
    clip = Clip(width, height, 3)
    chosen = job_of("LDP", layout, 3, scale=Fraction(scale))
    done = encode(clip, get_codec(name), chosen, out=tmp_path / "x.cpv")
    hr = done.manifest.streams[0]
    assert (hr.width, hr.height) == (width, height)
    with Decoder(done.path, get_codec) as decoder:
        frames = [(f.index, f.frame.copy(), f.scale) for f in decoder.frames()]
        for index, frame, shown in frames:
            fmt = decoder.fmt if shown == 1 else decoder.lr_fmt
            assert fmt is not None
            assert frame.size == fmt.frame_samples
            if scale == 2:
                assert number_in(frame, fmt, clip=clip.fmt, scale=shown) == index
    assert [index for index, *_ in frames] == [0, 1, 2]


@pytest.mark.parametrize("name", [case("hm"), case("vtm")])
def test_all_intra_codes_every_frame(name: str, tmp_path: Path) -> None:
    """Where VTM's file of the CTC says one in eight."""
    clip = Clip(64, 64, 9)
    done = encode(clip, get_codec(name), job_of("AI", "anchor", 9, gop=1), out=tmp_path / "x.cpv")
    assert intra_of(done.manifest.streams[0]) == list(range(9))
    log = parse_log(done.logs["hr"], "x")
    rate = 8 * done.manifest.stream_bytes * 25 / 9 / 1000
    assert log.summary.rate_kbps == pytest.approx(rate, abs=DIGIT)
