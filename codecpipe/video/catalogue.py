"""Catalogues of test sequences: what the common test conditions (CTC) say, and which are here.

A catalogue is a YAML file: ``catalogue`` (its name) and ``sequences`` (a list of entries with
``name``, ``class``, ``file``, ``width``, ``height``, ``fps``, ``bit_depth``, ``frames`` and, where
needed, ``chroma`` and ``aliases``). The built-in ones are in the folder ``catalogues``.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, model_validator

from codecpipe.errors import InputError
from codecpipe.format import Chroma, VideoFormat
from codecpipe.video.filename import base_name, frame_rate, parse_filename
from codecpipe.yaml_file import Part, read_model

BUILTIN = ("jvet_ctc", "hevc_ctc")
VIDEO_SUFFIXES = (".yuv", ".y4m")


@dataclass(frozen=True)
class SequenceInfo:
    """One test sequence: size in luma samples, frames per second, bits per sample."""

    name: str
    class_name: str
    file: str
    """The usual file name."""
    width: int
    height: int
    fps: Fraction
    bit_depth: int
    frames: int
    """The number of frames that the CTC codes."""
    chroma: Chroma = Chroma.YUV420
    catalogue: str = ""
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _ = self.format  # raises InputError where the numbers do not fit together

    @property
    def qualified_name(self) -> str:
        """``catalogue/class/name``, such as ``hevc_ctc/C/RaceHorses``."""
        return f"{self.catalogue}/{self.class_name}/{self.name}"

    @property
    def format(self) -> VideoFormat:
        """Size, bit depth and chroma format of the raw file."""
        return VideoFormat(self.width, self.height, bit_depth=self.bit_depth, chroma=self.chroma)

    @property
    def known_as(self) -> set[str]:
        """Name and aliases, case folded."""
        return {name.casefold() for name in (self.name, *self.aliases)}


@dataclass(frozen=True)
class Catalogue:
    """Sequences in layers: where a name or a file is in several, the first layer is taken."""

    layers: tuple[tuple[SequenceInfo, ...], ...]

    def __iter__(self) -> Iterator[SequenceInfo]:
        return (sequence for layer in self.layers for sequence in layer)

    def merged(self, other: Catalogue) -> Catalogue:
        """Both catalogues together; ``other`` (the user's) wins wherever both know a sequence."""
        theirs = {s.qualified_name for s in other}
        ours = [tuple(s for s in layer if s.qualified_name not in theirs) for layer in self.layers]
        return Catalogue((*other.layers, *ours))

    def find(self, name_or_file: str) -> SequenceInfo | None:
        """The sequence of a name, qualified name or file name (or path); None if there is none.

        Tried in this order, regardless of case: ``hevc_ctc/C/RaceHorses`` or ``C/RaceHorses``; the
        usual file name, as ``.yuv``, ``.y4m`` or without extension; the name or an alias; a file
        name that begins with one of these and contradicts the entry in nothing that it says of the
        format. The same video in several catalogues is no ambiguity: the first is taken. Raises
        InputError when different sequences fit, such as the RaceHorses of classes C and D.
        """
        wanted = name_or_file.casefold()
        stem = _stem(wanted)
        # A wrong "hevc_ctc/F/Cactus" must not pass for the Cactus of another class.
        is_name = "/" not in wanted or wanted.endswith(VIDEO_SUFFIXES)
        start = base_name(name_or_file).casefold()
        said = {fact: v for fact, v in vars(parse_filename(name_or_file)).items() if v}
        tests: tuple[Callable[[SequenceInfo], bool], ...] = (
            lambda s: s.qualified_name.casefold() == wanted,
            lambda s: f"{s.class_name}/{s.name}".casefold() == wanted,
            lambda s: _stem(s.file) == stem,
            lambda s: is_name and stem in s.known_as,
            lambda s: is_name and start in s.known_as and said.items() <= vars(s).items(),
        )
        for test in tests:
            for layer in self.layers:
                if found := [sequence for sequence in layer if test(sequence)]:
                    return _only(found, name_or_file)
        return None


def _only(found: list[SequenceInfo], asked: str) -> SequenceInfo:
    if len({replace(sequence, catalogue="", aliases=()) for sequence in found}) > 1:
        choices = ", ".join(sequence.qualified_name for sequence in found)
        raise InputError(f"{asked!r} may be any of {choices}: name one of these")
    return found[0]


def _stem(file: str) -> str:
    name = Path(file).name.casefold()
    return name[:-4] if name.endswith(VIDEO_SUFFIXES) else name


def _plain(text: str) -> str:
    if re.search(r"[/\\]", text):
        raise ValueError("it contains a slash: give a plain name, without folders")
    return text


_Text = Annotated[str, Field(min_length=1), AfterValidator(_plain)]
_Count = Annotated[int, Field(strict=True, gt=0)]


class _Entry(Part, coerce_numbers_to_str=True):
    name: _Text
    class_name: Annotated[_Text, Field(alias="class")]
    file: _Text
    width: _Count
    height: _Count
    fps: Annotated[Fraction, PlainValidator(frame_rate)]
    bit_depth: _Count
    frames: _Count
    chroma: Annotated[Chroma, BeforeValidator(str)] = Chroma.YUV420
    aliases: tuple[_Text, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        VideoFormat(self.width, self.height, bit_depth=self.bit_depth, chroma=self.chroma)
        return self


class _File(Part, coerce_numbers_to_str=True):
    catalogue: _Text | None = None
    sequences: Annotated[tuple[_Entry, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        seen: set[str] = set()
        for entry in self.sequences:
            name = f"{entry.class_name}/{entry.name}"
            if name.casefold() in seen:
                raise ValueError(f"two sequences are called '{name}': rename one of them")
            seen.add(name.casefold())
        return self


def load_catalogue(path: str | Path) -> Catalogue:
    """A user's own catalogue from a YAML file, whose stem is its name unless it says another.

    Raises:
        InputError: the file cannot be read or does not fit; the message names the entry.
    """
    path = Path(path)
    file = read_model(path, _File, "a catalogue")
    name = file.catalogue or path.stem
    return Catalogue((tuple(SequenceInfo(catalogue=name, **dict(e)) for e in file.sequences),))


@cache
def load_builtin() -> Catalogue:
    """The catalogues that come with codecpipe: ``jvet_ctc`` first, then ``hevc_ctc``."""
    paths = [Path(__file__).parent / "catalogues" / f"{name}.yaml" for name in BUILTIN]
    return Catalogue((tuple(s for path in paths for s in load_catalogue(path)),))


class FileState(StrEnum):
    """Whether a sequence's file is there and holds what the catalogue says."""

    OK = "ok"
    MISSING = "missing"
    WRONG_SIZE = "wrong-size"


@dataclass(frozen=True)
class VerifyRow:
    """The state of one sequence's file."""

    sequence: SequenceInfo
    state: FileState
    path: Path | None
    detail: str
    """A sentence for the user."""


def verify(catalogue: Catalogue, root: str | Path) -> list[VerifyRow]:
    """Looks under ``root``, folders below it included, for every sequence's file or y4m twin.

    Only sizes and first lines are read. Of several copies a good one is preferred. Raises
    InputError if ``root`` is not a folder.
    """
    root = Path(root)
    if not root.is_dir():
        raise InputError(f"{root} is not a folder: give the one that holds the sequences")
    files = _files_by_name(root)
    rows = []
    for sequence in catalogue:
        twins = (f"{_stem(sequence.file)}{suffix}" for suffix in VIDEO_SUFFIXES)
        names = dict.fromkeys((sequence.file.casefold(), *twins))
        checked = [_check(sequence, path) for name in names for path in sorted(files[name])]
        absent = f"{sequence.file} is not under {root}."
        missing = VerifyRow(sequence, FileState.MISSING, path=None, detail=absent)
        rows.append(min(checked, key=lambda row: row.state is not FileState.OK, default=missing))
    return rows


def _files_by_name(root: Path) -> defaultdict[str, list[Path]]:
    found: defaultdict[str, list[Path]] = defaultdict(list)
    walked = set()
    for folder, folders, names in os.walk(root, followlinks=True):
        if (here := os.path.realpath(folder)) in walked:  # a link that leads back up
            folders.clear()
            continue
        walked.add(here)
        for name in names:
            found[name.casefold()].append(Path(folder, name))
    return found


def _check(sequence: SequenceInfo, path: Path) -> VerifyRow:
    try:
        check = _check_y4m if path.suffix.lower() == ".y4m" else _check_raw
        fits, detail = check(sequence, path)
        state = FileState.OK if fits else FileState.WRONG_SIZE
    except OSError as error:
        state, detail = FileState.MISSING, f"It cannot be read: {error.strerror}."
    return VerifyRow(sequence=sequence, state=state, path=path, detail=detail)


def _check_raw(sequence: SequenceInfo, path: Path) -> tuple[bool, str]:
    size = path.stat().st_size
    frames, rest = divmod(size, sequence.format.frame_bytes)
    kind = f"{sequence.format.size} {sequence.format.pix_fmt}"
    if rest:
        return False, f"{size} bytes are not a whole number of frames of {kind}."
    detail = f"It has {frames} frames of {kind}; {sequence.frames} are asked for."
    return frames >= sequence.frames, detail


def _check_y4m(sequence: SequenceInfo, path: Path) -> tuple[bool, str]:
    with path.open("rb") as stream:
        words = stream.readline(1024).decode("ascii", "replace").split()
    if words[:1] != ["YUV4MPEG2"]:
        return False, "It does not begin as a y4m file does."
    said = {word[0]: word[1:] for word in words[1:]}
    size = f"{said.get('W', '?')}x{said.get('H', '?')}"
    detail = f"Its header says {size}, the catalogue {sequence.format.size}; frames not counted."
    return size == sequence.format.size, detail
