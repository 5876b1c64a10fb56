"""An anchor of HM or VTM is the plain program's work: its stream, its pictures, its PSNR.

Skipped, with the reason, where they are not installed.
"""

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from kits.hm_vtm import DIGIT, FRAMES, MAIN, QP, job_of, stream_of
from kits.pipeline import split_frames
from kits.reference import case, software_file, started

from codecpipe.decoding import Decoder
from codecpipe.encoding import encode
from codecpipe.format import convert_depth
from codecpipe.metrics.psnr import frame_psnr, sequence_psnr
from codecpipe.video.picture_md5 import picture_md5
from codecpipe.video.source import Source
from encoders import get_codec
from encoders.reference.log import parse_log

pytestmark = pytest.mark.codec

VVC_SPS = 15


def _plain_options(name: str, config: str, source: Source, qp: int) -> list[str]:
    """By hand, as the CTC run these programs; files are named in the folder."""
    depth = source.fmt.bit_depth
    internal = 10 if name == "vtm" else depth
    return [
        "--InputFile=in.yuv",
        "--BitstreamFile=x.bin",
        "--ReconFile=rec.yuv",
        "--SourceWidth=416",
        "--SourceHeight=240",
        "--FrameRate=25",
        f"--InputBitDepth={depth}",
        f"--InternalBitDepth={internal}",
        f"--OutputBitDepth={internal}",
        "--InputChromaFormat=420",
        "--FrameSkip=0",
        f"--FramesToBeEncoded={FRAMES}",
        "--TemporalSubsampleRatio=1",
        "--ConformanceWindowMode=1",
        f"--QP={qp}",
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
    options = _plain_options(name, config, source, qp=qp)
    cfg = ["-c", software_file(name, main)]
    going = started([software_file(name, "encoder"), *cfg, *options], tmp_path)
    done = encode(source, get_codec(name), job_of(config, "anchor", FRAMES), out=tmp_path / "x.cpv")
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
    _, stream = stream_of(done, tmp_path / "ours.bin")
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
