"""Files made once of a user's file and kept in the user's cache folder: raw video, hashes."""

import contextlib
import os
import re
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import platformdirs

from codecpipe.digest import digest

Facts = Mapping[str, object]
SETTLED_S = 2.0
"""Age from which a file's time of change tells one version of it from the next."""


def cached_raw(
    path: Path, made_as: Facts, make: Callable[[Path], None], cache_dir: Path | None = None
) -> Path:
    """The raw video that `make` writes of `path`: from the cache, or made now.

    The key is the file's path, size and time of change, and `made_as`, which names all other facts
    that the result depends on. A file in the cache is whole.
    """
    folder = cache_dir or Path(platformdirs.user_cache_dir("codecpipe")) / "converted"
    raw = folder / f"{_key(path, made_as)}.yuv"
    if raw.is_file():
        return raw
    _put(raw, make)
    return raw


def cached_digest(
    path: Path, made_as: Facts, make: Callable[[], str], cache_dir: Path | None = None
) -> str:
    """The SHA-256 that `make` computes of `path`, computed once while the file stays the same.

    A cache that cannot be read or written only costs time. A file that was changed a moment ago is
    not remembered: it might be changed again within the resolution of the system's clock.
    """
    folder = cache_dir or Path(platformdirs.user_cache_dir("codecpipe")) / "digests"
    kept = folder / _key(path, made_as)
    with contextlib.suppress(OSError, UnicodeDecodeError):
        text = kept.read_text(encoding="ascii")
        if re.fullmatch(r"[0-9a-f]{64}", text):
            return text
    found = make()
    with contextlib.suppress(OSError):
        if time.time() - path.stat().st_mtime > SETTLED_S:
            _put(kept, lambda part: part.write_text(found, encoding="ascii"))
    return found


def _put(kept: Path, write: Callable[[Path], object]) -> None:
    """Have a file of the cache written, whole or not at all."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(suffix=".part", dir=kept.parent)
    os.close(handle)
    part = Path(name)
    try:
        write(part)
        part.replace(kept)
    finally:
        part.unlink(missing_ok=True)


def _key(path: Path, made_as: Facts) -> str:
    stat = path.stat()
    facts = {"path": str(path.resolve()), "bytes": stat.st_size, "changed_ns": stat.st_mtime_ns}
    return digest({**facts, "made_as": made_as})
