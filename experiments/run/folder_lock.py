"""One process at a time in a folder."""

import fcntl
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from codecpipe.errors import InputError


@contextmanager
def claimed(root: Path, folders: Sequence[Path], work: Path, kind: str) -> Iterator[None]:
    """The folder `root` with `folders` in it, locked; `work` is empty at first and gone at last.

    Raises:
        InputError: it cannot be made, or another process works in it; `kind` says what it is.
    """
    try:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        lock = (root / "lock").open("w")
    except OSError as error:
        raise InputError(
            f"{kind} '{root}' cannot be used ({error.strerror}): name another"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InputError(
                f"another process works in '{root}': wait for it, or name another folder"
            ) from error
        # What a killed process left is of no use: every finished thing was moved out of there.
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(exist_ok=True)
        for folder in (root, *folders):
            for part in folder.glob(".*.part"):
                part.unlink(missing_ok=True)
        try:
            yield
        finally:
            shutil.rmtree(work, ignore_errors=True)
