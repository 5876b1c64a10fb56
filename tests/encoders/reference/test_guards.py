"""An encoder's failure is an error, whatever its exit status; played by stand-ins."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from kits.pipeline import Clip
from kits.reference import ENCODER, coded, reference, replay, settings
from kits.replays import (
    BYTES,
    DEPTH,
    LDP,
    both,
    check_message,
    encode_replayed,
    poc_line,
    print_log,
    sh,
)

from codecpipe.errors import InputError, ToolError


@both
def test_the_replayed_log_alone_is_fine(name: str, tmp_path: Path, software) -> None:
    software[name].encoder(replay(LDP[name][0]))
    assert encode_replayed(name, tmp_path).stat().st_size > 100
    assert not (tmp_path / "logs").exists()


WRONG: list[tuple[str, str, Callable[[str], str], int, str]] = [
    ("no bitstream", "hm", lambda n: print_log(LDP[n][0]), 0, "wrote no bitstream"),
    ("no bitstream", "vtm", lambda n: print_log(LDP[n][0]), 0, "wrote no bitstream"),
    ("empty", "hm", lambda n: print_log(LDP[n][0]) + '; : > "$out"', 0, "wrote no bitstream"),
    ("empty", "vtm", lambda n: print_log(LDP[n][0]) + '; : > "$out"', 0, "wrote no bitstream"),
    (
        "missing input",
        "hm",
        lambda _: print_log("failed/hm_missing_input.log") + '; : > "$out"',
        0,
        "wrote no bitstream, saying 'failed to open Input YUV file'",
    ),
    (
        "-nan",
        "hm",
        lambda _: print_log("failed/hm_empty_input.log") + "; " + BYTES,
        0,
        "without having done its work .*coded no picture",
    ),
    (
        "no end",
        "hm",
        lambda _: print_log("failed/hm_cut.log") + "; " + BYTES,
        9,
        "without having done its work .*Total Time",
    ),
    (
        "no end",
        "vtm",
        lambda _: print_log("failed/vtm_cut.log") + "; " + BYTES,
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
        encode_replayed(name, tmp_path, frames)
    log = check_message(caught.value, f"{ENCODER[name]}Static ", says)
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
        encode_replayed(name, tmp_path)
    log = check_message(caught.value, f"{ENCODER[name]}Static ", f"{says}, saying 'it fell over'")
    assert log.read_text(encoding="utf-8").endswith("it fell over\n")


@both
def test_unknown_option_on_the_command_line(name: str, tmp_path: Path, software) -> None:
    software[name].encoder(print_log(f"failed/{name}_bad_option.log") + "; exit 1")
    with pytest.raises(InputError, match="does not know the parameter 'NoSuchOption'") as caught:
        encode_replayed(name, tmp_path)
    assert "\n" not in str(caught.value)


@both
def test_unknown_option_in_a_configuration_file(name: str, tmp_path: Path, software) -> None:
    said = "cfg/encoder_x.cfg:132 error: Unknown option `NoSuchEntry' (value:`3')"
    software[name].encoder(f'cat "{tmp_path / name / "banner"}"; echo "{sh(said)}"; exit 1')
    with pytest.raises(InputError) as caught:
        encode_replayed(name, tmp_path)
    assert "'NoSuchEntry' of its configuration file 'cfg/encoder_x.cfg:132'" in str(caught.value)


@both
def test_a_value_that_is_no_value(name: str, tmp_path: Path, software) -> None:
    said = 'Error parsing option "SearchRange,-sr" with argument "abc".'
    software[name].encoder(f'echo "{sh(said)}"; exit 1')
    with pytest.raises(InputError, match="does not take 'abc' for the parameter 'SearchRange':"):
        encode_replayed(name, tmp_path)


@both
def test_a_value_out_of_range(name: str, tmp_path: Path, software) -> None:
    """VTM says so on stderr, before its banner."""
    software[name].encoder(print_log(f"failed/{name}_bad_value.log") + "; exit 1")
    with pytest.raises(InputError, match="QP exceeds supported range") as caught:
        encode_replayed(name, tmp_path)
    assert "\n" not in str(caught.value)


@both
def test_an_error_amid_coding_is_not_the_users(name: str, tmp_path: Path, software) -> None:
    line = sh(poc_line(name))
    software[name].encoder(f'echo; echo "{line}"; echo "Error: of the program itself"; exit 1')
    with pytest.raises(ToolError, match="saying 'Error: of the program itself'"):
        encode_replayed(name, tmp_path)


@both
def test_a_failing_segment_leaves_no_parts(name: str, tmp_path: Path, software) -> None:
    """Closed GOPs: the first run is fine, the others fail."""
    log, frames = LDP[name]
    software[name].encoder(
        f'case "$*" in *--FrameSkip=0*) {replay(log)} ;; *) echo no more; exit 7;; esac'
    )
    codec, out = reference(name), tmp_path / "work" / "x.bin"
    clip = Clip(64, 64, frames=3 * frames, depth=DEPTH[name])
    with pytest.raises(ToolError, match="exit status 7, saying 'no more'"):
        coded(codec, clip, settings(codec, intra_period=frames), out=out)
    assert list((tmp_path / "work").iterdir()) == []
