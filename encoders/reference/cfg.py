"""The configuration files that come with a reference software: read, chosen, never changed."""

import hashlib
import re
from pathlib import Path

from codecpipe.errors import InputError, MismatchError
from codecpipe.format import VideoFormat

_LINE = re.compile(r"^\s*([A-Za-z][A-Za-z0-9_]*)\s*:\s*(.*?)\s*(?:#.*)?$")
_NAME = re.compile(r"(per-sequence|per-class)/[A-Za-z0-9][A-Za-z0-9_.+-]*\.cfg")
DIGITS = 16


def read_cfg(path: Path) -> dict[str, str]:
    """The entries of a configuration file, comments left out."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(
            f"the configuration file '{path}' cannot be read ({error.strerror}):"
            " the software's folder must hold bin and cfg as they come with it"
        ) from error
    return {found[1]: found[2] for line in text.splitlines() if (found := _LINE.match(line))}


def cfg_digest(*paths: Path) -> str:
    """The first 16 digits of the SHA-256 over files that exist."""
    total = hashlib.sha256()
    for path in paths:
        if path.is_file():
            total.update(path.name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:DIGITS]


def sequence_cfg(
    folder: Path, name: str, class_name: str, fmt: VideoFormat
) -> tuple[tuple[str, str], ...]:
    """The per-sequence and per-class files for a test sequence, as (name, digest).

    A per-sequence file is one whose own name, or the input file in it, begins with the sequence's
    name, for video of this size, bit depth and chroma format.
    """
    chosen = []
    due = {
        "SourceWidth": str(fmt.width),
        "SourceHeight": str(fmt.height),
        "InputBitDepth": str(fmt.bit_depth),
        "InputChromaFormat": "420",
    }
    for path in sorted((folder / "per-sequence").glob("*.cfg")):
        stem = path.stem.lower()
        if not stem.startswith(name.lower()[:4]):  # don't read a hundred files for one
            continue
        entries = {"InputChromaFormat": "420"} | read_cfg(path)
        names = (stem, entries.get("InputFile", "").split("_")[0].lower())
        if name.lower() in names and due.items() <= entries.items():
            chosen.append(f"per-sequence/{path.name}")
            break
    of_class = f"per-class/class{class_name}.cfg"
    if class_name and _NAME.fullmatch(of_class) and (folder / of_class).is_file():
        chosen.append(of_class)
    return tuple((one, cfg_digest(folder / one)) for one in chosen)


def check_cfg(folder: Path, cfg: tuple[tuple[str, str], ...], software: str) -> None:
    """Check that the files are there and what they were when they were chosen.

    Raises:
        InputError: not the name of a configuration file.
        MismatchError: missing, or another one.
    """
    for name, wanted in cfg:
        if not _NAME.fullmatch(name) or ".." in name:
            raise InputError(f"'{name}' is not a configuration file of {software}: leave it out")
        if cfg_digest(folder / name) != wanted or not (folder / name).is_file():
            raise MismatchError(
                f"'{folder / name}' is missing or not the file that the video was coded with:"
                f" use the {software} that it was coded with"
            )
