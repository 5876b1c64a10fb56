"""The picture table, against what each encoder logs of itself and FFmpeg's own packet list."""

import csv
import re
import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from kits.pipeline import (
    GRID,
    Clip,
    ffmpeg_codec,
    job,
    number_in,
    plain_decode,
    plain_ffmpeg,
)

from codecpipe.codec import CodecOptions, CodedPicture, CodingSettings, CodingTask
from codecpipe.format import convert_depth
from codecpipe.layout import Config
from codecpipe.programs.process import Limits
from encoders import get_codec

pytestmark = pytest.mark.codec

PERIOD = 16
"""A multiple of every codec's own GOP."""


def _settings(name: str, config: str, period: int, **options: str) -> CodingSettings:
    codec = get_codec(name)
    chosen = CodecOptions(job(name, "AI", "anchor").options.preset, tuple(options.items()))
    return CodingSettings(Config(config), qp=32, intra_period=period, options=codec.resolve(chosen))


def _coded(name: str, settings: CodingSettings, clip: Clip, out: Path) -> Sequence[CodedPicture]:
    codec = get_codec(name)
    fmt = clip.fmt.with_depth(codec.coded_depth(clip.fmt.bit_depth))
    frames = (convert_depth(f, clip.fmt.bit_depth, fmt.bit_depth) for f in clip.stored)
    codec.encode(frames, CodingTask(fmt, clip.fps, settings, out, Limits()))
    return codec.pictures(out)


def _log(
    name: str, settings: CodingSettings, clip: Clip, out: Path, find: str, put: str
) -> tuple[str, Path]:
    """What the encoder says when the codec's own command is run by hand, with a louder setting."""
    codec = get_codec(name)
    fmt = clip.fmt.with_depth(codec.coded_depth(clip.fmt.bit_depth))
    task = CodingTask(fmt, clip.fps, settings, out, Limits())
    command = codec.command(task)  # type: ignore[attr-defined]
    command = [part.replace(find, put) for part in command]
    command[command.index("-loglevel") + 1] = "debug"
    frames = [convert_depth(f, clip.fmt.bit_depth, fmt.bit_depth) for f in clip.stored]
    done = subprocess.run(
        command,
        input=b"".join(frame.tobytes() for frame in frames),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=out.parent,
        timeout=120,
        check=True,
    )
    return done.stdout.decode("utf-8", "replace"), out


def _unit_sizes(data: bytes) -> list[tuple[int, int]]:
    """NAL units of Annex B data as (first header byte, bytes without start code)."""
    starts = [(m.start(), m.end()) for m in re.finditer(rb"\x00?\x00\x00\x01", data)]
    ends = [start for start, _ in starts[1:]] + [len(data)]
    return [(data[at], end - at) for (_, at), end in zip(starts, ends, strict=True)]


@pytest.mark.parametrize("config", ["AI", "LDP", "RA"])
def test_x265_agrees_with_its_own_csv(config: str, tmp_path: Path) -> None:
    clip, settings = Clip(frames=27), _settings("x265", config, 8 if config != "AI" else 1)
    pictures = _coded("x265", settings, clip, out=tmp_path / "ours.hevc")
    put = "log-level=warning:csv=x.csv:csv-log-level=2"
    _log("x265", settings, clip, out=tmp_path / "theirs.hevc", find="log-level=warning", put=put)
    with (tmp_path / "x.csv").open() as file:
        rows = [
            {k.strip(): v.strip() for k, v in row.items() if k and v}
            for row in csv.DictReader(file)
        ]
    rows = [row for row in rows if row.get("Type", "").endswith("-SLICE")]
    assert len(rows) == len(pictures) == 27
    # x265 starts its POC again at an IDR picture: LDP's closed GOPs.
    base, pocs = 0, []
    for row in rows:
        if row["POC"] == "0" and pocs:
            base += 8 if config == "LDP" else 1
        pocs.append(base + int(row["POC"]))
    if config == "AI":
        pocs = list(range(27)) if len({row["POC"] for row in rows}) == 1 else pocs
    assert [p.display for p in pictures] == pocs
    assert [p.picture_type for p in pictures] == [row["Type"][0].upper() for row in rows]
    assert [p.qp for p in pictures] == [round(float(row["QP"])) for row in rows]
    # x265 counts no start codes. Of an intra picture's four units the parameter sets' copies go.
    data = (tmp_path / "ours.hevc").read_bytes()
    sets = [size for head, size in _unit_sizes(data) if head >> 1 in (32, 33, 34)]
    assert len(sets) == 3
    for picture, row, first in zip(pictures, rows, [True, *[False] * 26], strict=True):
        bits = picture.size_bytes * 8 - int(row["Bits"])
        if picture.picture_type != "I":
            assert bits == 4 * 8
        elif first:
            assert bits == (4 + 4 + 4 + 3) * 8
        else:
            assert bits == (4 - sum(sets)) * 8 or bits == (3 - sum(sets)) * 8


