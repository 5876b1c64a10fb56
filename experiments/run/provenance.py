"""The facts with which a run can be repeated: versions, command lines, hashes, the machine."""

import os
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

from codecpipe.codec import CodecOf
from codecpipe.opening import open_cpv
from codecpipe.programs.ffmpeg import ffmpeg_version
from experiments.plan.encodes import PlannedEncode
from experiments.run.store import RunFolder

LIBRARIES = ("codecpipe", "numpy", "scipy", "pandas", "torch", "matplotlib", "imageio-ffmpeg")


def versions() -> dict[str, str]:
    """Versions of Python, our libraries and FFmpeg."""
    found = {"python": platform.python_version(), "ffmpeg": ffmpeg_version()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def git_commit() -> str | None:
    """The commit of the checkout that codecpipe runs from, with ``-dirty`` where it was changed.

    It is None for an installed codecpipe, even where that lies within a repository of the user's.
    """
    here = Path(__file__)
    if _git(here.parent, "ls-files", "--error-unmatch", here.name) is None:
        return None
    return _git(here.parent, "describe", "--always", "--dirty", "--abbrev=40")


def _git(folder: Path, *words: str) -> str | None:
    """The output of a git command; None where it fails or says nothing."""
    command = ["git", "-C", str(folder), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


def machine() -> dict[str, str]:
    """Processor, cores, memory, system."""
    info = Path("/proc/cpuinfo")
    text = info.read_text(encoding="utf-8") if info.is_file() else ""
    model = re.search(r"^model name\s*:\s*(.*\S)", text, re.MULTILINE)
    cpu = model[1] if model else platform.processor() or platform.machine()
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": cpu,
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory_gib:.1f} GiB",
        "system": f"{platform.system()} {platform.release()}",
    }


def sources(encodes: Sequence[PlannedEncode]) -> dict[str, str]:
    """File, format and SHA-256 of the frames used, by sequence."""
    found = {}
    for planned in encodes:
        sequence = planned.sequence
        fmt = sequence.source.fmt
        step = f", every {sequence.step} frames one" if sequence.step > 1 else ""
        found[sequence.name] = (
            f"{sequence.source.path.name}, {fmt.size} {fmt.pix_fmt}, {sequence.source.fps} fps,"
            f" first {sequence.frames} frames{step}, SHA-256 of their samples"
            f" {sequence.source.sha256(sequence.frames)}"
        )
    return found


def codec_versions(encodes: Sequence[PlannedEncode], codec_of: CodecOf) -> dict[str, str]:
    """Version of each encoder in use."""
    return {name: codec_of(name).version() for name in sorted({e.codec for e in encodes})}


def encoder_command_lines(encodes: Sequence[PlannedEncode], folder: RunFolder) -> Mapping[str, str]:
    """One command line for each codec, configuration, layout and stream: that of its first QP."""
    found: dict[str, str] = {}
    for planned in encodes:
        path = folder.cpv(planned.key)
        if not path.is_file():
            continue
        layout = planned.job.layout
        method = planned.points[0].method.partition(" + ")[0]
        with open_cpv(path) as file:
            for part in file.parts:
                mode = "" if planned.adaptive is None else f", {part.mode}"
                for stream in part.manifest.streams:
                    where = f"{planned.codec_label} {layout.config} {method}{mode}"
                    found.setdefault(f"{where}, stream {stream.name}", stream.command)
    return found
