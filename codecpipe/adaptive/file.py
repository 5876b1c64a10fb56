"""Writing and reading adaptive ``.cpv`` files: an archive of ordinary ones, not trusted either."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from codecpipe.adaptive.gops import pack, unpack
from codecpipe.adaptive.manifest import ADAPTIVE_VERSION, CHOICES, AdaptiveManifest
from codecpipe.cpv.archive import Archive
from codecpipe.cpv.manifest import CodedPart
from codecpipe.cpv.reader import CpvFile
from codecpipe.cpv.writer import write_archive


def write_adaptive(
    path: Path, manifest: AdaptiveManifest, choices: Sequence[int], parts: Sequence[Path]
) -> int:
    """Write the file, whole or not at all, and return its size in bytes.

    There is one file in `parts` for each segment.
    """
    entries: dict[str, Path | bytes] = {CHOICES: pack(choices, len(manifest.modes))}
    entries |= {s.file: part for s, part in zip(manifest.segments, parts, strict=True)}
    return write_archive(path, manifest.model_dump_json(), entries)


class AdaptiveFile:
    """An opened adaptive file: its manifest and choices and all its parts' manifests, checked.

    The `archive` is the opened file, if it is open already; it is closed with this one.

    Raises:
        InputError: the file cannot be read.
        FileFormatError: it is truncated, altered, of another version, or its parts do not agree.
    """

    def __init__(self, path: Path, archive: Archive | None = None) -> None:
        self.path = path
        self._archive = archive or Archive(path)
        try:
            self.manifest = self._archive.manifest(AdaptiveManifest, ADAPTIVE_VERSION)
            sizes: dict[str, int | None] = {s.file: None for s in self.manifest.segments}
            sizes[CHOICES] = self.manifest.signalling_bytes
            self._archive.check_entries(sizes)
            self.choices = self._read_choices()
            self.parts = tuple(map(self._read_part, range(len(self.manifest.segments))))
        except BaseException:
            self._archive.close()
            raise

    def __enter__(self) -> AdaptiveFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._archive.close()

    @cached_property
    def container_bytes(self) -> int:
        """Bytes of the file that do not count in the rate."""
        return self._archive.size_bytes - self.manifest.stream_bytes

    def part(self, index: int) -> CpvFile:
        """A part as an opened file of its own."""
        segment = self.manifest.segments[index]
        inner = self._archive.inner(segment.file)
        return CpvFile(inner.path, inner)  # which closes it where it is refused

    def _read_choices(self) -> tuple[int, ...]:
        manifest = self.manifest
        try:
            choices = unpack(self._archive.read(CHOICES), manifest.gops, len(manifest.modes))
            manifest.check_choices(choices)
        except ValueError as error:
            raise self._archive.altered(str(error)) from error
        return choices

    def _read_part(self, index: int) -> CodedPart:
        segment = self.manifest.segments[index]
        with self.part(index) as file:
            try:
                self.manifest.check_part(segment, file.manifest)
            except ValueError as error:
                raise self._archive.altered(str(error)) from error
            mode = self.manifest.modes[segment.mode]
            return CodedPart(segment.first, mode.label, file.manifest)