@pytest.mark.parametrize("config", ["AI", "LDP", "LDB", "RA"])
def test_vvenc_agrees_with_its_own_log(config: str, tmp_path: Path) -> None:
    period = {"AI": 1, "RA": 16}.get(config, 8)
    clip, settings = Clip(frames=37), _settings("vvenc", config, period)
    pictures = _coded("vvenc", settings, clip, out=tmp_path / "ours.vvc")
    said, _ = _log(
        "vvenc", settings, clip, out=tmp_path / "theirs.vvc", find="verbosity=1", put="verbosity=5"
    )
    rows = re.findall(r"POC +(\d+) TId: \d+ \( *\w+, (\w)-SLICE, QP (\d+).*?\) +(\d+) bits", said)
    assert len(rows) == len(pictures) == 37
    pocs = [int(poc) for poc, *_ in rows]
    # Where VVenC starts again with an IDR picture it still counts on in its log.
    assert [p.display for p in pictures] == pocs
    assert [p.picture_type for p in pictures] == [kind for _, kind, *_ in rows]
    assert [p.qp for p in pictures] == [int(qp) for _, _, qp, _ in rows]
    inter = [
        (p.size_bytes * 8, int(row[3]))
        for p, row in zip(pictures, rows, strict=True)
        if p.picture_type != "I"
    ]
    assert all(ours == theirs for ours, theirs in inter)
    for picture, row in zip(pictures, rows, strict=True):
        if picture.picture_type == "I":
            # Parameter sets stand at the first one only.
            assert abs(picture.size_bytes * 8 - int(row[3])) < 200 * 8


