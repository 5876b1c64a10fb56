"""Runs the command in a process of its own, as a user would."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

COMMAND = [sys.executable, "-c", "import cli; cli.run()"]


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


def codecpipe(*arguments, cwd: Path, **environment: str) -> Ran:
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


def succeeds(*arguments, cwd: Path) -> str:
    ran = codecpipe(*arguments, cwd=cwd)
    assert ran.code == 0, ran.err
    return ran.out
