"""What a reference program did wrong is an error, whatever its exit status; played by stand-ins.

The logs are real ones, see `tests/data/logs`; the scripts only replay them.
"""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from kits.pipeline import Clip
from kits.reference import (
    DECODER,
    ENCODER,
    LOGS,
    NAMES,
    VARIABLE,
    StandIn,
    coded,
    reference,
    replay,
    settings,
    stand_in,
)

from codecpipe.errors import InputError, ToolError
from codecpipe.format import VideoFormat
from codecpipe.programs.process import Limits
from encoders.reference.program import STALL_SAMPLES, stall_s

both = pytest.mark.parametrize("name", NAMES)
LDP = {"hm": ("hm/ldp.log", 5), "vtm": ("vtm/ldp.log", 3)}
DEPTH = {"hm": 8, "vtm": 10}
FMT = {name: VideoFormat(64, 64, depth) for name, depth in DEPTH.items()}


@pytest.fixture
def software(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, StandIn]:
    monkeypatch.setenv("PATH", os.defpath)
    made = {name: stand_in(tmp_path / name, name) for name in NAMES}
    for name in NAMES:
        monkeypatch.setenv(VARIABLE[name], str(tmp_path / name))
    (tmp_path / "work").mkdir()
    return made


def _encode(
    name: str, folder: Path, frames: int = 0, config: str = "LDP", limits: Limits | None = None
) -> Path:
    """Through the codec; leaves nothing but the stream."""
    codec, out = reference(name), folder / "work" / "x.bin"
    clip = Clip(64, 64, frames or LDP[name][1], DEPTH[name])
    try:
        coded(codec, clip, settings(codec, config), out, limits)
    finally:
        assert {path.name for path in (folder / "work").iterdir()} <= {"x.bin"}
    return out


def _check_message(error: BaseException, program: str, says: str) -> Path:
    """One sentence about the program that names its log; the log's path."""
    text = str(error)
    assert re.search(says, text), text
    assert text.startswith(program)
    assert "\n" not in text
    log = Path(text.rpartition(" kept in ")[2])
    assert log.is_file()
    return log


def _print(log: str) -> str:
    return f"cat '{LOGS / log}'"


def _line(name: str) -> str:
    log = (LOGS / LDP[name][0]).read_text(encoding="utf-8")
    return next(line for line in log.splitlines() if line.startswith("POC"))


# --- encoders ------------------------------------------------------------------------------------


@both
def test_the_replayed_log_alone_is_fine(name: str, tmp_path: Path, software) -> None:
    software[name].encoder(replay(LDP[name][0]))
    assert _encode(name, tmp_path).stat().st_size > 100
    assert not (tmp_path / "logs").exists()


BYTES = 'head -c 100 /dev/zero > "$out"'
WRONG: list[tuple[str, str, Callable[[str], str], int, str]] = [
    ("no bitstream", "hm", lambda n: _print(LDP[n][0]), 0, "wrote no bitstream"),
    ("no bitstream", "vtm", lambda n: _print(LDP[n][0]), 0, "wrote no bitstream"),
    ("empty", "hm", lambda n: _print(LDP[n][0]) + '; : > "$out"', 0, "wrote no bitstream"),
    ("empty", "vtm", lambda n: _print(LDP[n][0]) + '; : > "$out"', 0, "wrote no bitstream"),
    (
        "missing input",
        "hm",
        lambda _: _print("failed/hm_missing_input.log") + '; : > "$out"',
        0,
        "wrote no bitstream, saying 'failed to open Input YUV file'",
    ),
    (
        "-nan",
        "hm",
        lambda _: _print("failed/hm_empty_input.log") + "; " + BYTES,
        0,
        "without having done its work .*coded no picture",
    ),
    (
        "no end",
        "hm",
        lambda _: _print("failed/hm_cut.log") + "; " + BYTES,
        9,
        "without having done its work .*Total Time",
    ),
    (
        "no end",
        "vtm",
        lambda _: _print("failed/vtm_cut.log") + "; " + BYTES,
        9,
        "without having done its work .*Total Time",
    ),
    ("silent", "hm", lambda _: BYTES, 0, "without having done its work"),
    ("silent", "vtm", lambda _: BYTES, 0, "without having done its work"),
    ("fewer", "hm", lambda n: replay(LDP[n][0]), 6, "coded 5 of 6 pictures"),
    ("fewer", "vtm", lambda n: replay(LDP[n][0]), 9, "coded 3 of 9 pictures"),
    ("more", "hm", lambda n: replay(LDP[n][0]), 4, "coded 5 of 4 pictures"),
    (
        "longer file",
        "hm",
        lambda n: replay(LDP[n][0], 1),
        0,
        r"says that it wrote (\d+) bytes, and its bitstream has \d+",
    ),
    (
        "shorter file",
        "vtm",
        lambda n: replay(LDP[n][0], -1),
        0,
        r"says that it wrote (\d+) bytes, and its bitstream has \d+",
    ),
    (
        "of a decoder",
        "hm",
        lambda _: f"echo 'HM software: Decoder Version [16.25]'; {BYTES}",
        0,
        "the log of a decoder",
    ),
]


