"""QP offsets of the LR pictures: what is asked for is what the stream has, and injection holds."""

from dataclasses import replace
from pathlib import Path

import pytest
from kits.pipeline import Clip, job, receive
from kits.reference import VARIABLE, coded, reference, replay, settings, stand_in

from codecpipe.codec import CodecOptions, CodingSettings, CodingTask
from codecpipe.cpv import CpvFile
from codecpipe.encoding import encode
from codecpipe.errors import InputError, ToolError
from codecpipe.job import EncodeJob
from codecpipe.layout import Config, make_layout
from codecpipe.programs.process import Limits
from encoders import get_codec
from encoders.zones import coding_order, zones

PATTERN = (3, 2, 3, 0)
RA_PATTERN = (4, 3, 4, 1, 4, 3, 4, -2)


def _with(plain: EncodeJob, pattern: tuple[int, ...]) -> EncodeJob:
    layout = plain.layout
    options = replace(layout.options, lr_offsets=pattern)
    return replace(
        plain, layout=make_layout(layout.name, layout.frames, layout.config, options=options)
    )


@pytest.mark.codec
@pytest.mark.parametrize(
    ("codec", "config", "layout", "pattern", "frames"),
    [
        ("x265", "LDP", "crs", PATTERN, 19),
        ("x265", "RA", "crs", RA_PATTERN, 19),
        ("x265", "RA", "uniform", RA_PATTERN, 13),
        ("x265", "LDP", "tds", (2, -1), 14),
        ("x264", "LDP", "crs", (7, -3, 7, 0), 12),
        ("x264", "LDP", "uniform", (5, -3), 12),
    ],
)
def test_the_stream_has_the_qps_asked_for(codec, config, layout, pattern, frames, tmp_path: Path):
    plain = job(codec, config, layout, frames=frames, qp=32, gop=16 if config == "RA" else 8)
    asked = _with(plain, pattern)
    clip = Clip(frames=frames)
    files = [tmp_path / "plain.cpv", tmp_path / "asked.cpv"]
    made = [
        encode(clip, get_codec(codec), one, out=path).manifest
        for one, path in zip((plain, asked), files, strict=True)
    ]
    lr = [next(s for s in one.streams if s.name == "lr") for one in made]
    base, got = ({p.display: p for p in s.pictures} for s in lr)
    stream = next(s for s in asked.layout.streams if s.name == "lr")
    due = stream.qp_offsets
    assert len(due) == len(got)
    assert {got[at].qp - base[at].qp - due[at] for at in got} == {0}
    assert [got[at].picture_type for at in got] == [base[at].picture_type for at in got]
    assert all(due[at] == 0 for at in stream.leads)
    assert set(due) == set(pattern) | {0}
    assert lr[1].lead_keys == ("none" if layout == "uniform" else "injected")
    with CpvFile(files[1]) as file:
        again = next(s for s in file.manifest.streams if s.name == "lr")
        assert again.settings(file.manifest.options).qp_offsets == due
    (frames_received,) = receive([files[1]])
    assert len(frames_received) == frames


@pytest.mark.codec
@pytest.mark.parametrize(
    ("count", "period"), [(1, 8), (2, 0), (10, 8), (22, 0), (34, 12), (30, 7), (17, 2)]
)
def test_x265_codes_in_the_order_that_its_zones_count(count, period, tmp_path: Path):
    clip = Clip(64, 64, count)
    options = CodecOptions("ultrafast")
    plain = CodingSettings(Config.RA, qp=30, intra_period=period, options=options)
    out = tmp_path / "o.hevc"
    codec = get_codec("x265")
    codec.encode(clip.stored, CodingTask(clip.fmt, clip.fps, plain, out, Limits()))
    assert coding_order(count, period, 7) == tuple(p.display for p in codec.pictures(out))


