"""The dataset's folder: nothing that has its final name in it is ever half-written."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from codecpipe.errors import InputError
from codecpipe.format import Frame, VideoFormat
from experiments.run.folder_lock import lock_folder
from experiments.run.store import read_json, write_atomically

INDEX = "dataset.json"


@dataclass(frozen=True)
class Paths:
    """The paths in a dataset's folder; workers get this instead of the folder."""

    root: Path

    @property
    def index(self) -> Path:
        """``dataset.json``: there when all that it names is."""
        return self.root / INDEX

    @property
    def work(self) -> Path:
        """Temporary files, on the same disk as what they become."""
        return self.root / "work"

    def clip(self, name: str) -> Path:
        """A source clip's folder."""
        return self.root / "clips" / name

    def cpv(self, key: str) -> Path:
        """A coded file."""
        return self.root / "cpv" / f"{key}.cpv"

    def decoded(self, key: str) -> Path:
        """A decoded item's folder."""
        return self.root / "decoded" / key

    def clip_info(self, name: str) -> dict[str, Any] | None:
        """``clip.json`` of a finished clip, None where it is not there."""
        return read_json(self.clip(name) / "clip.json")

    def has_item(self, key: str) -> bool:
        """Whether an item is finished: coded, and decoded."""
        return self.cpv(key).is_file() and (self.decoded(key) / "item.json").is_file()


class DatasetFolder:
    """A dataset's folder, locked while a process works in it. A context manager.

    Raises:
        InputError: it cannot be made, or another process works in it.
    """

    def __init__(self, root: Path) -> None:
        self.paths = Paths(root.absolute())
        self._lock: IO[str] | None = None

    def __enter__(self) -> Paths:
        root = self.paths.root
        try:
            for name in ("clips", "cpv", "decoded"):
                (root / name).mkdir(parents=True, exist_ok=True)
            self._lock = lock_folder(root)
        except OSError as error:
            raise InputError(
                f"the folder '{root}' cannot be used ({error.strerror}): name another"
            ) from error
        # What a killed run left is of no use: every finished thing was moved out of there.
        shutil.rmtree(self.paths.work, ignore_errors=True)
        self.paths.work.mkdir(exist_ok=True)
        for part in (root / "cpv").glob(".*.part"):
            part.unlink(missing_ok=True)
        return self.paths

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.paths.work, ignore_errors=True)
        if self._lock:
            self._lock.close()


def put_folder(to: Path, work: Path, fill: Callable[[Path], None]) -> None:
    """Make the folder `to`, or replace it: filled under another name, then moved there."""
    with tempfile.TemporaryDirectory(prefix="part-", dir=work) as name:
        part, old = Path(name) / "new", Path(name) / "old"
        part.mkdir()
        fill(part)
        for file in part.iterdir():
            with file.open("rb") as opened:
                os.fsync(opened.fileno())
        if to.exists():
            to.rename(old)
        part.rename(to)


class PlaneWriter:
    """Writes frames into two new array files: luma [N, H, W] and chroma [N, 2, H/2, W/2]."""

    def __init__(self, folder: Path, luma: str, chroma: str, fmt: VideoFormat, count: int) -> None:
        self.fmt = fmt
        height, width = fmt.plane_shapes[0]
        half_height, half_width = fmt.plane_shapes[1]
        self._y = _new(folder / luma, (count, height, width), fmt)
        self._uv = _new(folder / chroma, (count, 2, half_height, half_width), fmt)

    def put(self, at: int, frame: Frame) -> None:
        """Write frame `at`, a flat 4:2:0 frame of the format."""
        luma, cb, cr = self.fmt.planes(frame)
        self._y[at], self._uv[at, 0], self._uv[at, 1] = luma, cb, cr


def _new(path: Path, shape: tuple[int, ...], fmt: VideoFormat) -> npt.NDArray[Any]:
    return np.lib.format.open_memmap(path, mode="w+", dtype=fmt.dtype, shape=shape)


@dataclass(frozen=True)
class CachedClip:
    """A source clip out of the dataset's folder, as a source of frames to code."""

    folder: Path
    name: str
    fmt: VideoFormat
    fps: Fraction

    def frames(self, indices: Iterable[int]) -> Iterator[Frame]:
        """The frames of these indices, flat."""
        luma = np.load(self.folder / "y.npy", mmap_mode="r")
        chroma = np.load(self.folder / "uv.npy", mmap_mode="r")
        for index in indices:
            yield np.concatenate([luma[index].ravel(), chroma[index].ravel()])


def put_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON document, whole or not at all."""
    write_atomically(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
