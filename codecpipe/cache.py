"""Raw video made once of a user's file, and kept in the user's cache folder."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import platformdirs


def cached_raw(
    path: Path, made_as: str, make: Callable[[Path], None], cache_dir: Path | None = None
) -> Path:
    """The raw video that ``make`` writes of ``path``: from the cache, or made now.

    The key is the file's path, size and time of change, and ``made_as``, which names all else
    that the result depends on. A file that is there is whole.
    """
    stat = path.stat()
    text = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}|{made_as}"
    folder = cache_dir or Path(platformdirs.user_cache_dir("codecpipe")) / "converted"
    raw = folder / f"{hashlib.sha256(text.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.yuv"
    if raw.is_file():
        return raw
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(suffix=".part", dir=folder)
    os.close(handle)
    part = Path(name)
    try:
        make(part)
        part.replace(raw)
    finally:
        part.unlink(missing_ok=True)
    return raw
