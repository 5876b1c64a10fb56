"""Restoration by filters, on files that real codecs wrote."""

import subprocess
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from kits.pipeline import Clip, job, number_in

from codecpipe.decoding import DecodedFrame, Decoder
from codecpipe.encoding import encode
from codecpipe.enhancer import DecodedVideo, restored
from codecpipe.errors import InputError, MismatchError, ToolError
from codecpipe.format import Frame
from codecpipe.layout import Config
from codecpipe.programs.ffmpeg import find_ffmpeg
from codecpipe.programs.process import Limits
from codecpipe.video.resample import crop, plan_size
from encoders import get_codec
from enhancers import ENHANCERS, get_enhancer

pytestmark = pytest.mark.codec


def _independent_scale(frame: Frame, decoder: Decoder, kernel: str) -> Frame:
    """One picture scaled up by FFmpeg's command line, then cropped."""
    plan, low = decoder.size_plan, decoder.lr_fmt
    assert plan is not None
    assert low is not None
    wide = decoder.fmt.with_size(plan.padded_width, plan.padded_height)
    flags = f"{kernel}+accurate_rnd+bitexact+full_chroma_int"
    raw = ("-f", "rawvideo", "-pix_fmt", low.pix_fmt)
    done = subprocess.run(
        [
            *(find_ffmpeg(), "-v", "error", *raw, "-s", low.size, "-i", "-"),
            *("-vf", f"scale={wide.width}:{wide.height}:flags={flags}", *raw, "-"),
        ],
        input=frame.tobytes(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return crop(wide.frame_from(done.stdout), wide, wide.with_size(plan.width, plan.height))


@pytest.mark.parametrize(
    ("name", "config", "layout", "size", "scale"),
    [
        ("x265", "LDP", "crs", (192, 128), Fraction(2)),
        ("x265", "RA", "tds", (192, 128), Fraction(2)),
        ("x265", "LDP", "uniform", (212, 124), Fraction(4)),
        ("x265", "AI", "crs", (208, 120), Fraction(3, 2)),
        ("x265", "AI", "tds", (192, 128), Fraction(2)),
        ("vvenc", "RA", "crs", (202, 122), Fraction(2)),
    ],
)
@pytest.mark.parametrize("kernel", ["bicubic", "lanczos"])
def test_keys_pass_and_the_rest_is_scaled(
    name: str,
    config: str,
    layout: str,
    size: tuple[int, int],
    scale: Fraction,
    kernel: str,
    tmp_path: Path,
) -> None:
    clip = Clip(*size, frames=12)
    chosen = job(name, config, layout, 12, scale=scale)
    done = encode(clip, get_codec(name), chosen, tmp_path / "x.cpv")
    with Decoder(done.path, get_codec) as decoder:
        decoded = list(decoder.frames())
        out = list(restored(decoder, get_enhancer(kernel)))
        assert len(out) == 12
        for frame, picture in zip(decoded, out, strict=True):
            assert picture.dtype == decoder.fmt.dtype
            due = (
                frame.frame
                if frame.scale == 1
                else _independent_scale(frame.frame, decoder, kernel)
            )
            assert np.array_equal(picture, due), frame.index
            assert number_in(picture, decoder.fmt, clip.fmt, Fraction(1)) == frame.index
        assert {frame.scale for frame in decoded} == (
            {scale} if layout == "uniform" else {1, scale}
        )
        assert decoder.times.cpu_s["enhance"] > 0


def test_anchor_needs_no_enhancer_and_others_do(tmp_path: Path) -> None:
    clip = Clip(64, 64, frames=3)
    anchor = encode(clip, get_codec("x265"), job("x265", "LDP", "anchor", 3), tmp_path / "a.cpv")
    with Decoder(anchor.path, get_codec) as decoder:
        assert len(list(restored(decoder, None))) == 3
    crs = encode(clip, get_codec("x265"), job("x265", "LDP", "crs", 3), tmp_path / "c.cpv")
    with (
        Decoder(crs.path, get_codec) as decoder,
        pytest.raises(ToolError, match="name an --enhancer"),
    ):
        next(restored(decoder, None))


class Many:
    """Decoded frames that are made on demand, and how far ahead of the reader they are."""

    def __init__(self, scales: list[Fraction], stop_at: int | None = None) -> None:
        self.plan = plan_size(416, 240, max(scales))
        self.clip = Clip(416, 240, frames=1)
        self.low = self.clip.fmt.with_size(self.plan.lr_width, self.plan.lr_height)
        self.scales, self.stop_at, self.made = scales, stop_at, 0

    def frames(self) -> Iterator[DecodedFrame]:
        for index, scale in enumerate(self.scales):
            if index == self.stop_at:
                raise MismatchError("picture 40 of stream lr decodes to other samples")
            size = self.plan.at(scale)
            fmt = self.clip.fmt.with_size(size.lr_width, size.lr_height)
            picture = np.full(fmt.frame_samples, index % 200 + 20, np.uint8)
            self.made += 1
            yield DecodedFrame(index, picture, scale, scale == 1, "P", 30)

    def video(self) -> DecodedVideo:
        return DecodedVideo(
            frames=self.frames(),
            scales=tuple(self.scales),
            fmt=self.clip.fmt,
            lr_fmt=self.low,
            size_plan=self.plan,
            fps=Fraction(30),
            config=Config.LDP,
            layout="crs",
            limits=Limits(stall_s=60),
            count=lambda run: None,
        )


PATTERNS: dict[str, Callable[[int], bool]] = {
    "uniform": lambda i: False,
    "crs": lambda i: i % 8 == 0,
    "tds": lambda i: i % 5 in (0, 4),
    "mostly keys": lambda i: i % 3 != 1,
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_few_frames_are_in_flight(pattern: str) -> None:
    """A reader that is slow holds the decoder back: memory does not grow with the video."""
    key = PATTERNS[pattern]
    many = Many([Fraction(1) if key(i) else Fraction(2) for i in range(600)])
    ahead = []
    for index, picture in enumerate(get_enhancer("bicubic").restore(many.video())):
        assert abs(int(np.median(picture)) - (index % 200 + 20)) <= 1
        if index in (0, 50, 200):
            time.sleep(0.4)
        ahead.append(sum(scale != 1 for scale in many.scales[index : many.made]))
    assert len(ahead) == 600
    # The pipe to the scaler takes 1 MiB (28 LR pictures), FFmpeg's own queues as many again.
    assert max(ahead) <= 64


def _quarters(count: int) -> list[Fraction]:
    return [Fraction(2) if i % 5 in (0, 4) else Fraction(4) for i in range(count)]


def test_few_frames_are_in_flight_where_both_sizes_are_scaled_up() -> None:
    many = Many(_quarters(1500))
    ahead = []
    for index, picture in enumerate(get_enhancer("bicubic").restore(many.video())):
        assert abs(int(np.median(picture)) - (index % 200 + 20)) <= 1
        if index in (0, 200):
            time.sleep(0.4)
        ahead.append(many.made - index)
    assert len(ahead) == 1500
    # Two scalers, one behind the other: 112 pictures of a quarter fill 1 MiB.
    assert max(ahead) <= 500


@pytest.mark.parametrize("stop_at", [0, 1, 40])
def test_error_of_the_decoder_comes_through_both_scalers(stop_at: int) -> None:
    many = Many(_quarters(60), stop_at)
    with pytest.raises(MismatchError, match="decodes to other samples"):
        for _ in get_enhancer("bicubic").restore(many.video()):
            pass


def test_giving_up_in_the_middle_ends_both_scalers() -> None:
    many = Many(_quarters(1500))
    frames = get_enhancer("bicubic").restore(many.video())
    next(frames)
    frames.close()  # type: ignore[attr-defined]
    time.sleep(0.3)
    made = many.made
    time.sleep(0.3)
    assert many.made == made < 1000


def test_video_that_ends_in_keys_only_comes_out_whole() -> None:
    many = Many([Fraction(2)] + [Fraction(1)] * 30)
    out = list(get_enhancer("bicubic").restore(many.video()))
    assert [int(np.median(picture)) for picture in out] == [i % 200 + 20 for i in range(31)]


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("stop_at", [0, 1, 40])
def test_error_of_the_decoder_comes_out(pattern: str, stop_at: int) -> None:
    key = PATTERNS[pattern]
    many = Many([Fraction(1) if key(i) else Fraction(2) for i in range(60)], stop_at)
    with pytest.raises(MismatchError, match="decodes to other samples"):
        for _ in get_enhancer("bicubic").restore(many.video()):
            pass


def test_giving_up_in_the_middle_ends_the_scaler() -> None:
    many = Many([Fraction(2)] * 400)
    frames = get_enhancer("bicubic").restore(many.video())
    next(frames)
    frames.close()  # type: ignore[attr-defined]
    made = many.made
    time.sleep(0.3)
    assert many.made == made < 200


class Loses:
    """An enhancer that loses the last frame."""

    name = "loses"

    def restore(self, video: DecodedVideo) -> Iterator[Frame]:
        out = list(get_enhancer("bicubic").restore(video))
        yield from out[:-1]


def test_enhancer_that_loses_a_frame_is_an_error(tmp_path: Path) -> None:
    clip = Clip(64, 64, frames=3)
    done = encode(clip, get_codec("x265"), job("x265", "LDP", "crs", 3), tmp_path / "c.cpv")
    with (
        Decoder(done.path, get_codec) as decoder,
        pytest.raises(ToolError, match="enhancer loses gave 2 of 3 frames"),
    ):
        list(restored(decoder, Loses()))


def test_registry() -> None:
    assert all(get_enhancer(name).name == name for name in ENHANCERS)
    with pytest.raises(InputError, match="there is no enhancer 'magic': choose one of bicubic"):
        get_enhancer("magic")
