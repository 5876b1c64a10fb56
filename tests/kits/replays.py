"""Runs of HM and VTM played by stand-ins, which replay the real logs of `tests/data/logs`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from codecpipe.format import VideoFormat
from codecpipe.programs.process import Limits
from kits.pipeline import Clip
from kits.reference import LOGS, NAMES, coded, reference, settings

both = pytest.mark.parametrize("name", NAMES)
LDP = {"hm": ("hm/ldp.log", 5), "vtm": ("vtm/ldp.log", 3)}
"""A log of LDP, and how many pictures it is of."""

DEPTH = {"hm": 8, "vtm": 10}
BYTES = 'head -c 100 /dev/zero > "$out"'
"""A shell command that writes 100 bytes as the output."""

FMT = {name: VideoFormat(64, 64, depth) for name, depth in DEPTH.items()}


def encode_replayed(
    name: str, folder: Path, frames: int = 0, config: str = "LDP", limits: Limits | None = None
) -> Path:
    """A stream coded by a stand-in; nothing else may be left beside it."""
    codec, out = reference(name), folder / "work" / "x.bin"
    clip = Clip(64, 64, frames=frames or LDP[name][1], depth=DEPTH[name])
    try:
        coded(codec, clip, settings(codec, config), out=out, limits=limits)
    finally:
        assert {path.name for path in (folder / "work").iterdir()} <= {"x.bin"}
    return out


def check_message(error: BaseException, program: str, says: str) -> Path:
    """The log that an error names, which must be one sentence about the program."""
    text = str(error)
    assert re.search(says, text), text
    assert text.startswith(program)
    assert "\n" not in text
    log = Path(text.rpartition(" kept in ")[2])
    assert log.is_file()
    return log


def print_log(log: str) -> str:
    """A shell command that prints a recorded log."""
    return f"cat '{LOGS / log}'"


def poc_line(name: str) -> str:
    """The line of one picture in a log of HM or VTM."""
    log = (LOGS / LDP[name][0]).read_text(encoding="utf-8")
    return next(line for line in log.splitlines() if line.startswith("POC"))


def sh(text: str) -> str:
    """Text for between a shell's double quotes."""
    return text.replace("`", "\\`").replace('"', '\\"')


def decode_replayed(name: str, folder: Path, limits: Limits | None = None) -> int:
    stream = folder / "work" / "x.bin"
    stream.write_bytes(b"\0\0\1")
    given = limits or Limits(log_dir=folder / "logs")
    runs: list[object] = []
    try:
        frames = reference(name).decode(stream, FMT[name], limits=given, on_done=runs.append)
        count = sum(1 for _ in frames)
    finally:
        assert [path.name for path in (folder / "work").iterdir()] == ["x.bin"]
    assert len(runs) == 1
    return count


def zero_pictures(name: str, count: float) -> str:
    return f'head -c {int(FMT[name].frame_bytes * count)} /dev/zero > "$out"'
