"""The run folder: finished points, ``.cpv`` files and logs; nothing in it is ever half-written."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from codecpipe.errors import InputError
from experiments.run.folder_lock import claimed


class RunFolder:
    """One run's folder, locked while a process works in it. A context manager.

    The process that has it open lends it to its workers: each makes a ``RunFolder`` of its own with
    a ``work_dir`` of its own, and does not open it. All that is kept is written atomically.

    Raises:
        InputError: it cannot be made, or another process works in it.
    """

    def __init__(self, path: Path, work_dir: Path | None = None) -> None:
        self.path = path
        self.points_dir, self.cpv_dir = path / "points", path / "cpv"
        self.work_dir, self.log_dir = work_dir or path / "work", path / "logs"
        self.stream_dir = path / "streams"
        self.encoder_log_dir = path / "encoder-logs"
        self._claim = ExitStack()

    def __enter__(self) -> RunFolder:
        folders = (self.points_dir, self.cpv_dir, self.log_dir)
        self._claim.enter_context(claimed(self.path, folders, self.work_dir, "the run folder"))
        for folder in (self.stream_dir, self.encoder_log_dir):
            for part in folder.rglob(".*.part"):
                part.unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._claim.close()

    def cpv(self, key: str) -> Path:
        """The path of an encode's file."""
        return self.cpv_dir / f"{key}.cpv"

    def times(self, key: str) -> dict[str, Any] | None:
        """The times of an encode; None where it is not finished."""
        return read_json(self.cpv_dir / f"{key}.json") if self.cpv(key).is_file() else None

    def has_encode(self, key: str) -> bool:
        """Whether an encode is finished."""
        return self.cpv(key).is_file() and (self.cpv_dir / f"{key}.json").is_file()

    def has_point(self, key: str) -> bool:
        """Whether a point is finished."""
        return (self.points_dir / f"{key}.json").is_file()

    def put_times(self, key: str, times: Mapping[str, Any]) -> None:
        """Mark an encode as finished."""
        write_atomically(self.cpv_dir / f"{key}.json", json.dumps(times))

    def put_log(self, name: str, text: str) -> None:
        """Keep what an encoder said of its work."""
        self.encoder_log_dir.mkdir(parents=True, exist_ok=True)
        write_atomically(self.encoder_log_dir / f"{name}.log", text)

    def point(self, key: str) -> dict[str, Any] | None:
        """A finished point, None where it is not finished."""
        return read_json(self.points_dir / f"{key}.json")

    def put_point(self, key: str, result: Mapping[str, Any]) -> None:
        """Keep a finished point."""
        write_atomically(self.points_dir / f"{key}.json", json.dumps(result))


def read_json(path: Path) -> dict[str, Any] | None:
    """A JSON object from a file; None where there is no such file."""
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        content = None
    if not isinstance(content, dict):
        raise InputError(f"'{path}' is damaged: delete it and start the run again")
    return content


def write_atomically(path: Path, text: str) -> None:
    """Write a text file so that it is there whole or not at all, also after a power cut."""
    # Workers of several machines may write the same file, with the same content.
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
