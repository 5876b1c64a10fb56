"""Running a reference encoder or decoder: its log is watched, read, and kept when it fails."""

import re
from dataclasses import replace
from pathlib import Path

from codecpipe.errors import FileFormatError, InputError, ToolError
from codecpipe.format import VideoFormat
from codecpipe.programs.failure import tool_failure
from codecpipe.programs.process import Limits, ToolProcess, ToolRun
from encoders.reference.log import parse_log

_REFUSED = re.compile(
    r"^(?P<file>[^\n]*?:\d+ error|command line error): Unknown option `(?P<unknown>[^']*)'"
    r"|^Error parsing option \"(?P<value>[^\"]*)\" with argument \"(?P<argument>[^\"]*)\"",
    re.MULTILINE,
)
# Of settings that do not go together; VTM prints them before its banner.
_COMPLAINT = re.compile(r"^Error: +(.*\S)", re.MULTILINE)
STALL_SAMPLES = 1 << 19
"""Luma samples of a picture for which the stall limit stands as it is given."""


def stall_s(limits: Limits, fmt: VideoFormat) -> float:
    """Seconds without a new picture after which a program is stopped.

    A picture is the only sign of life that these programs give, and one of 1080p takes VTM many
    minutes: the limit grows with the picture beyond half a megapixel.
    """
    return limits.stall_s * max(1.0, fmt.width * fmt.height / STALL_SAMPLES)


def run_program(
    command: list[str], cwd: Path, limits: Limits, fmt: VideoFormat, name: str
) -> ToolRun:
    """Run a command to its end; all that it prints is in the result's ``stderr``.

    Raises:
        InputError: it does not know an option, or refuses its value.
        ToolError: it failed, stalled or timed out.
    """
    own = replace(limits, stall_s=stall_s(limits, fmt))
    lines = []
    with ToolProcess(command, cwd=cwd, limits=own, merge_stderr=True, leash=True) as process:
        for line in process.lines():
            lines.append(line)
            if line.startswith("POC"):
                process.progressed()
        try:
            # The whole log, however long: the run itself keeps the end of it only.
            return replace(process.finish(), stderr="\n".join(lines))
        except ToolError:
            said = process.run.stderr if process.run else ""
            if refusal := _refusal(said, name):
                raise InputError(refusal) from None
            raise


def _refusal(said: str, name: str) -> str:
    found = _REFUSED.search(said)
    if not found:
        complaint = None if "\nPOC " in said else _COMPLAINT.search(said)
        return f"{name} refuses these settings, saying '{complaint[1]}'" if complaint else ""
    if option := found["unknown"]:
        if "command line" in found["file"]:
            return f"{name} does not know the parameter '{option}': correct it or leave it out"
        place = found["file"].removesuffix(" error")
        return (
            f"{name} does not know the option '{option}' of its configuration file '{place}':"
            " use the cfg folder of the very version of the programs"
        )
    return (
        f"{name} does not take '{found['argument']}' for the parameter"
        f" '{found['value'].partition(',')[0]}': correct it or leave it out"
    )


def check_encode(run: ToolRun, stream: Path, frames: int, limits: Limits) -> None:
    """Check that an encoder which exited with status 0 reached its end and coded every picture.

    Raises:
        ToolError: the log is not complete, or the stream is empty or short; the log is kept.
    """
    what = ""
    if not stream.is_file() or stream.stat().st_size == 0:
        what = "ended without an error and wrote no bitstream"
    else:
        try:
            log = parse_log(run.stderr, "its log")
        except FileFormatError as error:
            what = f"ended without an error and without having done its work ({error})"
        else:
            if log.summary.frames != frames:
                what = f"coded {log.summary.frames} of {frames} pictures and called it done"
            elif log.bytes_written not in (None, stream.stat().st_size):
                what = (
                    f"says that it wrote {log.bytes_written} bytes, and its bitstream has"
                    f" {stream.stat().st_size}"
                )
    if what:
        raise tool_failure(list(run.command), what, run.stderr, log_dir=limits.log_dir)
