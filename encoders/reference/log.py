"""Reader of the encoders' logs of HM and VTM: pictures, summaries and settings.

Read off HM 16.25 and VTM 23.13, their printing code and logs of theirs. Columns and blocks are
found by name, so that what ``--PrintMSSSIM``, ``--PrintHexPSNR``, ``--PrintFrameMSE`` and others
add to a log does not move the numbers.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from codecpipe.errors import FileFormatError
from encoders.reference.log_blocks import block_values
from encoders.reference.log_summary import LoggedSummary, read_summaries

_START = re.compile(
    r"^[^\n]*?(?:(?P<kind>HM) software: Encoder Version \[(?P<hm>[^\]\n]+)\]"
    r"|VVCSoftware: (?P<vtm_kind>VTM) Encoder Version (?P<vtm>\S+))",
    re.MULTILINE,
)
_DECODER = re.compile(r"^(?:HM software: Decoder|VVCSoftware: VTM Decoder) Version", re.MULTILINE)
# The user time; with HDR metrics VTM prints what is left without them first.
_END = re.compile(
    r"^\s*(?:Total Time:|Encoding Time \(Total Time\):)\s*([0-9.]+)(?: \( *[0-9.]+ \))? sec\.",
    re.MULTILINE,
)
_PICTURE = re.compile(
    r"\s*POC\s+(?P<poc>-?[0-9]+)\s+(?:LId:\s*(?P<layer>[0-9]+)\s+)?TId:\s*(?P<tid>[0-9]+)"
    r"\s+\(\s*(?:(?P<nal>[A-Z][A-Z0-9_]*),\s*)?(?P<type>[A-Za-z])-SLICE,"
    r"\s*(?:nQP\s+-?[0-9]+\s+)?QP\s+(?P<qp>-?[0-9]+)\s*\)\s*(?P<bits>[0-9]+) bits(?P<blocks>.*)"
)
_BYTES = re.compile(r"^Bytes written to file: ([0-9]+)", re.MULTILINE)
# "Cost function:" has a colon of its own before the one that ends the name.
_SETTING = re.compile(r"(?! )([^*].{0,60}?)\s*:(?: (?! )|$)(.*)")
_FAILURE = re.compile(
    r"^\s*(?:(?:Error|ERROR): .+|failed to open .+|Error parsing option .+"
    r"|terminate called .+(?:\n\s*what\(\):\s*\S.*)?"
    r"|Picture width or height .+ is not a multiple .+|Memory allocation failed.*"
    r"|.*error: (?:Unknown option|Failed to open|Not processing option) .+"
    r"|.*\b(?:Unknown|Illegal|illegal) parameter.*)$",
    re.MULTILINE,
)
_PLANES = ("psnr_y", "psnr_u", "psnr_v")


@dataclass(frozen=True)
class LoggedPicture:
    """One POC line; PSNR is of Y, U and V."""

    poc: int
    temporal_id: int
    picture_type: str
    """I, P or B, for non-reference pictures (printed in lower case) too; VTM's D and E are left."""
    nal_type: str
    """The NAL unit type as VTM prints it, empty for HM."""
    qp: int
    bits: int
    """Bits without SEI."""
    psnr_db: tuple[float, float, float]
    encode_s: float
    """Whole seconds, as printed: CPU time in HM, wall time in VTM."""
    extra: Mapping[str, float]
    """Values of the optional blocks, see `log_blocks.block_values`."""


@dataclass(frozen=True)
class EncoderLog:
    """The numbers that a finished run of an encoder has printed, `summary` over all frames."""

    software: str
    """HM or VTM."""
    version: str
    pictures: tuple[LoggedPicture, ...]
    """The pictures in coding order; none where VTM ran with ``--Verbosity=3``."""
    summary: LoggedSummary
    by_type: Mapping[str, LoggedSummary]
    """The summaries over the pictures of types ``i``, ``p`` and ``b``, where printed."""
    total_time_s: float
    """CPU seconds."""
    bytes_written: int | None
    """The bitstream's size with SEI; VTM prints it with ``--Verbosity=6``."""
    settings: Mapping[str, str]
    """The lines "Name : value" at the start (VTM: with ``--Verbosity=6``)."""


def is_encoder_log(text: str) -> bool:
    """True if an encoder of HM or VTM has written into this log, finished or not."""
    return _START.search(text) is not None


