"""Logs of HM's and VTM's encoders as they lie about in folders, and the rate point of each."""

import codecs
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from codecpipe.errors import FileFormatError, InputError
from encoders.reference.log import EncoderLog, is_encoder_log, parse_log
from experiments.logs.names import WORK_FILE, said_by_name, sequence_of

LOG_SUFFIXES = (".log", ".txt")

_STREAM_SUFFIXES = (".bin", ".bit", ".hevc", ".265", ".h265", ".vvc", ".266", ".h266")

# A bitstream is the log's own if it has the pictures' bits and not much more: SEI with hashes is
# below this, per picture.
_SEI_BYTES = 256

_USUAL_FPS = (24, 25, 30, 50, 60, 100, 120, 24000 / 1001, 30000 / 1001, 60000 / 1001)


@dataclass(frozen=True)
class ReadLog:
    """A log and its path."""

    path: Path
    given: Path
    """The file or folder of the command line that led to it."""
    log: EncoderLog

    @property
    def label(self) -> str:
        """Software and version: ``HM 16.25``."""
        return f"{self.log.software} {self.log.version}"

    def setting(self, name: str) -> str | None:
        """The value of a line of the header, by its name without repeated spaces."""
        return next(
            (v for key, v in self.log.settings.items() if " ".join(key.split()) == name), None
        )

    def number(self, name: str, pattern: str) -> float:
        """The number in a line of the header, the group of ``pattern``; nan without one."""
        match = re.search(pattern, self.setting(name) or "")
        return float(match[1]) if match else math.nan


def read_logs(given: Sequence[Path]) -> tuple[tuple[ReadLog, ...], tuple[str, ...]]:
    """The logs of all files and folders, in their order, and notes on what was left out.

    A folder is searched with those below it for ``.log`` and ``.txt`` files. There, what is no
    encoder's log, and what is one of a run that failed or did not end, is left out with a note.

    Raises:
        FileFormatError: a file that was named itself cannot be used.
        InputError: a path is not there.
    """
    logs: dict[Path, ReadLog] = {}
    notes: list[str] = []
    for path in given:
        if not path.exists():
            raise InputError(f"'{path}' does not exist: give logs, or folders with logs")
        if not path.is_dir():
            one = ReadLog(path, path, parse_log(_text(path), f"'{path}'"))
            logs.setdefault(path.resolve(), one)
            continue
        others = []
        for file in sorted(path.rglob("*")):
            if file.suffix.lower() not in LOG_SUFFIXES or not file.is_file():
                continue
            text = _text(file)
            if not is_encoder_log(text):
                others.append(str(file.relative_to(path)))
                continue
            try:
                one = ReadLog(file, path, parse_log(text, f"'{file}'"))
                logs.setdefault(file.resolve(), one)
            except FileFormatError as error:
                notes.append(f"left out: {error}")
        if others:
            names = ", ".join(others[:5]) + (", …" if len(others) > 5 else "")
            what = "file is no encoder log" if len(others) == 1 else "files are no encoder logs"
            notes.append(f"{len(others)} {what} of HM or VTM in '{path}': {names}")
    return tuple(logs.values()), tuple(notes)


def _text(path: Path) -> str:
    data = path.read_bytes()
    # What PowerShell's ">" writes.
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if utf16 else "utf-8-sig", errors="replace")


