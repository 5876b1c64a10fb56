"""The command in processes of its own: started afresh, or forked from one that has imported it."""

import multiprocessing
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from experiments.commands.main import COMMANDS, run

COMMAND = (sys.executable, "-c", "from experiments.commands.main import run; run()")
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    sorted({f"experiments.commands.{lazy.module}" for lazy in COMMANDS.values()})
)


@dataclass(frozen=True)
class Ran:
    """Exit status, stdout and stderr."""

    code: int | None
    out: str
    err: str


def codecpipe(*arguments: object, cwd: Path, **environment: str) -> Ran:
    """``codecpipe ARGUMENTS`` as a user starts it."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def forked(*arguments: object, cwd: Path, **environment: str) -> Ran:
    """The same in a new process that need not import anything, which saves most of the time."""
    files = [cwd.with_name(f"{cwd.name}.{name}") for name in ("out", "err")]
    process = _FORKS.Process(
        target=_enter, args=([*map(str, arguments)], cwd, environment, *map(str, files))
    )
    process.start()
    process.join(300)
    if process.is_alive():
        process.kill()
    return Ran(process.exitcode, *(file.read_text(encoding="utf-8") for file in files))


def _enter(arguments: list[str], cwd: Path, environment: dict[str, str], *files: str) -> None:
    for at, file in enumerate(files, 1):
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(opened, at)
    os.chdir(cwd)
    os.environ.update(environment)
    sys.argv = ["codecpipe", *arguments]
    run()


def succeeds(*arguments: object, cwd: Path) -> str:
    """What the command prints; it must end well."""
    ran = forked(*arguments, cwd=cwd)
    assert ran.code == 0, ran.err
    return ran.out


def one_sentence(ran: Ran) -> str:
    """The line of a command that failed as it should: exit status 1, nothing else on stderr."""
    assert ran.code == 1
    assert ran.err.startswith("codecpipe: ")
    assert ran.err.endswith("\n")
    line = ran.err[:-1]
    assert "\n" not in line
    assert line.isprintable()
    assert "Traceback" not in line
    assert "inside codecpipe" not in line
    return line