@pytest.mark.parametrize("config", ["AI", "LDP", "RA"])
def test_x264_agrees_with_its_own_log(config: str, tmp_path: Path) -> None:
    clip, settings = Clip(frames=27), _settings("x264", config, 8 if config != "AI" else 1)
    pictures = _coded("x264", settings, clip, out=tmp_path / "ours.264")
    said, _ = _log("x264", settings, clip, out=tmp_path / "theirs.264", find="-", put="-")
    rows = re.findall(r"frame= *\d+ QP=([\d.]+) NAL=\d Slice:(\w) Poc:(\d+) .*size=(\d+) b", said)
    assert len(rows) == len(pictures) == 27
    base, pocs = 0, []
    for _, _, poc, _ in rows:
        if poc == "0":
            base = len(pocs)
        pocs.append(base + int(poc) // 2)
    assert [p.display for p in pictures] == pocs
    assert [p.picture_type for p in pictures] == [kind for _, kind, _, _ in rows]
    assert [p.qp for p in pictures] == [round(float(qp)) for qp, *_ in rows]
    for picture, (_, kind, _, size) in zip(pictures, rows, strict=True):
        if kind == "I":  # SEI and copies of the parameter sets are taken out
            assert 0 <= int(size) - picture.size_bytes < 800
        else:
            assert picture.size_bytes == int(size)


@pytest.mark.parametrize(("name", "config"), GRID)
def test_sizes_are_those_of_ffmpegs_packets(name: str, config: str, tmp_path: Path) -> None:
    clip = Clip(frames=21)
    period = 1 if config == "AI" else PERIOD
    out = tmp_path / f"x{get_codec(name).suffix}"
    pictures = _coded(name, _settings(name, config, period), clip, out=out)
    container = ffmpeg_codec(name).container
    listed = plain_ffmpeg("-f", container, "-i", out, "-c", "copy", "-f", "framecrc", "-")
    packets = [line.split(",") for line in listed.decode().splitlines() if line[0] != "#"]
    assert [p.size_bytes for p in pictures] == [int(packet[4]) for packet in packets]
    assert sum(p.size_bytes for p in pictures) == out.stat().st_size
    assert sorted(p.display for p in pictures) == list(range(21))
    intra = {p.display for p in pictures if p.picture_type == "I"}
    assert intra == set(range(0, 21, period))
    kinds = {p.picture_type for p in pictures}
    # AV1's temporal units have no B slices: units that only show an earlier frame count as B.
    allowed = {"AI": {"I"}, "LDP": {"I", "P"}, "LDB": {"I", "B"}, "RA": {"I", "P", "B"}}[config]
    if name == "vvenc" and config == "LDP":
        allowed = {"I", "B"}
    elif name == "svtav1" and config != "AI":
        allowed = {"I", "P", "B"}
    assert kinds <= allowed


@pytest.mark.parametrize(("name", "config"), GRID)
def test_one_intra_picture_where_no_period_is_asked(name: str, config: str, tmp_path: Path) -> None:
    """At 2 frames a second, so that an encoder's own "one a second" would show."""
    clip = Clip(64, 64, frames=40, fps=2)
    out = tmp_path / f"x{get_codec(name).suffix}"
    pictures = _coded(name, _settings(name, config, 1 if config == "AI" else 0), clip, out=out)
    intra = [p.display for p in pictures if p.picture_type == "I"]
    assert intra == (list(range(40)) if config == "AI" else [0])


@pytest.mark.parametrize(
    ("name", "config", "period"),
    [
        ("x265", "RA", 0),
        ("x265", "LDP", 0),
        ("x265", "RA", 32),
        ("x264", "RA", 0),
        ("x264", "RA", 32),
        ("x264", "LDP", 0),
        ("vvenc", "LDP", 0),
        ("vvenc", "RA", 0),
        ("vvenc", "RA", 32),
        ("svtav1", "RA", 32),
    ],
)
def test_display_order_holds_where_order_counts_wrap(
    name: str, config: str, period: int, tmp_path: Path
) -> None:
    """More pictures than the low bits of an order count can tell apart."""
    clip = Clip(64, 64, frames=310)
    codec = get_codec(name)
    out = tmp_path / f"x{codec.suffix}"
    pictures = _coded(name, _settings(name, config, period), clip, out=out)
    assert sorted(p.display for p in pictures) == list(range(310))
    fmt = clip.fmt.with_depth(codec.coded_depth(8))
    decoded = plain_decode(out, ffmpeg_codec(name).container, fmt)
    numbers = [number_in(f, fmt, clip=clip.fmt, scale=Fraction(1)) for f in decoded]
    assert numbers == list(range(310))
    if name == "svtav1":
        return
    # A picture is decoded from ones coded before it: in coding order each I or P picture lies
    # ahead of all shown before, and a B picture of RA never leaves the GOP that it is coded in.
    ahead = -1
    for picture in pictures:
        if picture.picture_type in "IP" or config != "RA":
            assert picture.display > ahead
            ahead = picture.display
        elif name != "vvenc":
            assert ahead - 8 < picture.display < ahead
        else:
            assert picture.display > ahead - 32
            ahead = max(ahead, picture.display)


@pytest.mark.parametrize("period", [3, 4, 10, 24])
@pytest.mark.parametrize(("name", "config"), [one for one in GRID if one[1] in ("LDP", "RA")])
def test_intra_pictures_stand_where_the_period_says(
    name: str, config: str, period: int, tmp_path: Path
) -> None:
    """Periods that are no multiple of a codec's own GOP, too."""
    clip = Clip(64, 64, frames=27, fps=2)
    out = tmp_path / f"x{get_codec(name).suffix}"
    pictures = _coded(name, _settings(name, config, period), clip, out=out)
    intra = sorted(p.display for p in pictures if p.picture_type == "I")
    assert intra == list(range(0, 27, period))
