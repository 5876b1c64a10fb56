"""HM and VTM themselves: what codecpipe makes of them is what they do on their own.

Skipped, with the reason, where they are not installed. QPs are high and clips small: VTM is slow.
"""

import json
import re
import shlex
import shutil
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from pipeline_kit import Clip, number_in, plain_ffmpeg, receive, rewritten, split_frames
from reference_kit import (
    DECODER,
    ENCODER,
    VARIABLE,
    case,
    coded,
    needs,
    plain,
    real_clip,
    reference,
    settings,
    smooth_frames,
    software_file,
    started,
)

from codecpipe.codec import LEAD_QP_OFFSET, CodecOptions
from codecpipe.cpv import CpvFile, StreamRecord
from codecpipe.decode import Decoder
from codecpipe.digest import picture_md5
from codecpipe.encode import Encoded, encode
from codecpipe.errors import InputError, MismatchError, ToolError
from codecpipe.format import convert_depth
from codecpipe.job import EncodeJob
from codecpipe.layout import Config, LayoutOptions, make_layout
from codecpipe.metrics.psnr import frame_psnr, sequence_psnr
from codecpipe.process import Limits, ToolProcess
from codecpipe.source import Source
from encoders import get_codec
from encoders.reference import segments
from encoders.reference.log import parse_log

pytestmark = pytest.mark.codec

FRAMES, QP = 9, 42
MAIN = {
    ("hm", "AI"): "encoder_intra_main{}.cfg",
    ("hm", "LDP"): "encoder_lowdelay_P_main{}.cfg",
    ("hm", "LDB"): "encoder_lowdelay_main{}.cfg",
    ("hm", "RA"): "encoder_randomaccess_main{}.cfg",
    ("vtm", "AI"): "encoder_intra_vtm.cfg",
    ("vtm", "LDP"): "encoder_lowdelay_P_vtm.cfg",
    ("vtm", "LDB"): "encoder_lowdelay_vtm.cfg",
    ("vtm", "RA"): "encoder_randomaccess_vtm.cfg",
}
DEMUXER = {"hm": "hevc", "vtm": "vvc"}
VVC_SPS = 15
DIGIT = 0.5001e-4
"""What rounding to four decimals may change."""


def _job(
    config: str,
    layout: str,
    frames: int,
    gop: int = 0,
    *,
    qp: int = QP,
    scale: Fraction = Fraction(2),
    options: CodecOptions | None = None,
) -> EncodeJob:
    wanted = LayoutOptions(scale=scale, gop=gop)
    chosen = options or CodecOptions()
    return EncodeJob(make_layout(layout, frames, Config(config), wanted), qp, chosen)


def _stream(done: Encoded, out: Path, at: int = 0) -> tuple[StreamRecord, Path]:
    """A transmitted stream as a file."""
    with CpvFile(done.path) as cpv:
        record = cpv.manifest.streams[at]
        cpv.extract(record, out)
    return record, out


def _intra(record: StreamRecord) -> list[int]:
    return sorted(display for display, kind, *_ in record.coded if kind == "I")


# --- an anchor is the plain program's work -------------------------------------------------------


@pytest.fixture(scope="module")
def real(bikes: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Source]:
    folder = tmp_path_factory.mktemp("bikes")

    def make(bit_depth: int) -> Source:
        return real_clip(bikes, folder / f"bikes_{bit_depth}bit.yuv", bit_depth, FRAMES)

    return make


def _plain_options(name: str, config: str, source: Source, qp: int) -> list[str]:
    """By hand, as the CTC run these programs; files are named in the folder."""
    depth = source.fmt.bit_depth
    internal = 10 if name == "vtm" else depth
    return [
        *("--InputFile=in.yuv", "--BitstreamFile=x.bin", "--ReconFile=rec.yuv"),
        *("--SourceWidth=416", "--SourceHeight=240", "--FrameRate=25"),
        *(f"--InputBitDepth={depth}", f"--InternalBitDepth={internal}"),
        *(f"--OutputBitDepth={internal}", "--InputChromaFormat=420"),
        *("--FrameSkip=0", f"--FramesToBeEncoded={FRAMES}", "--TemporalSubsampleRatio=1"),
        *("--ConformanceWindowMode=1", f"--QP={qp}"),
        f"--IntraPeriod={1 if config == 'AI' else -1}",
        *(["--Verbosity=6"] if name == "vtm" else []),
    ]


