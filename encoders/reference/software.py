"""Finding an installed reference software: its programs, its configuration files, its version."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from codecpipe.errors import NotInstalledError, ToolError

BANNER_S = 30.0
BUILD_FOLDERS = ("bin", "bin/*/*/*/release")
"""Where the projects' own builds put their programs, under the software's folder."""


@dataclass(frozen=True)
class Software:
    """What a reference software's programs and files are called.

    ``programs``: encoder, decoder, and the joiner of segments, each without the suffix ``Static``.
    ``banner``: its version is the first group. ``cfg``: a file that its ``cfg`` folder holds.
    """

    name: str
    variable: str
    encoder: str
    decoder: str
    joiner: str
    banner: str
    cfg: str
    url: str


@dataclass(frozen=True)
class Install:
    """An installed software; ``joiner`` is None where the build lacks it."""

    encoder: Path
    decoder: Path
    joiner: Path | None
    cfg: Path
    version: str


def find(software: Software) -> Install:
    """The software in the folder that its variable names, else on PATH.

    Raises:
        ToolError: not installed, not whole, or not what it is called.
    """
    return _find(software, os.environ.get(software.variable, ""), os.environ.get("PATH", ""))


@lru_cache(maxsize=16)
def _find(software: Software, folder: str, path: str) -> Install:
    if folder:
        root = Path(folder).expanduser().resolve()
        encoder, decoder = (_in_folder(software, root, s) for s in _programs(software)[:2])
    else:
        encoder, decoder = (_on_path(software, name, path) for name in _programs(software)[:2])
        root = encoder.parent
    cfg = _cfg_folder(software, root)
    joiner = next((p for p in _candidates(encoder.parent, software.joiner) if _runs(p)), None)
    return Install(encoder, decoder, joiner, cfg, _version(software, encoder))


def how_to_add(software: Software) -> str:
    """What a user without the software has to do."""
    return (
        f"build {software.url} and set {software.variable} to its folder, the one with bin and cfg"
    )


def _programs(software: Software) -> tuple[str, str, str]:
    return software.encoder, software.decoder, software.joiner


def _candidates(folder: Path, program: str) -> list[Path]:
    return [folder / f"{program}Static", folder / program]


def _runs(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _in_folder(software: Software, root: Path, program: str) -> Path:
    folders = [folder for pattern in BUILD_FOLDERS for folder in sorted(root.glob(pattern))]
    for folder in (*folders, root):
        for path in _candidates(folder, program):
            if _runs(path):
                return path
    raise ToolError(
        f"{software.variable} names '{root}', and there is no {program}Static or {program} in its"
        f" folder bin: build {software.name} there, or name the folder that holds bin and cfg"
    )


def _on_path(software: Software, program: str, path: str) -> Path:
    for name in (f"{program}Static", program):
        if found := shutil.which(name, path=path):
            return Path(found).resolve()
    raise NotInstalledError(f"{software.name} is not installed: {how_to_add(software)}")


def _cfg_folder(software: Software, root: Path) -> Path:
    """The folder ``cfg`` beside or above the programs that has the software's own files."""
    for folder in (root, *root.parents):
        if (folder / "cfg" / software.cfg).is_file():
            return folder / "cfg"
    raise ToolError(
        f"the configuration files of {software.name} (cfg/{software.cfg}) are not beside its"
        f" programs: name the folder that holds bin and cfg in {software.variable}"
    )


def _version(software: Software, encoder: Path) -> str:
    try:
        done = subprocess.run(
            [str(encoder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=BANNER_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        why = getattr(error, "strerror", None) or f"no banner within {BANNER_S:.0f} s"
        raise ToolError(
            f"'{encoder}' cannot be run ({why}): build {software.name} for this machine and name"
            f" its folder in {software.variable}"
        ) from error
    found = re.search(software.banner, done.stdout.decode("utf-8", "replace"))
    if not found:
        raise ToolError(
            f"'{encoder}' does not print the banner of {software.name}:"
            f" name the folder of {software.name} in {software.variable}"
        )
    return found[1]