def rate_point(read: ReadLog, config: str | None = None) -> dict[str, Any]:
    """One row of a table of rate points, without ``method`` and ``is_anchor``.

    ``rate_kbps`` is the bitstream's where the log or the bitstream beside it tells its size
    (``rate_from`` is then ``file``), the log's ``a`` bitrate without SEI otherwise (``log``);
    ``logged_rate_kbps`` is always the latter. ``psnr_yuv`` is (6·Y + U + V)/8 of the means,
    ``logged_psnr_yuv`` the software's own. ``fps`` is that of the coded frames. ``from_name`` says
    what had to be taken from the log's name.

    Args:
        config: AI, RA, LDB or LDP, where it is known from elsewhere.

    Raises:
        InputError: neither the log nor its name tells the sequence, the QP or the configuration.
    """
    log, name = read.log, said_by_name(read.path.stem)
    file = read.setting("Input File")
    if file and file.endswith(WORK_FILE):
        file = None
    qp = _leading_int(read.setting("QP"), name.qp)
    for what, is_said in (("sequence", file or name.sequence), ("QP", qp is not None)):
        if not is_said:
            raise InputError(
                f"'{read.path}' does not tell its {what}: encode with --Verbosity=6, or name the"
                " log as in BQMall_LDP_QP32.log"
            )
    sequence, class_name = sequence_of(file or f"{name.sequence}")
    s, fps = log.summary, _fps(read)
    size = re.match(r"[0-9]+x[0-9]+", read.setting("Real Format") or "")
    file_bytes = log.bytes_written or _stream_bytes(read, fps)
    file_rate = file_bytes * 8 * fps / s.frames / 1000 if file_bytes else math.nan
    from_file = math.isfinite(file_rate)
    extra = {key: v for key, v in s.extra.items() if not key.startswith("exact_")}
    # HM's cross-component PSNR has the name of another metric.
    if "xpsnr" in extra:
        extra["cross_psnr"] = extra.pop("xpsnr")
    by_name = {"sequence": not file, "QP": not read.setting("QP")}
    return {
        "sequence": sequence,
        "class": class_name,
        "config": config or config_of(read),
        "qp": qp,
        "frames": s.frames,
        "fps": fps,
        "size": size[0] if size else "",
        "rate_kbps": file_rate if from_file else s.rate_kbps,
        "logged_rate_kbps": s.rate_kbps,
        "rate_from": "file" if from_file else "log",
        "psnr_y": s.psnr_y,
        "psnr_u": s.psnr_u,
        "psnr_v": s.psnr_v,
        "psnr_yuv": (6 * s.psnr_y + s.psnr_u + s.psnr_v) / 8,
        "logged_psnr_yuv": s.psnr_yuv,
        "encode_s": log.total_time_s,
        "first_frame": read.number("Frame index", r"^([0-9]+)"),
        "measured_bit_depth": read.number("Internal bit depth", r"Y:([0-9]+)"),
        "input_bit_depth": read.number("Input bit depth", r"Y:([0-9]+)"),
        **extra,
        "from_name": " and ".join(what for what, yes in by_name.items() if yes),
        "software": read.label,
        "log": str(read.path),
    }


def config_of(read: ReadLog) -> str:
    """AI, RA, LDB or LDP by intra period, picture types and coding order, else by the log's name.

    All pictures intra: AI. Coding order other than display order: RA. P pictures: LDP.
    B pictures in display order: LDB, unless they are too few to tell. Intra pictures that come
    again say nothing: low delay may have them, too.

    Raises:
        InputError: it cannot be told, as of a single picture.
    """
    log = read.log
    period = _leading_int(read.setting("Intra period"), None)
    refresh = _leading_int(read.setting("Decoding refresh type"), None)
    types = {p.picture_type for p in log.pictures} or {
        kind.upper() for kind, row in log.by_type.items() if row.frames
    }
    order, by_types = [p.poc for p in log.pictures], frozenset(types)
    low_delay = {frozenset("IP"): "LDP", frozenset("IB"): "LDB"}.get(by_types)
    told = None
    if period == 1 or (types == {"I"} and log.summary.frames > 1):
        told = "AI"
    # The count begins again at each IDR picture.
    elif any(after < poc and after != 0 for poc, after in pairwise(order)):
        told = "RA"
    elif len(order) > 2 or refresh == 0 or low_delay == "LDP":
        told = low_delay
    # Two pictures are in order in RA, too: it takes the header to tell.
    elif refresh and period and period > 1:
        told = "RA"
    told = told or said_by_name(read.path.stem).config
    if told is None:
        raise InputError(
            f"'{read.path}' does not tell its configuration: give --config AI, RA, LDB or LDP"
        )
    return told


def _leading_int(text: str | None, otherwise: int | None) -> int | None:
    match = re.match(r"-?[0-9]+", text or "")
    return int(match[0]) if match else otherwise


def _fps(read: ReadLog) -> float:
    """Coded frames per second: from the header, else from bits and bitrate; nan without either."""
    said = read.number("Real Format", r"([0-9.]+)Hz")
    bits = sum(picture.bits for picture in read.log.pictures)
    if math.isfinite(said) or not bits:
        return said
    summary = read.log.summary
    fps = 1000 * summary.rate_kbps * summary.frames / bits
    usual = [rate / step for rate in _USUAL_FPS for step in (1, 8)]
    nearest = min(usual, key=lambda rate: abs(rate - fps))
    return nearest if abs(nearest - fps) < 1e-4 * fps else round(fps, 3)


def _stream_bytes(read: ReadLog, fps: float) -> int | None:
    """Size of the bitstream that lies beside the log under its own name, if it is the log's."""
    summary = read.log.summary
    least = summary.rate_kbps * 1000 * summary.frames / fps / 8
    if not math.isfinite(least):
        return None
    named = re.split(r"[\\/]", read.setting("Bitstream File") or "")[-1]
    names = (named, *(f"{read.path.stem}{suffix}" for suffix in _STREAM_SUFFIXES))
    paths = [read.path.with_name(name) for name in names if name]
    found = {path.stat().st_size for path in paths if path.is_file()}
    sizes = [size for size in found if -1 < size - least < _SEI_BYTES * (summary.frames + 1)]
    return sizes[0] if len(sizes) == 1 else None
