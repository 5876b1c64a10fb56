"""Encoders that are killed, hang, or find no room: one clear error, and nothing left behind."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from kits.pipeline import FFMPEG_CODECS, Clip, job

from codecpipe.codec import CodingSettings, CodingTask
from codecpipe.decoding import Decoder
from codecpipe.encoding import encode
from codecpipe.errors import CodecpipeError, InputError, ToolError
from codecpipe.format import Frame
from codecpipe.programs.process import Limits, is_disk_full
from encoders import get_codec

pytestmark = pytest.mark.codec


class Interrupted(Clip):
    """A clip in which something happens before frame ``at``."""

    def __init__(self, at: int, what: Callable[[], None], frames: int = 60) -> None:
        super().__init__(frames=frames)
        self._at, self._what = at, what
        self._done = False

    def frames(self, indices: Iterable[int]) -> Iterator[Frame]:
        for index, frame in zip(indices, super().frames(indices), strict=True):
            if index == self._at and not self._done:
                self._done = True
                self._what()
            yield frame


def _children() -> list[int]:
    """Process ids of this process's children that are no zombies, by /proc."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == os.getpid() and state != "Z":
            found.append(int(stat.parent.name))
    return found


def _kill_encoder(number: signal.Signals) -> None:
    """Kill this process's FFmpeg children that write a stream."""
    hit = 0
    for child in _children():
        command = Path(f"/proc/{child}/cmdline").read_bytes()
        if b"-vcodec" in command:
            os.kill(child, number)
            hit += 1
    assert hit


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
@pytest.mark.parametrize(("name", "layout"), [("x265", "anchor"), ("vvenc", "crs")])
def test_killed_encoder(name: str, layout: str, number: signal.Signals, tmp_path: Path) -> None:
    work, logs, out = tmp_path / "work", tmp_path / "logs", tmp_path / "out"
    work.mkdir()
    clip = Interrupted(5, lambda: _kill_encoder(number))
    with pytest.raises(ToolError, match=f"was ended by {number.name}") as caught:
        encode(
            clip,
            get_codec(name),
            job(name, "LDP", layout, frames=60),
            out=out / "x.cpv",
            work_dir=work,
            limits=Limits(log_dir=logs),
        )
    (log,) = logs.iterdir()
    assert str(log) in str(caught.value)
    assert f"lib{name}" in log.read_text()
    assert "\n" not in str(caught.value)
    assert not list(work.iterdir())
    assert not out.exists() or not list(out.iterdir())
    assert not _children()


