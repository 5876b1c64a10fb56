"""Programs on a leash end with the process that started them."""

import os
import signal
import subprocess
import sys
import time

import pytest

from codecpipe.errors import ToolError
from codecpipe.programs.process import ToolProcess

OWNER = """
import sys
from codecpipe.programs.process import ToolProcess
with ToolProcess([sys.executable, "-c",
                  "import os, time; print(os.getpid(), flush=True); time.sleep(60)"],
                 leash=True) as process:
    for line in process.lines():
        print(line, flush=True)
"""


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_program_is_gone_when_its_owner_is_killed():
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    program = int(owner.stdout.readline())
    assert _runs(program)
    assert os.getpgid(program) == os.getpgid(owner.pid)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    deadline = time.monotonic() + 10
    while _runs(program):
        assert time.monotonic() < deadline, "it lives on"
        time.sleep(0.05)
    owner.stdout.close()


def test_output_exit_status_and_command_are_the_programs_own():
    command = [sys.executable, "-c", "import sys; print(sys.argv[1:]); sys.exit(int(sys.argv[2]))"]
    with ToolProcess([*command, "a b", "0"], leash=True) as process:
        assert list(process.lines()) == ["['a b', '0']"]
        assert process.finish().command == (*command, "a b", "0")
    with ToolProcess([*command, "x", "3"], leash=True) as process:
        assert list(process.lines()) == ["['x', '3']"]
        with pytest.raises(ToolError, match="exit status 3"):
            process.finish()