@pytest.mark.codec
def test_another_order_is_an_error(tmp_path: Path):
    clip = Clip(64, 64, 9)
    options = CodecOptions("ultrafast", (("b-pyramid", "0"),))
    asked = CodingSettings(
        Config.RA, qp=30, intra_period=8, options=options, qp_offsets=(0, *(2,) * 8)
    )
    with pytest.raises(ToolError, match="did not code its pictures in the order"):
        get_codec("x265").encode(
            clip.stored, CodingTask(clip.fmt, clip.fps, asked, tmp_path / "o.hevc", Limits())
        )


def test_order_of_low_delay_is_that_of_display():
    assert coding_order(5, 0, 0) == (0, 1, 2, 3, 4)
    assert coding_order(10, 8, 7) == (0, 8, 4, 1, 2, 3, 5, 6, 7, 9)


def test_zones_are_runs_of_one_offset_in_coding_order():
    asked = CodingSettings(
        Config.LDP, qp=30, intra_period=0, options=CodecOptions(), qp_offsets=(0, 2, 2, 0, -1)
    )
    assert zones(asked, range(5), first=1) == "2,3,q=32/5,5,q=29"
    assert zones(asked, range(5), first=0) == "1,2,q=32/4,4,q=29"


def test_more_zones_than_a_command_line_takes_are_refused():
    asked = CodingSettings(
        Config.LDP, qp=30, intra_period=0, options=CodecOptions(), qp_offsets=(0, *(1, 2) * 10_000)
    )
    with pytest.raises(InputError, match="20001 pictures with QPs of their own are too many"):
        zones(asked, range(20_001), first=1)


@pytest.mark.parametrize(
    ("codec", "config", "pattern", "said"),
    [
        ("vvenc", "LDP", (1,), "vvenc cannot give each picture of LDP a QP of its own"),
        ("svtav1", "LDP", (1,), "svtav1 cannot give each picture .* such as x265 in LDP and RA"),
        ("x264", "RA", (1,), "x264 cannot give each picture of RA"),
        ("x264", "LDP", (-4,), "no picture finer than its intra pictures"),
        ("x265", "LDP", (30,), "LR offsets lead to QPs from 30 to 60"),
        ("x265", "AI", (1,), "cannot give each picture of AI"),
    ],
)
def test_what_a_codec_cannot_do_is_refused(codec, config, pattern, said):
    offsets = (0, *pattern)
    one = get_codec(codec)
    options = one.resolve(CodecOptions())
    with pytest.raises(InputError, match=said):
        one.check(
            CodingSettings(
                Config(config), qp=30, intra_period=0, options=options, qp_offsets=offsets
            )
        )


# --- HM and VTM: stand-ins, the file as the programs read it -------------------------------------


@pytest.mark.parametrize(("name", "log", "frames"), [("hm", "ldp", 5), ("vtm", "ldp", 3)])
def test_hm_and_vtm_get_a_file_of_offsets(name, log, frames, tmp_path: Path, monkeypatch):
    software = stand_in(tmp_path / name, name)
    keep = tmp_path / "kept"
    software.encoder(
        'for a in "$@"; do case "$a" in --dQPFile=*) cp "${a#*=}" '
        f"'{keep}';; esac; done\n" + replay(f"{name}/{log}.log")
    )
    monkeypatch.setenv(VARIABLE[name], str(tmp_path / name))
    codec = reference(name)
    offsets = (0, 3, 2, 3, 0)[:frames]
    clip = Clip(64, 64, frames, depth=8 if name == "hm" else 10)
    out = tmp_path / "work" / f"o{codec.suffix}"
    out.parent.mkdir()
    coded(codec, clip, settings(codec, qp_offsets=offsets), out=out)
    assert [int(line) for line in keep.read_text().split()] == list(offsets)
    assert not list(out.parent.glob("*.dqp"))
    with pytest.raises(InputError, match="LR offsets lead to QPs from 37 to 77"):
        codec.check(settings(codec, qp_offsets=(0, 40)))
