"""Encoders that make no progress are ended, slow ones are left alone; played by stand-ins."""

import time
from pathlib import Path

import pytest
from kits.reference import ENCODER, replay
from kits.replays import BYTES, LDP, both, check_message, encode_replayed, poc_line, sh

from codecpipe.errors import ToolError
from codecpipe.format import VideoFormat
from codecpipe.programs.process import Limits
from encoders.reference.program import STALL_SAMPLES, stall_s


@both
def test_a_program_that_stops_getting_on_is_ended(name: str, tmp_path: Path, software) -> None:
    software[name].encoder(f'echo "{sh(poc_line(name))}"; echo part > "$out"; sleep 60; {BYTES}')
    started = time.monotonic()
    with pytest.raises(ToolError) as caught:
        encode_replayed(name, tmp_path, limits=Limits(stall_s=0.5, log_dir=tmp_path / "logs"))
    assert time.monotonic() - started < 20
    log = check_message(
        caught.value, f"{ENCODER[name]}Static ", r"made no progress for \d+ s and was stopped"
    )
    assert poc_line(name) in log.read_text(encoding="utf-8")
    assert poc_line(name).split()[0] in str(caught.value)


@both
def test_one_that_codes_a_picture_now_and_then_is_left_alone(
    name: str, tmp_path: Path, software
) -> None:
    log, frames = LDP[name]
    pictures = f"for i in 1 2 3 4 5 6; do echo '{poc_line(name)}'; sleep 0.3; done > /dev/stdout"
    # The lines that only show life go first: the log proper is what comes after the banner.
    software[name].encoder(f"{pictures}\n{replay(log)}")
    started = time.monotonic()
    encode_replayed(name, tmp_path, frames, limits=Limits(stall_s=1.2, log_dir=tmp_path / "logs"))
    assert time.monotonic() - started > 1.7


@both
def test_chatter_is_no_progress(name: str, tmp_path: Path, software) -> None:
    software[name].encoder("for i in $(seq 100); do echo still here; sleep 0.2; done")
    started = time.monotonic()
    with pytest.raises(ToolError, match="made no progress"):
        encode_replayed(name, tmp_path, limits=Limits(stall_s=0.5, log_dir=tmp_path / "logs"))
    assert time.monotonic() - started < 15


@both
def test_the_time_out(name: str, tmp_path: Path, software) -> None:
    line = poc_line(name)
    software[name].encoder(f"for i in $(seq 100); do echo '{line}'; sleep 0.2; done; exit 0")
    with pytest.raises(ToolError, match=r"was not done after \d+ s and was stopped"):
        encode_replayed(name, tmp_path, limits=Limits(timeout_s=0.8, log_dir=tmp_path / "logs"))


def test_the_stall_limit_grows_with_the_picture() -> None:
    limits = Limits(stall_s=100.0)
    small, large = VideoFormat(416, 240), VideoFormat(3840, 2160)
    assert stall_s(limits, small) == 100
    assert stall_s(limits, large) == pytest.approx(100 * 3840 * 2160 / STALL_SAMPLES)
    assert stall_s(limits, large.with_depth(10)) == stall_s(limits, large)
    assert 1500 < stall_s(limits, large) < 1700
    sides = [VideoFormat(side, side) for side in range(64, 4096, 64)]
    seconds = [stall_s(limits, fmt) for fmt in sides]
    assert seconds == sorted(seconds)
