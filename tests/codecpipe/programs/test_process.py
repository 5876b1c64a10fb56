"""Real children: the shell, cat, sleep, head, Python."""

import re
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from codecpipe.errors import ToolError
from codecpipe.format import VideoFormat
from codecpipe.programs.frames import buffers, counted, frames_from
from codecpipe.programs.process import Limits, ToolProcess, run_tool

FMT = VideoFormat(64, 32)  # 3072 bytes a frame


@pytest.fixture
def limits(tmp_path):
    return Limits(log_dir=tmp_path / "logs")


def shell(script):
    return ["/bin/sh", "-c", script]


def is_running(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_until(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def children():
    """Running or zombie, of this process."""
    tasks = Path("/proc/self/task").iterdir()
    return {pid for task in tasks for pid in (task / "children").read_text().split()}


def test_a_run_is_measured(limits):
    script = "import time\nwhile time.process_time() < 0.3: pass\ntime.sleep(0.3)"
    run = run_tool([sys.executable, "-c", script], limits=limits)
    assert run.command[0] == sys.executable
    assert 0.3 <= run.cpu_s < 0.6
    assert run.wall_s >= 0.55
    assert not limits.log_dir.exists()


def test_lines_and_stderr(limits):
    with ToolProcess(shell("echo one; echo two >&2; echo three"), limits=limits) as process:
        assert list(process.lines()) == ["one", "three"]
        assert process.finish().stderr == "two\n"


def test_exit_status_quote_and_log(limits):
    script = "echo first >&2; echo 'the QP is too large' >&2; echo 'Conversion failed!' >&2; exit 3"
    with pytest.raises(ToolError, match=r"sh failed with exit status 3") as caught:
        run_tool(shell(script), limits=limits)
    said = str(caught.value)
    assert "saying 'the QP is too large'" in said
    assert "\n" not in said
    (log,) = limits.log_dir.iterdir()
    assert said.endswith(str(log))
    text = log.read_text()
    assert text.startswith("/bin/sh -c ")
    assert "exit status 3" in text
    assert text.endswith("first\nthe QP is too large\nConversion failed!\n")


def test_a_chatty_child_keeps_the_end_of_its_stderr(limits):
    script = "head -c 5000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo last words >&2; exit 1"
    with pytest.raises(ToolError, match="saying 'last words'"):
        run_tool(shell(script), limits=limits)
    (log,) = limits.log_dir.iterdir()
    assert 1 << 20 <= log.stat().st_size < 2 << 20


def test_ended_by_a_signal(limits):
    with pytest.raises(ToolError, match="was ended by SIGSEGV;"):
        run_tool(shell("kill -SEGV $$"), limits=limits)
    with pytest.raises(ToolError, match=r"was ended by SIGKILL \(out of memory\?\)"):
        run_tool(shell("kill -KILL $$"), limits=limits)


def test_a_full_disk_is_said_so(limits):
    script = "echo 'av_interleaved_write_frame(): No space left on device' >&2; exit 228"
    with pytest.raises(ToolError, match="found no space left on the disk"):
        run_tool(shell(script), limits=limits)


def test_a_missing_program(limits):
    with pytest.raises(ToolError, match=r"'/no/such/encoder' cannot be started.*codecpipe doctor"):
        run_tool(["/no/such/encoder", "-x"], limits=limits)


def test_a_stalled_child_is_stopped(tmp_path):
    started = time.monotonic()
    with pytest.raises(ToolError, match="made no progress for 1 s and was stopped"):
        run_tool(["sleep", "60"], limits=Limits(stall_s=0.6, log_dir=tmp_path))
    assert time.monotonic() - started < 5


def test_the_programs_of_a_stalled_wrapper_are_stopped_too(tmp_path):
    pid_file = tmp_path / "pid"
    script = f"sh -c 'sleep 60 & echo $! > {pid_file}; wait'; true"
    started = time.monotonic()
    with pytest.raises(ToolError, match="made no progress"):
        run_tool(shell(script), limits=Limits(stall_s=0.6, log_dir=tmp_path))
    assert time.monotonic() - started < 5
    pid = int(pid_file.read_text())
    assert wait_until(lambda: not is_running(pid))


def test_repeated_progress_is_none(tmp_path):
    script = "while true; do echo frame=7; echo progress=continue; sleep 0.1; done"
    with pytest.raises(ToolError, match="made no progress"):
        run_tool(shell(script), limits=Limits(stall_s=0.6, log_dir=tmp_path))


def test_slow_but_steady_is_no_stall(tmp_path):
    script = "for i in 1 2 3 4 5 6; do echo frame=$i; sleep 0.25; done"
    run_tool(shell(script), limits=Limits(stall_s=0.9, log_dir=tmp_path))
    script = "for i in 1 2 3 4 5 6; do head -c 512 /dev/zero; sleep 0.25; done"
    limits = Limits(stall_s=0.9, log_dir=tmp_path)
    assert len(list(frames_from(shell(script), FMT, limits=limits))) == 1


def test_a_slow_taker_is_not_the_childs_fault(tmp_path):
    frames = frames_from(
        ["head", "-c", str(3072 * 400), "/dev/zero"], FMT, limits=Limits(0.5, None, tmp_path)
    )
    next(frames)
    time.sleep(1.2)
    assert sum(1 for _ in frames) == 399


def test_a_slow_maker_is_not_the_childs_fault(tmp_path):
    def slow():
        yield bytes(3072)
        time.sleep(1.2)
        yield bytes(3072)

    limits = Limits(0.5, None, tmp_path)
    assert len(list(frames_from(["cat"], FMT, feed=slow(), limits=limits))) == 2


def test_a_child_that_takes_nothing_stalls(tmp_path):
    limits = Limits(stall_s=0.6, log_dir=tmp_path)
    feed = (bytes(1 << 20) for _ in range(100))
    with pytest.raises(ToolError, match="made no progress"):
        run_tool(["sleep", "60"], feed=feed, limits=limits)


def test_the_time_in_all_is_limited(tmp_path):
    script = "i=0; while true; do i=$((i+1)); echo frame=$i; sleep 0.1; done"
    with pytest.raises(ToolError, match="was not done after 1 s and was stopped"):
        run_tool(shell(script), limits=Limits(timeout_s=0.8, log_dir=tmp_path))


def test_fifty_megabytes_go_through_unchanged(limits):
    fmt = VideoFormat(1000, 1000)
    due = np.random.default_rng(1).integers(0, 256, (34, fmt.frame_samples), dtype=np.uint8)
    assert due.nbytes > 50_000_000
    runs = []
    got = frames_from(["cat"], fmt, feed=buffers(due), limits=limits, on_done=runs.append)
    assert all((a == b).all() for a, b in zip(got, due, strict=True))
    assert len(runs) == 1


@pytest.mark.parametrize("count", [1, 3071, 3073, 10_000])
def test_output_that_is_no_whole_number_of_frames(limits, count):
    command = ["head", "-c", str(count), "/dev/zero"]
    with pytest.raises(ToolError, match="head ended in the middle of a frame"):
        list(frames_from(command, FMT, limits=limits))


def test_a_failure_amid_a_frame_says_why(limits):
    with pytest.raises(ToolError, match="exit status 5"):
        list(frames_from(shell("head -c 5000 /dev/zero; exit 5"), FMT, limits=limits))


def test_a_failure_after_whole_frames_is_not_missed(limits):
    frames = frames_from(shell("head -c 6144 /dev/zero; exit 5"), FMT, limits=limits)
    next(frames)
    next(frames)
    with pytest.raises(ToolError, match="exit status 5"):
        next(frames)


def test_a_child_that_stops_reading_early(limits):
    feed = (bytes(3072) for _ in range(10_000))
    assert len(list(frames_from(["head", "-c", "6144"], FMT, feed=feed, limits=limits))) == 2


def test_an_abandoned_generator_ends_its_child(limits):
    command = shell("echo $$ | head -c 3072; exec cat /dev/zero")
    process = ToolProcess(command, limits=limits)
    pid = process._child.pid
    with process:
        assert process.read(100) is not None
        assert is_running(pid)
    assert not Path(f"/proc/{pid}").exists()  # no zombie either

    before = children()
    frames = frames_from(["cat", "/dev/zero"], FMT, limits=limits)
    next(frames)
    assert len(children() - before) == 1
    frames.close()
    assert children() <= before


def test_an_abandoned_chain_ends_all_its_children(limits):
    closed = []

    def source():
        try:
            while True:
                yield bytes(3072)
        finally:
            closed.append(True)

    before = children()
    inner = frames_from(["cat"], FMT, feed=source(), limits=limits)
    outer = frames_from(["cat"], FMT, feed=buffers(inner), limits=limits)
    next(outer)
    assert len(children() - before) == 2
    outer.close()
    assert closed == []
    inner.close()
    assert closed == [True]
    assert children() <= before


class MakerError(Exception):
    pass


def test_an_error_of_the_feeds_maker_comes_out(limits):
    def broken():
        yield bytes(3072)
        raise MakerError("no such frame")

    with pytest.raises(MakerError, match="no such frame"):
        list(frames_from(["cat"], FMT, feed=broken(), limits=limits))
    with pytest.raises(MakerError):
        run_tool(shell("cat > /dev/null"), feed=broken(), limits=limits)
    assert not limits.log_dir.exists()


def test_a_childs_failure_at_the_end_of_a_chain_comes_out(limits):
    inner = frames_from(shell("head -c 6144 /dev/zero; exit 9"), FMT, limits=limits)
    with pytest.raises(ToolError, match="sh failed with exit status 9"):
        list(frames_from(["cat"], FMT, feed=buffers(inner), limits=limits))


def test_stderr_can_be_merged(limits):
    with ToolProcess(shell("echo a; echo b >&2"), merge_stderr=True, limits=limits) as process:
        assert sorted(process.lines()) == ["a", "b"]
        assert sorted(process.finish().stderr.splitlines()) == ["a", "b"]  # both are kept


def test_a_log_that_cannot_be_kept_gives_the_command(tmp_path):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(ToolError, match=re.escape("the command was: /bin/sh -c 'exit 4'")):
        run_tool(shell("exit 4"), limits=Limits(log_dir=file / "logs"))


def test_an_interrupt_ends_the_child(limits):
    with pytest.raises(KeyboardInterrupt), ToolProcess(["sleep", "60"], limits=limits) as process:
        pid = process._child.pid
        signal.raise_signal(signal.SIGINT)
    assert not Path(f"/proc/{pid}").exists()


def test_counted():
    assert list(counted(iter([1, 2, 3]), 3, "x")) == [1, 2, 3]
    with pytest.raises(ToolError, match="x gave only 2 frames where 3 were due"):
        list(counted(iter([1, 2]), 3, "x"))
    with pytest.raises(ToolError, match="x gave more frames where 1 were due"):
        list(counted(iter([1, 2]), 1, "x"))