def _units(data: bytes) -> list[bytes]:
    """NAL units without their start codes."""
    return [unit.rstrip(b"\0") for unit in data.split(b"\0\0\1")[1:]]


def _is_sps(unit: bytes) -> bool:
    """Of VVC."""
    return unit[1] >> 3 == VVC_SPS


@pytest.mark.parametrize("config", ["AI", "LDP", "LDB", "RA"])
@pytest.mark.parametrize(
    ("name", "bit_depth"), [case("hm", 8), case("hm", 10), case("vtm", 8), case("vtm", 10)]
)
def test_an_anchor_is_what_the_plain_program_makes(
    name: str, bit_depth: int, config: str, tmp_path: Path, real: Callable[[int], Source]
) -> None:
    source, qp = real(bit_depth), QP
    main = MAIN[name, config].format("10" if bit_depth == 10 else "")
    (tmp_path / "in.yuv").symlink_to(source.path)
    options = _plain_options(name, config, source, qp)
    cfg = ["-c", software_file(name, main)]
    going = started([software_file(name, "encoder"), *cfg, *options], tmp_path)
    done = encode(source, get_codec(name), _job(config, "anchor", FRAMES), tmp_path / "x.cpv")
    assert going.wait(300) == 0
    said, record = (tmp_path / "plain.log").read_text(), done.manifest.streams[0]
    log = parse_log(done.logs["hr"], "ours")

    # The command, but for the names of files; 8-bit video reaches VTM with its samples shifted,
    # here it shifts them itself.
    def bare(words: list[str]) -> set[str]:
        return {w for w in words if not re.match(r"--(InputFile|BitstreamFile|ReconF|InputBit)", w)}

    ours = shlex.split(record.command)
    assert ours[0] == software_file(name, "encoder").name
    assert ours[1:3] == ["-c", main]
    assert bare(ours[3:]) == bare(options)
    assert "--ReconFile=" in ours

    # The stream, byte for byte, its rate, and its pictures.
    _, stream = _stream(done, tmp_path / "ours.bin")
    shifted = bit_depth < done.manifest.codec.bit_depth
    mine, theirs = (_units(path.read_bytes()) for path in (stream, tmp_path / "x.bin"))
    if shifted:  # VVC writes the input's depth down, which bounds the QP of transform skip only
        sets = [[unit for unit in units if _is_sps(unit)] for units in (mine, theirs)]
        assert {len(one) - len(two) for one, two in zip(*sets, strict=True)} <= {-1, 0}
        mine, theirs = ([u for u in units if not _is_sps(u)] for units in (mine, theirs))
    assert mine == theirs
    size = stream.stat().st_size
    assert done.manifest.stream_bytes == record.size_bytes == size == log.bytes_written
    assert sum(bytes_ for *_, bytes_ in record.coded) == size
    assert 8 * size * 25 / FRAMES / 1000 == pytest.approx(log.summary.rate_kbps, abs=DIGIT)
    lines = re.findall(r"^POC +(\d+) .*?(\w)-SLICE, (?:nQP \d+ )?QP (\d+) \) +(\d+) b", said, re.M)
    assert [(int(poc), kind, int(qp_)) for poc, kind, qp_, _ in lines] == [
        (display, kind, qp_) for display, kind, qp_, _ in record.coded
    ]
    bits = [int(bits) for *_, bits in lines]
    differ = {theirs - ours.bits for theirs, ours in zip(bits, log.pictures, strict=True)}
    assert differ <= ({0, 8} if shifted else {0})
    # A POC line counts its access unit's bits, here without any SEI.
    in_stream = [8 * bytes_ for *_, bytes_ in record.coded]
    assert in_stream == [picture.bits for picture in log.pictures]

    # What it decodes to, and its PSNR as the program prints it.
    fmt = source.fmt.with_depth(record_depth := done.manifest.codec.bit_depth)
    assert record_depth == (10 if name == "vtm" else bit_depth)
    recon = split_frames((tmp_path / "rec.yuv").read_bytes(), fmt)
    assert tuple(map(picture_md5, recon)) == record.md5
    with Decoder(done.path, get_codec) as decoder:
        decoded = [frame.frame.copy() for frame in decoder.frames()]
    assert tuple(map(picture_md5, decoded)) == record.md5
    originals = (convert_depth(f, bit_depth, fmt.bit_depth) for f in source.frames(range(FRAMES)))
    values = [frame_psnr(a, b, fmt) for a, b in zip(originals, decoded, strict=True)]
    for picture in log.pictures:
        assert values[picture.poc].psnr_db == pytest.approx(picture.psnr_db, abs=DIGIT)
    summary = (log.summary.psnr_y, log.summary.psnr_u, log.summary.psnr_v)
    assert sequence_psnr(values, fmt.bit_depth).mean_db == pytest.approx(summary, abs=DIGIT)
    numbers = re.findall(r"^[\t ]+9 +a +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+)", said, re.M)
    assert [float(n) for n in numbers[0]][shifted:] == [log.summary.rate_kbps, *summary][shifted:]


