"""Reading ``.cpv`` files without trusting them."""

from __future__ import annotations

from pathlib import Path

from codecpipe.cpv.archive import Archive
from codecpipe.cpv.manifest import CodedPart, Manifest
from codecpipe.cpv.records import VERSION, StreamRecord


class CpvFile:
    """An opened ``.cpv`` file: its manifest, checked, and its streams, on demand.

    The `archive` is the opened file, where it is part of another; it is closed with this one.

    Raises:
        InputError: the file cannot be read.
        FileFormatError: it is truncated, altered, of a later version, or not a ``.cpv`` file.
    """

    def __init__(self, path: Path, archive: Archive | None = None) -> None:
        self.path = path
        self._archive = archive or Archive(path)
        try:
            self.manifest = self._archive.manifest(Manifest, VERSION)
            self._archive.check_entries({s.file: s.size_bytes for s in self.manifest.streams})
        except BaseException:
            self._archive.close()
            raise

    def __enter__(self) -> CpvFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._archive.close()

    @property
    def container_bytes(self) -> int:
        """Bytes of the file that are not of an elementary stream."""
        return self._archive.size_bytes - self.manifest.stream_bytes

    @property
    def parts(self) -> tuple[CodedPart, ...]:
        """The one part that it consists of."""
        return (CodedPart(0, self.manifest.layout.name, self.manifest),)

    def extract(self, stream: StreamRecord, out: Path) -> None:
        """Copy one stream to ``out``, a path of the caller's own; its CRC is checked."""
        self._archive.extract(stream.file, out)
