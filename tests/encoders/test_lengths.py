"""Every number of frames: encoders have lost streams and frames at some lengths."""

from pathlib import Path

import pytest
from kits.pipeline import GRID, Clip, job, number_in

from codecpipe.codec import CodecOptions, CodingSettings, CodingTask
from codecpipe.decoding import Decoder
from codecpipe.encoding import encode
from codecpipe.format import convert_depth
from codecpipe.layout import Config
from codecpipe.programs.process import Limits
from encoders import get_codec

pytestmark = pytest.mark.codec


@pytest.mark.parametrize(("name", "config"), [one for one in GRID if one[1] != "LDB"])
def test_every_length_is_coded_and_decoded_whole(name: str, config: str, tmp_path: Path) -> None:
    """VVenC through FFmpeg lost the whole stream at 7 to 10 pictures in AI, frame-parallel."""
    codec, clip = get_codec(name), Clip(64, 64, frames=16)
    options = codec.resolve(CodecOptions(job(name, "AI", "anchor").options.preset))
    settings = CodingSettings(
        Config(config), qp=32, intra_period=1 if config == "AI" else 8, options=options
    )
    fmt = clip.fmt.with_depth(codec.coded_depth(8))
    frames = [convert_depth(frame, 8, fmt.bit_depth) for frame in clip.stored]
    for count in range(1, 17):
        out = tmp_path / f"{count}{codec.suffix}"
        codec.encode(frames[:count], CodingTask(fmt, clip.fps, settings, out, Limits()))
        assert len(codec.pictures(out)) == count
        decoded = list(codec.decode(out, fmt, limits=Limits(), on_done=lambda run: None))
        assert len(decoded) == count


@pytest.mark.parametrize(
    ("name", "config", "layout"),
    [("x265", "RA", "crs"), ("x265", "LDP", "tds"), ("vvenc", "LDP", "crs")],
)
def test_every_length_of_a_layout(name: str, config: str, layout: str, tmp_path: Path) -> None:
    """1 to 20 frames: leads at the end, groups cut short, GOPs of one frame."""
    clip = Clip(64, 64, frames=20)
    for count in range(1, 21) if config == "RA" else (1, 2, 3, 5, 6, 7, 8, 9, 10, 17):
        done = encode(
            clip,
            get_codec(name),
            job(name, config, layout, frames=count),
            out=tmp_path / f"{count}.cpv",
        )
        lr = [s for s in done.manifest.streams if s.name == "lr"]
        assert all(s.lead_keys == "injected" for s in lr)
        with Decoder(done.path, get_codec) as decoder:
            numbers = []
            for frame in decoder.frames():
                fmt = decoder.fmt if frame.scale == 1 else decoder.lr_fmt
                assert fmt is not None
                numbers.append(number_in(frame.frame, fmt, clip=clip.fmt, scale=frame.scale))
        assert numbers == list(range(count))