# --- injection -----------------------------------------------------------------------------------


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
    chosen = _job(config, layout, frames, gop)
    done = encode(clip, get_codec(name), chosen, tmp_path / "sender" / "x.cpv")
    lr = done.manifest.streams[1]
    assert [stream.lead_keys for stream in done.manifest.streams] == ["none", "injected"]
    assert lr.leads == leads
    assert not [note for note in done.manifest.notes if "transmitted" in note]
    # The leads, all of them, and only they, are intra and finer than the stream's base QP.
    assert lr.qp == QP - 5
    assert _intra(lr) == list(leads)
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
        assert number_in(picture, fmt, clip.fmt, frame.scale) == frame.index
        at += fmt.frame_bytes


@pytest.mark.parametrize(("name", "config"), [case("hm", "LDP"), case("hm", "RA")])
def test_leads_of_low_qp_end_at_0(name: str, config: str, tmp_path: Path) -> None:
    """There is nothing finer at 8 bits."""
    done = encode(
        Clip(64, 64, 4), get_codec(name), _job(config, "crs", 4, 0, qp=8), tmp_path / "x.cpv"
    )
    lr = done.manifest.streams[1]
    assert lr.lead_keys == "injected"
    assert [qp for at, _, qp, _ in lr.coded if at == 0] == [0]
    with Decoder(done.path, get_codec) as decoder:
        assert [frame.index for frame in decoder.frames()] == [0, 1, 2, 3]


# --- where intra pictures stand ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "config", "gop", "frames", "closed"),
    [
        *(case("hm", "LDP", 5, 12, True), case("hm", "LDB", 5, 7, True)),
        *(case("hm", "RA", 6, 14, True), case("hm", "RA", 16, 18, False)),
        *(case("hm", "LDP", 8, 17, False), case("hm", "LDB", 16, 18, False)),
        *(case("hm", "LDP", 16, 9, False), case("hm", "LDP", 0, 9, False)),
        *(case("vtm", "LDP", 5, 7, True), case("vtm", "RA", 6, 8, True)),
        *(case("vtm", "LDP", 8, 17, False), case("vtm", "LDB", 8, 9, False)),
        *(case("vtm", "RA", 16, 18, False), case("vtm", "LDP", 16, 9, False)),
        *(case("hm", "AI", 1, 3, False), case("vtm", "AI", 1, 3, False)),
    ],
)
def test_intra_pictures_stand_where_the_gop_says(
    name: str, config: str, gop: int, frames: int, closed: bool, tmp_path: Path
) -> None:
    clip, qp = Clip(64, 64, frames), 40
    chosen = _job(config, "anchor", frames, gop, qp=qp)
    done = encode(clip, get_codec(name), chosen, tmp_path / "x.cpv")
    record, stream = _stream(done, tmp_path / "hr.bin")
    assert _intra(record) == list(range(0, frames, gop or frames))
    assert len({kind for at, kind, *_ in record.coded if kind != "I"}) <= 1
    (expected,) = {"AI": {0}, "LDP": {-1}, "LDB": {-1}, "RA": {-3}}[config]
    assert {q for _, kind, q, _ in record.coded if kind == "I"} == {qp + expected}
    notes = [note for note in done.manifest.notes if "closed GOP" in note]
    assert len(notes) == closed
    # Any decoder reads it, in one go and in order.
    fmt = done.manifest.coded_format
    data = plain_ffmpeg(
        *("-f", DEMUXER[name], "-i", stream, "-f", "rawvideo", "-pix_fmt", fmt.pix_fmt),
        *("-fps_mode", "passthrough", "-"),
    )
    pictures = split_frames(data, fmt)
    assert tuple(map(picture_md5, pictures)) == record.md5
    assert [number_in(p, fmt, clip.fmt, Fraction(1)) for p in pictures] == list(range(frames))