@pytest.mark.parametrize(
    ("name", "body", "frames", "says"),
    [case[1:] for case in WRONG],
    ids=[f"{case[1]}-{case[0]}" for case in WRONG],
)
def test_exit_status_0_is_not_success(
    name: str, body: Callable[[str], str], frames: int, says: str, tmp_path: Path, software
) -> None:
    software[name].encoder(body(name))
    with pytest.raises(ToolError) as caught:
        _encode(name, tmp_path, frames)
    log = _check_message(caught.value, f"{ENCODER[name]}Static ", says)
    assert log.parent == tmp_path / "logs"
    kept = log.read_text(encoding="utf-8")
    assert kept.startswith(str(software[name].root / "bin"))
    assert f"--FramesToBeEncoded={frames or LDP[name][1]}" in kept.splitlines()[0]
    if printed := re.search(r"cat '?([^';\n]+)", body(name)):
        said = Path(printed[1]).read_text(encoding="utf-8")
        assert kept.split()[-20:] == said.split()[-20:]


@both
@pytest.mark.parametrize(
    ("end", "says"),
    [
        ("exit 3", "failed with exit status 3"),
        ("exit 134", "failed with exit status 134"),
        ("kill -SEGV $$", "was ended by SIGSEGV"),
        ("kill -KILL $$", r"was ended by SIGKILL \(out of memory\?\)"),
    ],
)
def test_crashes(name: str, end: str, says: str, tmp_path: Path, software) -> None:
    software[name].encoder(f'echo part > "$out"; echo it fell over; {end}')
    with pytest.raises(ToolError) as caught:
        _encode(name, tmp_path)
    log = _check_message(caught.value, f"{ENCODER[name]}Static ", f"{says}, saying 'it fell over'")
    assert log.read_text(encoding="utf-8").endswith("it fell over\n")


@both
def test_unknown_option_on_the_command_line(name: str, tmp_path: Path, software) -> None:
    software[name].encoder(_print(f"failed/{name}_bad_option.log") + "; exit 1")
    with pytest.raises(InputError, match="does not know the parameter 'NoSuchOption'") as caught:
        _encode(name, tmp_path)
    assert "\n" not in str(caught.value)


@both
def test_unknown_option_in_a_configuration_file(name: str, tmp_path: Path, software) -> None:
    said = "cfg/encoder_x.cfg:132 error: Unknown option `NoSuchEntry' (value:`3')"
    software[name].encoder(f'cat "{tmp_path / name / "banner"}"; echo "{_sh(said)}"; exit 1')
    with pytest.raises(InputError) as caught:
        _encode(name, tmp_path)
    assert "'NoSuchEntry' of its configuration file 'cfg/encoder_x.cfg:132'" in str(caught.value)


def _sh(text: str) -> str:
    return text.replace("`", "\\`").replace('"', '\\"')


@both
def test_a_value_that_is_no_value(name: str, tmp_path: Path, software) -> None:
    said = 'Error parsing option "SearchRange,-sr" with argument "abc".'
    software[name].encoder(f'echo "{_sh(said)}"; exit 1')
    with pytest.raises(InputError, match="does not take 'abc' for the parameter 'SearchRange':"):
        _encode(name, tmp_path)


@both
def test_a_value_out_of_range(name: str, tmp_path: Path, software) -> None:
    """VTM says so on stderr, before its banner."""
    software[name].encoder(_print(f"failed/{name}_bad_value.log") + "; exit 1")
    with pytest.raises(InputError, match="QP exceeds supported range") as caught:
        _encode(name, tmp_path)
    assert "\n" not in str(caught.value)


@both
def test_an_error_amid_coding_is_not_the_users(name: str, tmp_path: Path, software) -> None:
    line = _sh(_line(name))
    software[name].encoder(f'echo; echo "{line}"; echo "Error: of the program itself"; exit 1')
    with pytest.raises(ToolError, match="saying 'Error: of the program itself'"):
        _encode(name, tmp_path)


# --- stalls --------------------------------------------------------------------------------------


@both
def test_a_program_that_stops_getting_on_is_ended(name: str, tmp_path: Path, software) -> None:
    software[name].encoder(f'echo "{_sh(_line(name))}"; echo part > "$out"; sleep 60; {BYTES}')
    started = time.monotonic()
    with pytest.raises(ToolError) as caught:
        _encode(name, tmp_path, limits=Limits(stall_s=0.5, log_dir=tmp_path / "logs"))
    assert time.monotonic() - started < 20
    log = _check_message(
        caught.value, f"{ENCODER[name]}Static ", r"made no progress for \d+ s and was stopped"
    )
    assert _line(name) in log.read_text(encoding="utf-8")
    assert _line(name).split()[0] in str(caught.value)


