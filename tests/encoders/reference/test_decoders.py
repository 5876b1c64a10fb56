"""A decoder's failure is an error, whatever its exit status; played by stand-ins."""

from pathlib import Path

import pytest
from kits.reference import DECODER, reference
from kits.replays import FMT, both, check_message, decode_replayed, zero_pictures

from codecpipe.errors import ToolError
from codecpipe.programs.process import Limits


@both
def test_whole_frames_are_decoded(name: str, tmp_path: Path, software) -> None:
    software[name].decoder(zero_pictures(name, 3))
    assert decode_replayed(name, tmp_path) == 3


@both
@pytest.mark.parametrize(
    ("end", "says"), [("exit 134", "exit status 134"), ("kill -ABRT $$", "SIGABRT")]
)
def test_a_decoder_that_aborts(name: str, end: str, says: str, tmp_path: Path, software) -> None:
    """As HM's does on a stream that is cut off; the pictures before that are not used."""
    software[name].decoder(f"{zero_pictures(name, 2)}; echo corrupted; {end}")
    with pytest.raises(ToolError) as caught:
        decode_replayed(name, tmp_path)
    log = check_message(caught.value, f"{DECODER[name]}Static ", f"{says}, saying 'corrupted'")
    assert " -b x.bin -o " in log.read_text(encoding="utf-8")


@both
@pytest.mark.parametrize("count", [0.5, 1.5])
def test_half_a_frame(name: str, count: float, tmp_path: Path, software) -> None:
    software[name].decoder(zero_pictures(name, count))
    with pytest.raises(ToolError, match=f"^{name} did not decode 'x.bin': .* whole number of fra"):
        decode_replayed(name, tmp_path)


@both
@pytest.mark.parametrize("body", ["exit 0", ': > "$out"'])
def test_no_pictures_at_all(name: str, body: str, tmp_path: Path, software) -> None:
    software[name].decoder(body)
    with pytest.raises(ToolError, match=f"^{name} did not decode 'x.bin'"):
        decode_replayed(name, tmp_path)


@both
def test_a_decoder_that_hangs(name: str, tmp_path: Path, software) -> None:
    software[name].decoder(f"{zero_pictures(name, 1)}; sleep 60")
    with pytest.raises(ToolError, match="made no progress"):
        decode_replayed(name, tmp_path, Limits(stall_s=0.5, log_dir=tmp_path / "logs"))


@both
def test_frames_that_are_not_wanted_any_more_leave_nothing(
    name: str, tmp_path: Path, software
) -> None:
    software[name].decoder(zero_pictures(name, 3))
    (tmp_path / "work" / "x.bin").write_bytes(b"x")
    limits = Limits(log_dir=tmp_path / "logs")
    frames = reference(name).decode(
        tmp_path / "work" / "x.bin", FMT[name], limits=limits, on_done=lambda _: None
    )
    next(frames)
    frames.close()  # type: ignore[attr-defined]
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["x.bin"]
