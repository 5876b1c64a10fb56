from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codecpipe.errors import InputError
from codecpipe.format import MAX_SIDE, Chroma
from codecpipe.video.filename import Geometry, base_name, frame_rate, parse_filename

C420, C422, C444 = Chroma.YUV420, Chroma.YUV422, Chroma.YUV444


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("BQTerrace_1920x1080_60.yuv", (1920, 1080, 60, None, None)),
        ("Tango2_3840x2160_60fps_10bit_420.yuv", (3840, 2160, 60, 10, C420)),
        ("Chandelier_cropBR_3840x2160_60fps_10bit_420p.yuv", (3840, 2160, 60, 10, C420)),
        ("Foo_1280x720_29.97.yuv", (1280, 720, Fraction(30000, 1001), None, None)),
        ("Foo_1280x720_29.97", (1280, 720, Fraction(30000, 1001), None, None)),
        ("x_416x240_50_8bit.yuv", (416, 240, 50, 8, None)),
        ("foo_640x360_yuv420p10le_30.yuv", (640, 360, 30, 10, C420)),
        ("bar_352x288_30Hz_P422_10b.yuv", (352, 288, 30, 10, C422)),
        ("Traffic_2560x1600_30_crop.yuv", (2560, 1600, 30, None, None)),
        ("clip-1920X1080-25fps.yuv", (1920, 1080, 25, None, None)),
        ("a.1920x1080.25fps.yuv", (1920, 1080, 25, None, None)),
        ("foo_cif.yuv", (352, 288, None, None, None)),
        ("foreman_qcif_15.yuv", (176, 144, 15, None, None)),
        ("foreman.qcif", (176, 144, None, None, None)),
        ("foo_1920x1080p50.yuv", (1920, 1080, 50, None, None)),
        ("foo_1280x720_24p.yuv", (1280, 720, 24, None, None)),
        ("crowd_run_1080p50.y4m", (None, None, 50, None, None)),
        ("720p5994_stockholm_ter.y4m", (None, None, Fraction(60000, 1001), None, None)),
        ("CatRobot1_3840x2160p_60_10_709_420.yuv", (3840, 2160, 60, None, C420)),
        ("Basketball_Screen_2560x1440_60p_8b444.yuv", (2560, 1440, 60, 8, C444)),
        ("CT_Cardiac_512x512_12bit_400.yuv", (512, 512, None, 12, Chroma.YUV400)),
        ("sc_Web_1280x720_10_8bit_500_444.yuv", (1280, 720, 10, 8, C444)),
        ("foo_64x64_yuv444p_25.yuv", (64, 64, 25, 8, C444)),
        ("foo_64x64_yuv420p_10bit.yuv", (64, 64, None, 10, C420)),
        ("/data/x_64x64_25/clip_352x288_30.yuv", (352, 288, 30, None, None)),
    ],
)
def test_usual_names(name: str, expected: tuple[object, ...]) -> None:
    info = parse_filename(name)
    assert (info.width, info.height, info.fps, info.bit_depth, info.chroma) == expected


@pytest.mark.parametrize(
    "name",
    [
        "foo2_1920x1080_8bit.yuv",
        "Vid4_foliage_720x480.yuv",
        "foo_352x288_300.yuv",  # frames
        "foo_352x288_crop_30.yuv",
        "foo_352x288_10.yuv",  # may be the bit depth
        "foo_30.yuv",
        "foo_p5_1920x1080.yuv",  # part 5
        "foo_part24_720p.yuv",
        "foo_240p.yuv",
        "foo_1920x1080_420.yuv",
        "foo_1920x1080_25fps_50fps.yuv",
        "foo_1920x1080_0fps.yuv",
    ],
)
def test_other_numbers_are_not_frame_rates(name: str) -> None:
    assert parse_filename(name).fps is None


def test_digits_of_the_sequence_name_do_not_hide_the_frame_rate() -> None:
    assert parse_filename("Vid4foliage_720x480_25") == Geometry(720, 480, Fraction(25))


@pytest.mark.parametrize(
    "name",
    ["foo.yuv", "a_960x540_1920x1080.yuv", "a_0000x0000.yuv", "a_99999x10.yuv", "x264_4x4.yuv"],
)
def test_no_size_rather_than_a_wrong_one(name: str) -> None:
    info = parse_filename(name)
    assert (info.width, info.height) == (None, None)


