"""Running encoders, decoders, filters: fed by frames, watched for stalls, quoted on failure.

The file is longer than others because its threads share one child process: feeding, reading,
watching and reaping cannot be understood apart from each other.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from codecpipe.errors import CodecpipeError, ToolError
from codecpipe.programs.failure import tool_failure
from codecpipe.programs.leash import leashed

PIPE_BYTES = 1 << 20
F_SETPIPE_SZ = 1031
STDERR_KEPT_BYTES = 1 << 20


@dataclass(frozen=True)
class Limits:
    """The time limits of a child process, and the folder of its log if it fails."""

    stall_s: float = 600.0
    """Seconds without any progress (bytes in, bytes out, frames coded) while the child is waited
    for: a slow maker of its input or taker of its output is not its fault.
    """
    timeout_s: float | None = None
    """Seconds in all; None for no limit."""
    log_dir: Path | None = None


@dataclass(frozen=True)
class ToolRun:
    """The time and messages of one run of a program."""

    command: tuple[str, ...]
    wall_s: float
    cpu_s: float
    """User plus system time of the child."""
    stderr: str = field(repr=False, default="")
    """The last 1 MiB of its stderr (with ``merge_stderr`` of its stdout, too)."""


class ToolProcess:
    """One child process: a thread feeds it, one keeps its stderr, one watches the clock.

    A context manager: leaving the block kills a child that still runs.

    Args:
        command: argument list.
        feed: buffers to write to its stdin, or None for no stdin.
        cwd: its working folder.
        limits: stall and time-out limits, log folder.
        merge_stderr: stderr comes out with stdout, in `lines`; both are kept.
        leash: it ends when we are killed, see `codecpipe.programs.leash`.

    Raises:
        ToolError: from `read` and `finish`, when it crashed, stalled or timed out; the message
            names the command line and the kept log.
    """

    def __init__(
        self,
        command: list[str],
        *,
        feed: Iterable[Any] | None = None,
        cwd: Path | None = None,
        limits: Limits | None = None,
        merge_stderr: bool = False,
        leash: bool = False,
    ) -> None:
        self.command = command
        self.limits = limits or Limits()
        self._feed_error: BaseException | None = None
        self._stderr = bytearray()
        self._stopped: str | None = None
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._reaped = False
        self._waited_for = self._feed_in_making = False
        self._started = self._progress_at = time.monotonic()
        try:
            self._child = subprocess.Popen(
                leashed(command) if leash else command,
                stdin=subprocess.DEVNULL if feed is None else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT if merge_stderr else subprocess.PIPE,
                cwd=cwd,
                bufsize=0,
            )
        except OSError as error:
            raise ToolError(
                f"'{command[0]}' cannot be started ({error.strerror}):"
                " run 'codecpipe doctor' to see what is installed"
            ) from error
        self.run: ToolRun | None = None
        self._threads = [self._thread(self._keep_stderr), self._thread(self._watch)]
        if feed is not None:
            self._threads.append(self._thread(lambda: self._write(feed)))

    @staticmethod
    def _thread(target: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=target, daemon=True)
        thread.start()
        return thread

    def __enter__(self) -> ToolProcess:
        return self

    def __exit__(self, *_: object) -> None:
        if self.run is None:
            self._kill()
            self._reap()

    def _kill(self) -> None:
        # Not Popen.kill: it would reap a child that is dead already, and its times with it.
        with self._lock:
            if not self._reaped:
                # A wrapper script's programs would live on and hold its pipes open.
                for pid in (self._child.pid, *_descendants(self._child.pid)):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)

    def progressed(self) -> None:
        """Note that the child got on: the stall clock starts again."""
        self._progress_at = time.monotonic()

    def _write(self, feed: Iterable[Any]) -> None:
        stdin = self._child.stdin
        assert stdin is not None
        _enlarge(stdin)
        try:
            for buffer in self._made(feed):
                view = memoryview(buffer).cast("B")
                while len(view):
                    written = stdin.write(view)
                    view = view[written:]
                    self.progressed()
        except BrokenPipeError:
            pass  # the child's exit status says why
        except BaseException as error:
            self._feed_error = error
            self._kill()
        finally:
            with contextlib.suppress(OSError):
                stdin.close()
            if hasattr(feed, "close"):
                feed.close()

    def _made(self, feed: Iterable[Any]) -> Iterator[Any]:
        buffers = iter(feed)
        while True:
            self._feed_in_making = True
            try:
                buffer = next(buffers)
            except StopIteration:
                return
            finally:
                self._feed_in_making = False
                self.progressed()
            yield buffer

    @contextlib.contextmanager
    def _waiting(self) -> Iterator[None]:
        self.progressed()
        self._waited_for = True
        try:
            yield
        finally:
            self._waited_for = False

    def _keep_stderr(self) -> None:
        stderr = self._child.stderr
        if stderr is None:
            return
        while chunk := stderr.read(1 << 16):
            self._keep(chunk)

    def _keep(self, said: bytes) -> None:
        self._stderr += said
        # The end tells why it failed; a chatty encoder must not fill the memory.
        del self._stderr[:-STDERR_KEPT_BYTES]

    def _watch(self) -> None:
        while not self._done.wait(0.2):
            if self._feed_in_making or not self._waited_for:
                self.progressed()
            now = time.monotonic()
            idle_s, total_s = now - self._progress_at, now - self._started
            if idle_s > self.limits.stall_s:
                self._stopped = f"made no progress for {idle_s:.0f} s and was stopped"
            elif self.limits.timeout_s is not None and total_s > self.limits.timeout_s:
                self._stopped = f"was not done after {total_s:.0f} s and was stopped"
            if self._stopped:
                self._kill()
                return

    def read(self, count: int) -> bytearray | None:
        """Exactly ``count`` bytes of its stdout, or None at its end.

        Raises:
            ToolError: the output ends within the ``count`` bytes, or the child failed.
        """
        stdout = self._child.stdout
        assert stdout is not None
        data = bytearray(count)
        view, got = memoryview(data), 0
        with self._waiting():
            while got < count:
                read = stdout.readinto(view[got:])  # type: ignore[attr-defined]
                if not read:
                    break
                got += read
                self.progressed()
        if got == count:
            return data
        if got:
            self.finish()
            raise self._failure("ended in the middle of a frame")
        return None

    def lines(self) -> Iterator[str]:
        """Its stdout, line by line."""
        stdout = self._child.stdout
        assert stdout is not None
        with self._waiting():
            # Unbuffered, as `read` wants it, lines would come byte by byte.
            for line in io.BufferedReader(stdout):  # type: ignore[type-var]
                if self._child.stderr is None:
                    self._keep(line)
                yield line.decode("utf-8", "replace").rstrip()

    def _reap(self) -> int:
        # Waits without reaping, so that the watch can still kill a child that hangs.
        with self._waiting():
            os.waitid(os.P_PID, self._child.pid, os.WEXITED | os.WNOWAIT)
        with self._lock:
            _, status, usage = os.wait4(self._child.pid, 0)
            self._reaped = True
        wall_s = time.monotonic() - self._started
        code = self._child.returncode = os.waitstatus_to_exitcode(status)
        self._done.set()
        for thread in self._threads:
            thread.join()
        for stream in (self._child.stdout, self._child.stderr):
            if stream is not None:
                stream.close()
        self.run = ToolRun(
            command=tuple(self.command),
            wall_s=wall_s,
            cpu_s=usage.ru_utime + usage.ru_stime,
            stderr=self._stderr.decode("utf-8", "replace"),
        )
        return code

    def finish(self) -> ToolRun:
        """Wait for the child's end and say what it took.

        Raises:
            ToolError: it crashed, stalled, timed out, or ended with an exit status other than 0.
        """
        if self.run is None:
            code = self._reap()
            if self._feed_error is not None:
                raise self._feed_error
            if self._stopped:
                raise self._failure(self._stopped)
            if code < 0:
                name = signal.Signals(-code).name
                hint = " (out of memory?)" if name == "SIGKILL" else ""
                raise self._failure(f"was ended by {name}{hint}")
            if code:
                raise self._failure(f"failed with exit status {code}")
        assert self.run is not None
        return self.run

    def _failure(self, what: str) -> CodecpipeError:
        assert self.run is not None
        return tool_failure(self.command, what, stderr=self.run.stderr, log_dir=self.limits.log_dir)


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):  # it has ended, or the system has no /proc
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *_descendants(int(child))]
    return found


def _enlarge(pipe: IO[bytes]) -> None:
    """A larger pipe means fewer turns between two processes; where the system refuses, so be it."""
    with contextlib.suppress(ImportError, OSError):
        import fcntl  # noqa: PLC0415  (not on every system)

        fcntl.fcntl(pipe.fileno(), F_SETPIPE_SZ, PIPE_BYTES)


def run_tool(
    command: list[str],
    *,
    feed: Iterable[Any] | None = None,
    cwd: Path | None = None,
    limits: Limits | None = None,
) -> ToolRun:
    """Run a program to its end.

    A growing ``frame=`` or ``total_size=`` on stdout is progress (`-progress pipe:1` writes them).

    Raises:
        ToolError: see `ToolProcess`.
    """
    seen: dict[str, str] = {}
    with ToolProcess(command, feed=feed, cwd=cwd, limits=limits) as process:
        for line in process.lines():
            key, _, value = line.partition("=")
            # FFmpeg repeats its block every period: only a count that grows is progress.
            if key in ("frame", "total_size") and seen.get(key) != value:
                process.progressed()
            seen[key] = value
        return process.finish()


def is_disk_full(error: OSError) -> bool:
    """Whether an error of the system's means that the disk or the quota is full."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
