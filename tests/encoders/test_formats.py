"""Bit depths and sizes: 10-bit sources, 8-bit ones in a 10-bit codec, sides that do not divide."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from kits.pipeline import Clip, job, luma_psnr, number_in

from codecpipe.decoding import Decoder
from codecpipe.encoding import encode
from codecpipe.enhancer import restored
from codecpipe.errors import InputError
from codecpipe.format import convert_depth
from encoders import get_codec
from enhancers import get_enhancer

pytestmark = pytest.mark.codec


@pytest.mark.parametrize(
    ("name", "depth", "coded"),
    [
        ("x265", 8, 8),
        ("x265", 10, 10),
        ("vvenc", 8, 10),
        ("vvenc", 10, 10),
        ("x264", 8, 8),
        ("x264", 10, 10),
        ("svtav1", 10, 10),
        ("x265", 12, 12),
        ("x265", 9, 10),
    ],
)
def test_depths(name: str, depth: int, coded: int, tmp_path: Path) -> None:
    clip = Clip(frames=9, depth=depth)
    # Fine enough that a shift by one bit, or samples taken for others, could not pass.
    done = encode(
        clip, get_codec(name), job(name, "LDP", "crs", frames=9, qp=12), out=tmp_path / "x.cpv"
    )
    assert done.manifest.codec.bit_depth == coded
    assert done.manifest.sequence.bit_depth == depth
    with Decoder(done.path, get_codec) as decoder:
        assert decoder.fmt.bit_depth == coded
        for frame in decoder.frames():
            assert frame.frame.dtype == decoder.fmt.dtype
            if frame.scale == 1:
                source = convert_depth(clip.stored[frame.index], depth, coded)
                assert luma_psnr(frame.frame, source, decoder.fmt) > 44
                if coded > 8:
                    assert np.unique(frame.frame).size > 256


@pytest.mark.parametrize(
    ("width", "height", "scale", "padded", "low"),
    [
        (200, 120, Fraction(4), (200, 120), (50, 30)),
        (212, 124, Fraction(4), (216, 128), (54, 32)),
        (208, 120, Fraction(3, 2), (210, 120), (140, 80)),
        (202, 122, Fraction(2), (204, 124), (102, 62)),
        (208, 120, Fraction(4), (208, 120), (52, 30)),
    ],
)
@pytest.mark.parametrize("layout", ["uniform", "crs"])
def test_sizes_that_do_not_divide(
    width: int,
    height: int,
    scale: Fraction,
    padded: tuple[int, int],
    low: tuple[int, int],
    layout: str,
    tmp_path: Path,
) -> None:
    clip = Clip(width, height, frames=9)
    chosen = job("x265", "LDP", layout, frames=9, scale=scale, qp=20)
    done = encode(clip, get_codec("x265"), chosen, out=tmp_path / "x.cpv")
    resample = done.manifest.resample
    assert resample is not None
    assert (resample.padded_width, resample.padded_height) == padded
    assert (resample.lr_width, resample.lr_height) == low
    with Decoder(done.path, get_codec) as decoder:
        assert decoder.lr_fmt is not None
        for frame in decoder.frames():
            fmt = decoder.fmt if frame.scale == 1 else decoder.lr_fmt
            assert frame.frame.size == fmt.frame_samples
            assert number_in(frame.frame, fmt, clip=clip.fmt, scale=frame.scale) == frame.index
    with Decoder(done.path, get_codec) as decoder:
        for index, picture in enumerate(restored(decoder, get_enhancer("bicubic"))):
            assert picture.size == clip.fmt.frame_samples
            assert number_in(picture, clip.fmt, clip=clip.fmt, scale=Fraction(1)) == index
            # What is padded must not come back as a border of its own.
            ours, theirs = (
                clip.fmt.planes(f)[0][-8:, -8:].astype(float) for f in (picture, clip.stored[index])
            )
            assert np.abs(ours - theirs).mean() < 25


def test_sizes_that_cannot_be_are_refused(tmp_path: Path) -> None:
    clip = Clip(64, 64, frames=2)
    with pytest.raises(InputError, match="too small to code"):
        chosen = job("x265", "LDP", "crs", frames=2, scale=Fraction(8))
        encode(clip, get_codec("x265"), chosen, out=tmp_path / "x.cpv")
    deep = Clip(64, 64, frames=2, depth=12)
    with pytest.raises(InputError, match="vvenc codes at most 10 bits here and the source has 12"):
        encode(
            deep, get_codec("vvenc"), job("vvenc", "AI", "anchor", frames=2), out=tmp_path / "x.cpv"
        )
    assert not list(tmp_path.iterdir())
    assert not deep.asked