def parse_log(text: str, where: str) -> EncoderLog:
    """Read a log; Windows line ends, and what other programs wrote around it, do no harm.

    Args:
        text: stdout of the encoder, or stdout and stderr.
        where: the log's name, for messages.

    Raises:
        FileFormatError: it is no such log or holds several runs, the run failed, was cut off or is
            still going on, no picture was coded, numbers are missing (nan), or the POC lines are
            not as many as the frames of the summary.
    """
    text = text.replace("\r\n", "\n")
    start, run = _one_run(text, where)
    before = text[: start.start()]  # stderr often comes first: stdout is buffered
    end = _END.search(run)
    body = run[: end.end()] if end else run
    if failure := _FAILURE.search(body) or (None if end else _FAILURE.search(before)):
        quoted = " ".join(failure[0].split())
        raise FileFormatError(
            f"{where} is the log of a failed run, which printed '{quoted}': encode again"
        )
    if end is None:
        raise FileFormatError(
            f"{where} ends before the line 'Total Time': the run failed, was stopped or is still"
            " going on; give the log of a finished one"
        )
    if "Interlaced frame " in body:
        raise FileFormatError(f"{where} is of field coding: only logs of frame coding can be read")
    lines = body.split("\n")
    summaries = read_summaries(lines, where)
    summary = _checked(summaries.pop("a", None), where)
    pictures = tuple(_picture(match, where) for line in lines if (match := _poc_line(line, where)))
    if pictures and len(pictures) != summary.frames:
        raise FileFormatError(
            f"{where} has {len(pictures)} POC lines and counts {summary.frames} frames:"
            " give an encoder's unchanged log"
        )
    written = _BYTES.search(body)
    return EncoderLog(
        software=start["kind"] or start["vtm_kind"],
        version=start["hm"] or start["vtm"],
        pictures=pictures,
        summary=summary,
        by_type=summaries,
        total_time_s=float(end[1]),
        bytes_written=int(written[1]) if written else None,
        settings=_settings(lines),
    )


def _one_run(text: str, where: str) -> tuple[re.Match[str], str]:
    """The line that a run starts with, and the text from there to the next program's."""
    starts = list(_START.finditer(text))
    if not starts:
        what = "no log of HM's or VTM's encoder: give what TAppEncoder or EncoderApp printed"
        if _DECODER.search(text):
            what = "the log of a decoder: give the encoder's"
        raise FileFormatError(f"{where} is {what}")
    if len(starts) > 1:
        raise FileFormatError(
            f"{where} holds the logs of {len(starts)} runs: give each run a log of its own"
        )
    decoder = _DECODER.search(text, starts[0].end())
    return starts[0], text[starts[0].start() : decoder.start() if decoder else len(text)]


def _checked(summary: LoggedSummary | None, where: str) -> LoggedSummary:
    if summary is None:
        raise FileFormatError(
            f"{where} has no summary, the row with the letter a: encode with VTM's default"
            " --Verbosity or a higher one"
        )
    if summary.frames == 0:
        raise FileFormatError(
            f"{where} is the log of a run that coded no picture: look at its input file"
        )
    if not all(map(math.isfinite, (summary.rate_kbps, summary.psnr_y))) or summary.rate_kbps <= 0:
        raise FileFormatError(f"{where} has no rate or no PSNR in its summary (nan): encode again")
    return summary


def _poc_line(line: str, where: str) -> re.Match[str] | None:
    match = _PICTURE.fullmatch(line)
    if match is None and re.match(r"\s*POC\s+-?[0-9]+\s.*-SLICE", line):
        raise FileFormatError(
            f"{where} has a POC line that cannot be read: '{line.strip()[:60]}';"
            " give an encoder's unchanged log"
        )
    return match


def _picture(line: re.Match[str], where: str) -> LoggedPicture:
    values = block_values(line["blocks"])
    if missing := {*_PLANES, "encode_s"} - values.keys():
        raise FileFormatError(
            f"{where} has no {'time' if missing == {'encode_s'} else 'PSNR'} in the line of"
            f" POC {line['poc']}: give an encoder's unchanged log"
        )
    psnr_y, psnr_u, psnr_v = (values.pop(name) for name in _PLANES)
    return LoggedPicture(
        poc=int(line["poc"]),
        temporal_id=int(line["tid"]),
        picture_type=line["type"].upper(),
        nal_type=line["nal"] or "",
        qp=int(line["qp"]),
        bits=int(line["bits"]),
        psnr_db=(psnr_y, psnr_u, psnr_v),
        encode_s=values.pop("encode_s"),
        extra=values,
    )


def _settings(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines[1:]:
        if line.startswith(("TOOL CFG", "POC ", "Memory Usage")) or "Total Frames" in line:
            break
        if match := _SETTING.fullmatch(line.rstrip()):
            found.setdefault(match[1], match[2].strip())
    return found
