"""The error message and the kept log of a program that failed."""

import os
import shlex
import tempfile
from pathlib import Path

from codecpipe.errors import ToolError


def tool_failure(command: list[str], what: str, stderr: str, log_dir: Path | None) -> ToolError:
    """The error of a failed program: what happened, its telling last words, where its log is."""
    tool = Path(command[0]).name
    if "No space left on device" in stderr:
        what = "found no space left on the disk; free some, or name another work folder"
    log = _keep_log(command, what, stderr=stderr, log_dir=log_dir)
    said = next((line for line in reversed(stderr.strip().splitlines()) if _tells(line)), "")
    quote = f", saying '{said.strip()[:200]}'" if said else ""
    return ToolError(f"{tool} {what}{quote}; its command line and output are kept in {log}")


def _tells(line: str) -> bool:
    """Whether a line of FFmpeg's says more than that something failed."""
    vague = (
        "Conversion failed",
        "Nothing was written",
        "Error opening output",
        "Terminating thread",
        "Error sending frames",
        "annot open lib",
        "Task finished with error",
        "Could not open encoder before EOF",
        "incorrect parameters such",
    )
    return bool(line.strip()) and not any(text in line for text in vague)


def _keep_log(command: list[str], what: str, stderr: str, log_dir: Path | None) -> str:
    try:
        folder = log_dir or Path(tempfile.gettempdir()) / "codecpipe-logs"
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f"{Path(command[0]).name.split('-')[0]}-", suffix=".log", dir=folder
        )
        with os.fdopen(handle, "w") as log:
            log.write(f"{shlex.join(command)}\n{what}\n\n{stderr}")
        return name
    except OSError as error:
        return f"no file ({error.strerror}); the command was: {shlex.join(command)}"