def test_what_is_said_twice_differently_is_not_said() -> None:
    assert parse_filename("a_64x64_8bit_10bit_420_444.yuv") == Geometry(64, 64)
    assert parse_filename("a_64x64_32bit.yuv").bit_depth is None
    assert parse_filename("a_64x64_30_400.yuv").chroma is None


SIDES = st.integers(min_value=10, max_value=MAX_SIDE)
RATES = st.sampled_from([15, 20, 24, 25, 30, 50, 60, 100, 120]).map(Fraction) | st.sampled_from(
    [Fraction(n * 1000, 1001) for n in (24, 30, 60, 120)]
)
STYLES = [
    "{name}_{w}x{h}_{fps}_{depth}bit_{chroma}.yuv",
    "{name}_{w}x{h}_{fps}fps_{depth}bit_{chroma}.yuv",
    "{name}_{w}x{h}_{fps}fps_{depth}bit_{chroma}p.yuv",
    "{name}_{w}x{h}_{fps}Hz_{depth}b_P{chroma}.yuv",
    "{name}-{w}X{h}-{fps}fps-yuv{chroma}p{depth}le.y4m",
    "{name}_{w}x{h}_yuv{chroma}p{depth}le_{fps}.yuv",
    "{name}_{w}x{h}p{fps}_{depth}bit{chroma}",
    "{name}_{w}x{h}p_{fps}_{depth}bits_{chroma}_crop.yuv",
    "folder_8x8/{name}_{w}x{h}_{fps}p_{depth}b{chroma}.yuv",
]


@given(
    name=st.sampled_from(["BQTerrace", "Tango2", "Vid4foliage", "a_b", "KristenAndSara", "foo7"]),
    width=SIDES,
    height=SIDES,
    fps=RATES,
    bit_depth=st.integers(min_value=8, max_value=16),
    chroma=st.sampled_from([C420, C422, C444]),
    style=st.sampled_from(STYLES),
)
def test_round_trip(
    name: str, width: int, height: int, fps: Fraction, bit_depth: int, chroma: Chroma, style: str
) -> None:
    # The p after a number stands for a height too, as in 144p; 15p is not in use.
    if "{fps}p_" in style and fps <= 20:
        fps = Fraction(25)
    written = str(fps) if fps.denominator == 1 else f"{float(fps):.3f}".rstrip("0")
    file = style.format(
        name=name, w=width, h=height, fps=written, depth=bit_depth, chroma=chroma.value
    )
    assert parse_filename(file) == Geometry(width, height, fps, bit_depth, chroma)
    assert base_name(file) == name


@given(st.text(max_size=40))
def test_any_text_gives_credible_facts_or_none(text: str) -> None:
    info = parse_filename(text)
    assert (info.width is None) == (info.height is None)
    assert info.width is None or 0 < info.width <= MAX_SIDE
    assert info.bit_depth is None or 8 <= info.bit_depth <= 16
    assert info.fps is None or 0 < info.fps <= 1000


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (50, Fraction(50)),
        ("50", Fraction(50)),
        ("30000/1001", Fraction(30000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (29.97, Fraction(30000, 1001)),
        (23.976, Fraction(24000, 1001)),
        (23.98, Fraction(24000, 1001)),
        ("23.97", Fraction(24000, 1001)),
        ("119.880", Fraction(120000, 1001)),
        (12.5, Fraction(25, 2)),
        (30.0, Fraction(30)),
        (59.9, Fraction(599, 10)),
    ],
)
def test_frame_rate(value: int | float | str, expected: Fraction) -> None:
    assert frame_rate(value) == expected


@pytest.mark.parametrize("value", [0, -25, "0/5", "5/0", "fast", "", "1e3", float("nan"), 1001])
def test_frame_rate_refuses(value: int | float | str) -> None:
    with pytest.raises(InputError, match="not a frame rate: give frames per second"):
        frame_rate(value)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("RaceHorses_832x480_30.yuv", "RaceHorses"),
        ("park_joy_420_720p50.y4m", "park_joy"),
        ("sc_Web_1280x720_10_8bit_500_444.yuv", "sc_Web"),
        ("Cactus", "Cactus"),
        ("dir/clip (1920x1080).yuv", "clip"),
    ],
)
def test_base_name(name: str, expected: str) -> None:
    assert base_name(name) == expected