# --- segments ------------------------------------------------------------------------------------


def _threads(name: str, threads: int, folder: Path, frames: int, extra=()) -> bytes:
    codec, qp = reference(name), 45
    clip = Clip(64, 64, frames, codec.coded_depth(8))
    options = CodecOptions(extra=extra, threads=threads)
    out = folder / f"{threads}.bin"
    coded(codec, clip, settings(codec, "RA", qp=qp, intra_period=16, options=options), out)
    return out.read_bytes()


@pytest.mark.parametrize(("name", "frames"), [case("hm", 33), case("hm", 40), case("vtm", 18)])
def test_segments_give_the_stream_of_one_run(name: str, frames: int, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    one = _threads(name, 1, tmp_path / "work", frames)
    assert _threads(name, 2, tmp_path / "work", frames) == one
    assert sorted(p.name for p in (tmp_path / "work").iterdir()) == ["1.bin", "2.bin"]


@pytest.mark.parametrize(("name", "extra"), [case("hm", ("AccessUnitDelimiter", "1"))])
def test_settings_for_which_segments_differ_are_refused(
    name: str, extra: tuple[str, str], tmp_path: Path
) -> None:
    """HM's parcat does not know access unit delimiters: the joined stream lacks some."""
    (tmp_path / "work").mkdir()
    with pytest.raises(InputError, match=r"codes segments differently .* leave --threads at 1"):
        _threads(name, 2, tmp_path / "work", 33, (extra,))
    assert not list((tmp_path / "work").iterdir())
    assert _threads(name, 1, tmp_path / "work", 17, (extra,))


def _copy_of(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation of links to the real one, without parcat, in which files can be replaced."""
    install = reference(name).install
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / f"{ENCODER[name]}Static").symlink_to(install.encoder)
    (folder / "bin" / f"{DECODER[name]}Static").symlink_to(install.decoder)
    shutil.copytree(install.cfg, folder / "cfg")
    monkeypatch.setenv(VARIABLE[name], str(folder))
    monkeypatch.setattr(segments, "_proofs", {})
    return folder


@needs("hm")
def test_segments_need_the_joiner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _copy_of("hm", tmp_path / "hm", monkeypatch)
    (tmp_path / "work").mkdir()
    with pytest.raises(ToolError, match=r"hm has no parcat beside its encoder.* --threads at 1$"):
        _threads("hm", 2, tmp_path / "work", 33)
    assert not list((tmp_path / "work").iterdir())


@needs("hm")
@pytest.mark.parametrize(
    ("joiner", "says"),
    [
        ('for out; do :; done; cat "$1" > "$out"', "segments"),
        ('for out; do :; done; : > "$out"', "did not decode|segments|exit status"),
        ("echo it cannot; exit 5", "exit status 5, saying 'it cannot'"),
    ],
)
def test_a_joiner_that_goes_wrong(
    joiner: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _copy_of("hm", tmp_path / "hm", monkeypatch)
    script = folder / "bin" / "parcatStatic"
    script.write_text(f"#!/bin/sh\n{joiner}\n", encoding="utf-8")
    script.chmod(0o755)
    (tmp_path / "work").mkdir()
    with pytest.raises((InputError, ToolError), match=says):
        _threads("hm", 2, tmp_path / "work", 33)
    assert not list((tmp_path / "work").iterdir())


# --- VTM's reference picture resampling ----------------------------------------------------------


class _Smooth(Clip):
    """Gradients only."""

    def __init__(self, width: int, height: int, frames: int) -> None:
        super().__init__(width, height, 0, 10)
        self.stored = list(smooth_frames(self.fmt, frames))


class _Noise(Clip):
    """Nothing of it is left at a lower resolution."""

    def __init__(self, width: int, height: int, frames: int) -> None:
        super().__init__(width, height, 0)
        samples = np.random.default_rng(3).integers(20, 235, self.fmt.frame_samples, np.uint8)
        self.stored = [np.roll(samples, 2 * index) for index in range(frames)]


@needs("vtm")
@pytest.mark.parametrize("config", ["LDP", "RA"])
def test_rpr_codes_smooth_video_smaller(config: str, tmp_path: Path) -> None:
    frames = 5
    clip = _Smooth(128, 128, frames)
    done = encode(clip, get_codec("vtm"), _job(config, "rpr", frames), tmp_path / "x.cpv")
    (note,) = [note for note in done.manifest.notes if "RPR" in note]
    smaller, of = map(int, re.findall(r"coded (\d+) of (\d+) pictures at a lower", note)[0])
    assert of == frames
    assert smaller > 0
    # The plain program's reconstruction, at full size.
    record, stream = _stream(done, tmp_path / "hr.bin")
    assert (record.width, record.height) == (128, 128)
    command = shlex.split(record.command)
    install = reference("vtm").install
    files = [install.cfg / command[2], install.cfg / "rpr" / command[4]]
    (tmp_path / "in.yuv").write_bytes(b"".join(frame.tobytes() for frame in clip.stored))
    rest = [w for w in command[5:] if not re.match("--(InputFile|BitstreamFile|ReconFile)", w)]
    plain(
        [
            *(install.encoder, "-c", files[0], "-c", files[1], *rest),
            *("--InputFile=in.yuv", "--BitstreamFile=x.bin", "--ReconFile=rec.yuv"),
        ],
        tmp_path,
    )
    assert (tmp_path / "x.bin").read_bytes() == stream.read_bytes()
    recon = split_frames((tmp_path / "rec.yuv").read_bytes(), clip.fmt)
    assert tuple(map(picture_md5, recon)) == record.md5
    with Decoder(done.path, get_codec) as decoder:
        shown = [picture_md5(frame.frame) for frame in decoder.frames()]
    assert tuple(shown) == record.md5


@needs("vtm")
@pytest.mark.parametrize("config", ["LDP", "RA"])
def test_rpr_leaves_sharp_video_at_full_size(config: str, tmp_path: Path) -> None:
    clip = _Noise(64, 64, 3)
    done = encode(clip, get_codec("vtm"), _job(config, "rpr", 3, qp=50), tmp_path / "x.cpv")
    (note,) = [note for note in done.manifest.notes if "RPR" in note]
    assert "coded 0 of 3 pictures at a lower resolution (its thresholds" in note
    with Decoder(done.path, get_codec) as decoder:
        assert [frame.frame.size for frame in decoder.frames()] == [clip.fmt.frame_samples] * 3


# --- sizes, frames, files of sequences -----------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "width", "height", "layout", "scale"),
    [
        *(case("hm", 100, 60, "crs", 2), case("hm", 98, 58, "crs", 2)),
        *(case("hm", 98, 58, "crs", 3), case("hm", 98, 58, "anchor", 2)),
        *(case("vtm", 100, 60, "crs", 2), case("vtm", 98, 58, "crs", 2)),
        case("vtm", 98, 58, "anchor", 2),
    ],
)
def test_sizes_that_are_no_multiple_of_8(
    name: str, width: int, height: int, layout: str, scale: int, tmp_path: Path
) -> None:
    clip = Clip(width, height, 3)
    chosen = _job("LDP", layout, 3, scale=Fraction(scale))
    done = encode(clip, get_codec(name), chosen, tmp_path / "x.cpv")
    hr = done.manifest.streams[0]
    assert (hr.width, hr.height) == (width, height)
    with Decoder(done.path, get_codec) as decoder:
        frames = [(f.index, f.frame.copy(), f.scale) for f in decoder.frames()]
        for index, frame, shown in frames:
            fmt = decoder.fmt if shown == 1 else decoder.lr_fmt
            assert fmt is not None
            assert frame.size == fmt.frame_samples
            if scale == 2:
                assert number_in(frame, fmt, clip.fmt, shown) == index
    assert [index for index, *_ in frames] == [0, 1, 2]


@pytest.mark.parametrize("name", [case("hm"), case("vtm")])
def test_all_intra_codes_every_frame(name: str, tmp_path: Path) -> None:
    """Where VTM's file of the CTC says one in eight."""
    clip = Clip(64, 64, 9)
    done = encode(clip, get_codec(name), _job("AI", "anchor", 9, 1), tmp_path / "x.cpv")
    assert _intra(done.manifest.streams[0]) == list(range(9))
    log = parse_log(done.logs["hr"], "x")
    rate = 8 * done.manifest.stream_bytes * 25 / 9 / 1000
    assert log.summary.rate_kbps == pytest.approx(rate, abs=DIGIT)


@pytest.mark.parametrize("name", [case("hm"), case("vtm")])
def test_a_test_sequence_gets_its_own_file(
    name: str, tmp_path: Path, real: Callable[[int], Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _copy_of(name, tmp_path / "software", monkeypatch)
    codec, source = reference(name), real(8)
    assert codec.cfg_for(source.name, "", source.fmt) == ()
    cfg = codec.cfg_for("BasketballPass", "", source.fmt)
    assert [file for file, _ in cfg] == ["per-sequence/BasketballPass.cfg"]
    options = CodecOptions(cfg=cfg)
    done = encode(source, codec, _job("AI", "anchor", 1, 1, options=options), tmp_path / "x.cpv")
    bare = encode(source, codec, _job("AI", "anchor", 1, 1), tmp_path / "bare.cpv")
    command = shlex.split(done.manifest.streams[0].command)
    assert command[3:5] == ["-c", "BasketballPass.cfg"]
    assert "BasketballPass.cfg" not in bare.manifest.streams[0].command
    assert done.manifest.codec.cfg == cfg
    # Its level is in the stream: 2.1 is written as 63 in HEVC and as 35 in VVC.
    assert _level(name, done, tmp_path) == {"hm": 63, "vtm": 35}[name]
    assert _level(name, bare, tmp_path) != _level(name, done, tmp_path)
    # Nothing else changes, and nothing that the file says of size, rate and frames holds.
    assert done.manifest.streams[0].md5 == bare.manifest.streams[0].md5
    (folder / "cfg" / cfg[0][0]).write_text("Level : 6.2\n", encoding="utf-8")
    with pytest.raises(MismatchError, match=re.escape("BasketballPass.cfg' is missing or not")):
        Decoder(done.path, get_codec)


def _level(name: str, done: Encoded, folder: Path) -> int:
    _, stream = _stream(done, folder / "level.bin")
    data = stream.read_bytes()
    # HEVC: after the NAL unit header, 4 bytes of VPS, 11 of profile and flags. VVC: in the SPS,
    # after 2 bytes of ids and sizes and one of the profile.
    if name == "hm":
        at = data.index(b"\0\0\1\x40\x01") + 5 + 4
        payload = data[at : at + 20].replace(b"\0\0\3", b"\0\0")
        return payload[11]
    at = data.index(b"\0\0\1\0\x79") + 5
    return data[at + 3]


@pytest.mark.parametrize("name", [case("hm"), case("vtm")])
def test_a_receiver_with_other_configuration_files_is_told(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Leads are coded again by the receiver: with another file they would not be the same."""
    folder = _copy_of(name, tmp_path / "software", monkeypatch)
    done = encode(Clip(64, 64, 3), get_codec(name), _job("LDP", "crs", 3), tmp_path / "x.cpv")
    main = folder / "cfg" / MAIN[name, "LDP"].format("")
    main.write_text(main.read_text() + "\nSearchRange : 32\n", encoding="utf-8")
    with Decoder(done.path, get_codec) as decoder, pytest.raises(MismatchError) as caught:
        list(decoder.frames())
    assert VARIABLE[name] in str(caught.value)


@pytest.mark.parametrize("name", [case("hm"), case("vtm")])
def test_a_file_that_asks_for_files_is_refused(name: str, tmp_path: Path) -> None:
    done = encode(Clip(64, 64, 1), get_codec(name), _job("AI", "anchor", 1, 1), tmp_path / "x.cpv")

    def cfg(manifest: dict) -> None:
        manifest["codec"]["cfg"] = [["per-class/../../../etc/passwd.cfg", "0" * 16]]

    def extra(manifest: dict) -> None:
        manifest["codec"]["extra"] = [["ReconFile", "x.yuv"]]

    for change in (cfg, extra):
        changed = rewritten(done.path, tmp_path / f"{change.__name__}.cpv", change)
        with pytest.raises(InputError):
            Decoder(changed, get_codec)


# --- the programs' own ends ----------------------------------------------------------------------


@pytest.mark.parametrize("name", [case("hm"), case("vtm")])
def test_what_the_program_says_of_its_parameters_is_passed_on(name: str, tmp_path: Path) -> None:
    codec, work = reference(name), tmp_path / "work"
    work.mkdir()
    clip = Clip(64, 64, 1, codec.coded_depth(8))
    for extra, says in {
        ("NoSuchOption", "1"): "does not know the parameter 'NoSuchOption'",
        ("SearchRange", "abc"): "does not take 'abc' for the parameter 'SearchRange'",
        ("SearchRange", "-5"): "refuses these settings, saying 'Search Range must be more than 0",
    }.items():
        how = settings(codec, "AI", options=CodecOptions(extra=(extra,)))
        with pytest.raises(InputError, match=says):
            coded(codec, clip, how, work / "x.bin")
        assert not list(work.glob("*.yuv"))


@pytest.mark.parametrize(
    ("name", "part"), [case("hm", 0.8), case("hm", 0.3), case("vtm", 0.8), case("vtm", 0.3)]
)
def test_a_stream_that_is_cut_off_is_never_a_whole_video(
    name: str, part: float, tmp_path: Path
) -> None:
    codec = reference(name)
    clip = Clip(64, 64, 5, codec.coded_depth(8))
    whole, cut = tmp_path / "whole.bin", tmp_path / "cut.bin"
    coded(codec, clip, settings(codec, qp=37), whole)
    data = whole.read_bytes()
    cut.write_bytes(data[: int(part * len(data))])
    limits = Limits(log_dir=tmp_path / "logs")

    def decoded(stream: Path) -> list[str]:
        frames = codec.decode(stream, clip.fmt, limits, lambda _: None)
        return [picture_md5(frame) for frame in frames]

    reference_md5 = decoded(whole)
    assert len(reference_md5) == 5
    try:
        shown = decoded(cut)
    except ToolError as error:
        assert "\n" not in str(error)
    else:  # as far as it goes, or with another last picture: the core counts and checks MD5s
        assert shown != reference_md5
        assert len(shown) <= 5
    assert not list(tmp_path.glob("*.yuv"))


@pytest.mark.parametrize("name", [case("hm"), case("vtm")])
def test_each_picture_is_told_when_it_is_coded(name: str, tmp_path: Path) -> None:
    """Not when a buffer is full: it is the sign of life that a stall limit goes by."""
    clip, main = Clip(128, 64, 8), MAIN[name, "LDP"].format("")
    (tmp_path / "in.yuv").write_bytes(b"".join(frame.tobytes() for frame in clip.stored))
    command = [
        *(software_file(name, "encoder"), "-c", software_file(name, main)),
        *("--InputFile=in.yuv", "--SourceWidth=128", "--SourceHeight=64", "--FrameRate=25"),
        *("--FramesToBeEncoded=8", "--QP=32", "--BitstreamFile=x.bin", "--ReconFile="),
    ]
    seen, started_at = [], time.monotonic()
    with ToolProcess(list(map(str, command)), cwd=tmp_path, merge_stderr=True) as process:
        for line in process.lines():
            if line.startswith("POC"):
                seen.append(time.monotonic() - started_at)
        whole_s = process.finish().wall_s
    assert len(seen) == 8
    assert seen[1] < 0.5 * whole_s


@pytest.mark.parametrize("name", [case("hm")])
def test_the_file_says_nothing_of_this_machine(name: str, tmp_path: Path) -> None:
    done = encode(Clip(64, 64, 3), get_codec(name), _job("LDP", "crs", 3), tmp_path / "x.cpv")
    text = json.dumps(done.manifest.model_dump(mode="json"))
    root = str(reference(name).install.cfg.parent)
    assert root not in text
    assert str(tmp_path) not in text