@both
def test_one_that_codes_a_picture_now_and_then_is_left_alone(
    name: str, tmp_path: Path, software
) -> None:
    log, frames = LDP[name]
    pictures = f"for i in 1 2 3 4 5 6; do echo '{_line(name)}'; sleep 0.3; done > /dev/stdout"
    # The lines that only show life go first: the log proper is what comes after the banner.
    software[name].encoder(f"{pictures}\n{replay(log)}")
    started = time.monotonic()
    _encode(name, tmp_path, frames, limits=Limits(stall_s=1.2, log_dir=tmp_path / "logs"))
    assert time.monotonic() - started > 1.7


@both
def test_chatter_is_no_progress(name: str, tmp_path: Path, software) -> None:
    software[name].encoder("for i in $(seq 100); do echo still here; sleep 0.2; done")
    started = time.monotonic()
    with pytest.raises(ToolError, match="made no progress"):
        _encode(name, tmp_path, limits=Limits(stall_s=0.5, log_dir=tmp_path / "logs"))
    assert time.monotonic() - started < 15


@both
def test_the_time_out(name: str, tmp_path: Path, software) -> None:
    software[name].encoder(f"for i in $(seq 100); do echo '{_line(name)}'; sleep 0.2; done; exit 0")
    with pytest.raises(ToolError, match=r"was not done after \d+ s and was stopped"):
        _encode(name, tmp_path, limits=Limits(timeout_s=0.8, log_dir=tmp_path / "logs"))


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


# --- decoders ------------------------------------------------------------------------------------


def _decode(name: str, folder: Path, limits: Limits | None = None) -> int:
    stream = folder / "work" / "x.bin"
    stream.write_bytes(b"\0\0\1")
    given = limits or Limits(log_dir=folder / "logs")
    runs: list[object] = []
    try:
        frames = reference(name).decode(stream, FMT[name], given, runs.append)
        count = sum(1 for _ in frames)
    finally:
        assert [path.name for path in (folder / "work").iterdir()] == ["x.bin"]
    assert len(runs) == 1
    return count


def _pictures(name: str, count: float) -> str:
    return f'head -c {int(FMT[name].frame_bytes * count)} /dev/zero > "$out"'


@both
def test_whole_frames_are_decoded(name: str, tmp_path: Path, software) -> None:
    software[name].decoder(_pictures(name, 3))
    assert _decode(name, tmp_path) == 3


@both
@pytest.mark.parametrize(
    ("end", "says"), [("exit 134", "exit status 134"), ("kill -ABRT $$", "SIGABRT")]
)
def test_a_decoder_that_aborts(name: str, end: str, says: str, tmp_path: Path, software) -> None:
    """As HM's does on a stream that is cut off; the pictures before that are not used."""
    software[name].decoder(f"{_pictures(name, 2)}; echo corrupted; {end}")
    with pytest.raises(ToolError) as caught:
        _decode(name, tmp_path)
    log = _check_message(caught.value, f"{DECODER[name]}Static ", f"{says}, saying 'corrupted'")
    assert " -b x.bin -o " in log.read_text(encoding="utf-8")


@both
@pytest.mark.parametrize("count", [0.5, 1.5])
def test_half_a_frame(name: str, count: float, tmp_path: Path, software) -> None:
    software[name].decoder(_pictures(name, count))
    with pytest.raises(ToolError, match=f"^{name} did not decode 'x.bin': .* whole number of fra"):
        _decode(name, tmp_path)


@both
@pytest.mark.parametrize("body", ["exit 0", ': > "$out"'])
def test_no_pictures_at_all(name: str, body: str, tmp_path: Path, software) -> None:
    software[name].decoder(body)
    with pytest.raises(ToolError, match=f"^{name} did not decode 'x.bin'"):
        _decode(name, tmp_path)


@both
def test_a_decoder_that_hangs(name: str, tmp_path: Path, software) -> None:
    software[name].decoder(f"{_pictures(name, 1)}; sleep 60")
    with pytest.raises(ToolError, match="made no progress"):
        _decode(name, tmp_path, Limits(stall_s=0.5, log_dir=tmp_path / "logs"))


@both
def test_frames_that_are_not_wanted_any_more_leave_nothing(
    name: str, tmp_path: Path, software
) -> None:
    software[name].decoder(_pictures(name, 3))
    (tmp_path / "work" / "x.bin").write_bytes(b"x")
    limits = Limits(log_dir=tmp_path / "logs")
    frames = reference(name).decode(tmp_path / "work" / "x.bin", FMT[name], limits, lambda _: None)
    next(frames)
    frames.close()  # type: ignore[attr-defined]
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["x.bin"]


# --- segments ------------------------------------------------------------------------------------


@both
def test_a_failing_segment_leaves_no_parts(name: str, tmp_path: Path, software) -> None:
    """Closed GOPs: the first run is fine, the others fail."""
    log, frames = LDP[name]
    software[name].encoder(
        f'case "$*" in *--FrameSkip=0*) {replay(log)} ;; *) echo no more; exit 7;; esac'
    )
    codec, out = reference(name), tmp_path / "work" / "x.bin"
    clip = Clip(64, 64, 3 * frames, DEPTH[name])
    with pytest.raises(ToolError, match="exit status 7, saying 'no more'"):
        coded(codec, clip, settings(codec, intra_period=frames), out)
    assert list((tmp_path / "work").iterdir()) == []
