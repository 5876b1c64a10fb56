"""Photographs of a dataset file as clips to render."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from codecpipe.errors import InputError
from codecpipe.format import Frame, VideoFormat
from codecpipe.programs.ffmpeg import ffmpeg_version
from codecpipe.programs.process import Limits
from experiments.dataset.clips import Clip
from experiments.dataset.picture import read_photo
from experiments.dataset.render import RENDERING, make_scene, random_for, render
from experiments.dataset.schema import PhotoPart, RenderingPart, Split

SUFFIXES = (".webp", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".ppm")
VALIDATION_SHARE = 10


@dataclass(frozen=True)
class PhotoFile:
    """A photograph's file, its name in the dataset file, its licence and whose it is."""

    path: Path
    file: str
    licence: str
    credit: str

    @property
    def clip_name(self) -> str:
        """The name of the clip that is made of it."""
        return "photo-" + re.sub(r"[^A-Za-z0-9_.+-]", "-", self.path.stem)


@dataclass(frozen=True)
class PhotoClip(Clip):
    """A clip to render of ``photo``, with pieces of ``others`` moving across it."""

    photo: PhotoFile
    others: tuple[PhotoFile, ...]
    seed: int

    def origin(self) -> dict[str, Any]:
        """The photographs' names and hashes, and how they are rendered."""
        return {
            "photos": [
                {"file": one.file, "sha256": _file_digest(one.path)}
                for one in (self.photo, *self.others)
            ],
            "rendering": RENDERING,
            "seed": self.seed,
            "ffmpeg": ffmpeg_version(),
        }

    def frames(self, work: Path, limits: Limits) -> Iterator[Frame]:
        """Rendered frames; equal for equal origins on one kind of machine."""
        random = random_for(self.seed, self.name)
        photo, *others = (read_photo(one.path, work, limits) for one in (self.photo, *self.others))
        scene = make_scene(photo, others, self.fmt, self.count, random, limits)
        yield from render(scene, self.fmt, self.count)


@lru_cache(maxsize=1024)
def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_photos(
    parts: tuple[PhotoPart, ...], rendering: RenderingPart, folder: Path
) -> Iterator[PhotoClip]:
    """One clip for each photograph, a scene of its own; pieces come from those of the same split.

    Raises:
        InputError: a file is not there, a pattern fits none, or one photograph is named twice.
    """
    found: list[tuple[PhotoFile, Split]] = []
    for part in parts:
        for path in _files(part, folder):
            file = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
            photo = PhotoFile(path=path, file=file, licence=part.licence, credit=part.credit)
            if any(other.path == path for other, _ in found):
                raise InputError(f"photograph '{path}' is named twice: name it once")
            found.append((photo, part.split or hashed_split(photo.clip_name)))
    for photo, split in found:
        name = photo.clip_name
        pool = [other for other, its in found if its == split and other is not photo]
        random = random_for(rendering.seed, f"sprites of {name}")
        least = min(1, rendering.sprites)
        count = min(int(random.integers(least, rendering.sprites + 1)), len(pool))
        chosen = sorted(random.choice(len(pool), count, replace=False)) if count else []
        others = tuple(pool[at] for at in chosen)
        credits = (one.credit for one in (photo, *others) if one.credit)
        yield PhotoClip(
            name=name,
            split=split,
            scene=name,
            licence="; ".join(dict.fromkeys(one.licence for one in (photo, *others))),
            credit="; ".join(dict.fromkeys(credits)),
            fmt=VideoFormat(rendering.width, rendering.height),
            fps=rendering.fps,
            count=rendering.frames,
            photo=photo,
            others=others,
            seed=rendering.seed,
        )


def hashed_split(name: str) -> Split:
    """One in ten photographs is for validation, whichever others there are."""
    value = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little")
    return "train" if value % VALIDATION_SHARE else "validation"


def _files(part: PhotoPart, folder: Path) -> Iterator[Path]:
    for given in part.files:
        path = folder / given
        if path.is_file():
            yield path
            continue
        if path.is_dir():
            fitting = [one for one in path.iterdir() if one.suffix.lower() in SUFFIXES]
        elif set(given) & set("*?["):
            fitting = [one for one in folder.glob(given) if one.suffix.lower() in SUFFIXES]
        else:
            raise InputError(f"photograph '{path}' does not exist: check the path, or give --root")
        if not fitting:
            raise InputError(f"there is no photograph in '{path}': correct 'files', or give --root")
        yield from sorted(fitting)
