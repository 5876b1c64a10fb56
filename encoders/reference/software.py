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
    """Names of a reference software's programs (without the suffix ``Static``) and files."""

    name: str
    variable: str
    """The environment variable that names its folder."""
    encoder: str
    decoder: str
    joiner: str
    """The program that joins segments."""
    banner: str
    """A pattern of the encoder's banner, the version its first group."""
    cfg: str
    """A file that its ``cfg`` folder holds."""
    url: str
    """Its source code."""


@dataclass(frozen=True)
class Install:
    """An installed software."""

    encoder: Path
    decoder: Path
    joiner: Path | None
    """None where the build lacks it."""
    cfg: Path
    """The folder of its configuration files."""
    version: str


def find(software: Software) -> Install:
    """The software in the folder that its variable names, else on PATH.

    Raises:
        ToolError: not installed, not whole, or not what it is called.
    """
    return _find(software, os.environ.get(software.variable, ""), os.environ.get("PATH", ""))


@lru_cache(maxsize=16)
def _find(software: Software, folder: str, path: str) -> Install:
    programs = (software.encoder, software.decoder)
    if folder:
        root = Path(folder).expanduser().resolve()
        encoder, decoder = (_in_folder(software, root, name) for name in programs)
    else:
        encoder, decoder = (_on_path(software, name, path) for name in programs)
        root = encoder.parent
    cfg = _cfg_folder(software, root)
    joiner = next((p for p in _candidates(encoder.parent, software.joiner) if _runs(p)), None)
    version = _version(software, encoder)
    return Install(encoder=encoder, decoder=decoder, joiner=joiner, cfg=cfg, version=version)


def how_to_add(software: Software) -> str:
    """A sentence for a user without the software."""
    variable = software.variable
    return f"build {software.url} and set {variable} to its folder, the one with bin and cfg"


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
