"""The dataset's folder: nothing that has its final name in it is ever half-written."""

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from codecpipe.format import Frame, VideoFormat
from experiments.run.folder_lock import claimed
from experiments.run.store import read_json, write_atomically


@dataclass(frozen=True)
class Paths:
    """The paths in a dataset's folder; workers get this instead of the folder."""

    root: Path

    @property
    def index(self) -> Path:
        """``dataset.json``: there when all that it names is."""
        return self.root / "dataset.json"

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


@contextmanager
def dataset_folder(root: Path) -> Iterator[Paths]:
    """The paths in a dataset's folder, locked meanwhile.

    Raises:
        InputError: it cannot be made, or another process works in it.
    """
    paths = Paths(root.absolute())
    folders = [paths.root / name for name in ("clips", "cpv", "decoded")]
    with claimed(paths.root, folders, paths.work, "the folder"):
        yield paths


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
    """Writes frames into new array files: luma [N, H, W], ``uv`` [N, 2, H/2, W/2].

    Their names are `prefix` and ``y.npy``, ``uv.npy``.
    """

    def __init__(self, folder: Path, prefix: str, fmt: VideoFormat, count: int) -> None:
        def new(name: str, *shape: int) -> npt.NDArray[Any]:
            path = folder / f"{prefix}{name}.npy"
            return np.lib.format.open_memmap(path, "w+", fmt.dtype, (count, *shape))

        self.fmt = fmt
        self._y, self._uv = new("y", *fmt.plane_shapes[0]), new("uv", 2, *fmt.plane_shapes[1])

    def put(self, at: int, frame: Frame) -> None:
        """Write frame `at`, a flat 4:2:0 frame of the format."""
        self._y[at], self._uv[at, 0], self._uv[at, 1] = self.fmt.planes(frame)


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
