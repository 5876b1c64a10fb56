"""One process at a time in a folder."""

import fcntl
from pathlib import Path
from typing import IO

from codecpipe.errors import InputError


def lock_folder(folder: Path) -> IO[str]:
    """Lock the folder until the returned file is closed or the process ends.

    Raises:
        InputError: another process has it.
        OSError: the lock's file cannot be made.
    """
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise InputError(
            f"another process works in '{folder}': wait for it, or name another folder"
        ) from error
    return lock