def test_encoder_that_hangs_is_stopped(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    clip = Interrupted(5, lambda: _kill_encoder(signal.SIGSTOP), frames=60)
    limits = Limits(stall_s=0.6, log_dir=tmp_path / "logs")
    started = time.monotonic()
    with pytest.raises(ToolError, match="made no progress for 1 s and was stopped"):
        encode(
            clip,
            get_codec("x265"),
            job("x265", "LDP", "anchor", frames=60),
            out=tmp_path / "x.cpv",
            work_dir=work,
            limits=limits,
        )
    assert time.monotonic() - started < 10
    assert not list(work.iterdir())
    assert not (tmp_path / "x.cpv").exists()
    assert len(list((tmp_path / "logs").iterdir())) == 1


def test_source_that_is_slow_is_not_the_encoders_fault(tmp_path: Path) -> None:
    clip = Interrupted(5, lambda: time.sleep(1.6), frames=9)
    done = encode(
        clip,
        get_codec("x265"),
        job("x265", "LDP", "anchor", frames=9),
        out=tmp_path / "x.cpv",
        limits=Limits(stall_s=0.8),
    )
    assert done.manifest.sequence.frames == 9


@pytest.mark.parametrize("layout", ["anchor", "uniform", "crs", "tds"])
def test_error_of_the_source_comes_out_as_it_is(layout: str, tmp_path: Path) -> None:
    def fail() -> None:
        raise InputError("the tape is torn")

    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(InputError, match="the tape is torn"):
        encode(
            Interrupted(6, fail, frames=17),
            get_codec("x265"),
            job("x265", "LDP", layout),
            out=tmp_path / "x.cpv",
            work_dir=work,
        )
    assert not list(work.iterdir())
    assert not (tmp_path / "x.cpv").exists()
    assert not _children()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is not on this system")
@pytest.mark.parametrize("name", FFMPEG_CODECS)
def test_encoder_on_a_full_disk(name: str, tmp_path: Path) -> None:
    codec, clip = get_codec(name), Clip(frames=9)
    fmt = clip.fmt.with_depth(codec.coded_depth(8))
    frames = (frame.astype(fmt.dtype) for frame in clip.stored)
    options = codec.resolve(job(name, "LDP", "anchor").options)
    settings = CodingSettings(codec.configs[-1], qp=22, intra_period=0, options=options)
    with pytest.raises(ToolError, match="no space left on the disk; free some"):
        codec.encode(
            frames, CodingTask(fmt, clip.fps, settings, Path("/dev/full"), Limits(log_dir=tmp_path))
        )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is not on this system")
def test_file_on_a_full_disk_is_not_left_in_part(tmp_path: Path) -> None:
    out, work = tmp_path / "out" / "x.cpv", tmp_path / "work"
    out.parent.mkdir()
    work.mkdir()
    out.write_bytes(b"an earlier file")
    out.with_name(f".x.cpv.{os.getpid()}.part").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left") as caught:
        encode(
            Clip(frames=9),
            get_codec("x265"),
            job("x265", "LDP", "anchor", frames=9),
            out=out,
            work_dir=work,
        )
    assert is_disk_full(caught.value)
    assert [path.name for path in out.parent.iterdir()] == ["x.cpv"]
    assert out.read_bytes() == b"an earlier file"
    assert not list(work.iterdir())


def test_killed_decoder_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    clip = Clip(416, 240, frames=40)
    done = encode(
        clip, get_codec("x264"), job("x264", "LDP", "anchor", frames=40), out=tmp_path / "x.cpv"
    )
    limits = Limits(log_dir=tmp_path / "logs")
    with Decoder(done.path, get_codec, work_dir=work, limits=limits) as decoder:
        frames = decoder.frames()
        next(frames)
        # 40 frames are more than the pipe holds: the decoder cannot be done yet.
        for child in _children():
            os.kill(child, signal.SIGKILL)
        with pytest.raises(CodecpipeError, match="SIGKILL"):
            list(frames)
    assert not list(work.iterdir())


@pytest.mark.parametrize("layout", ["anchor", "crs"])
def test_decoding_may_be_given_up_at_any_frame(layout: str, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    clip = Clip(416, 240, frames=40)
    done = encode(
        clip, get_codec("x264"), job("x264", "LDP", layout, frames=40), out=tmp_path / "x.cpv"
    )
    with Decoder(done.path, get_codec, work_dir=work) as decoder:
        frames = decoder.frames()
        assert next(frames).index == 0
        frames.close()  # type: ignore[attr-defined]
        assert [frame.index for frame in decoder.frames()] == list(range(40))
    assert not list(work.iterdir())
    assert not _children()


def test_missing_encoder_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "ffmpeg"
    fake.write_text("#!/bin/sh\necho 'ffmpeg version 1'\necho ' V....D h261 H.261'\n")
    fake.chmod(0o755)
    monkeypatch.setenv("CODECPIPE_FFMPEG", str(fake))
    with pytest.raises(ToolError, match="this FFmpeg has no libx265: unset CODECPIPE_FFMPEG"):
        encode(
            Clip(frames=2),
            get_codec("x265"),
            job("x265", "AI", "anchor", frames=2),
            out=tmp_path / "x",
        )
    assert subprocess.run([fake], capture_output=True, check=True).stdout
    assert not (tmp_path / "x").exists()
