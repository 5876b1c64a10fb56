"""The ZIP archive that a ``.cpv`` file is, opened without trusting it."""

from __future__ import annotations

import json
import os
import shutil
import struct
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, TypeVar

from pydantic import BaseModel, ValidationError

from codecpipe.cpv.records import FORMAT
from codecpipe.cpv.writer import MANIFEST
from codecpipe.errors import FileFormatError, InputError
from codecpipe.yaml_file import refused

M = TypeVar("M", bound=BaseModel)
MAX_MANIFEST_BYTES = 1 << 30
_END_MARK, _END_BYTES = b"PK\x05\x06", 22
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,  # of a file name, of JSON
    OverflowError,
    RuntimeError,  # "encrypted", "nested too deeply", a feature that zipfile does not have
)
"""The errors of `zipfile` and `json` for a damaged file; none of them is the system's."""


class Archive:
    """An opened archive of stored entries, the manifest among them.

    Where it is part of another archive, `file` is its content, and `path` only names it in
    messages.

    Raises:
        InputError: the file cannot be read.
        FileFormatError: it is no whole ZIP archive; methods raise it where the content is not due.
    """

    def __init__(self, path: Path, file: IO[bytes] | None = None, size: int = 0) -> None:
        self.path = path
        self._file, self._size = file, size
        with ExitStack() as stack:
            try:
                self._zip = stack.enter_context(zipfile.ZipFile(file or path))
                whole = self._is_alone()
            except OSError as error:
                raise InputError(f"'{path}' cannot be read ({error.strerror})") from error
            except _ZIP_ERRORS as error:
                raise self._not_whole() from error
            if not whole:
                raise self._not_whole()
            stack.pop_all()

    def _is_alone(self) -> bool:
        """Whether there is nothing before the first entry and nothing after the directory.

        `zipfile` would find an archive anywhere in a file: in one that was cut off within a part,
        the part before.
        """
        file = self._zip.fp
        assert file is not None
        file.seek(-_END_BYTES, os.SEEK_END)
        end = file.read(_END_BYTES)
        starts = [info.header_offset for info in self._zip.infolist()]
        return end[:4] == _END_MARK and end[-2:] == bytes(2) and min(starts, default=0) == 0

    def _not_whole(self) -> FileFormatError:
        return FileFormatError(
            f"'{self.path}' is not a whole .cpv file: it is cut off or something else;"
            " copy or encode it again"
        )

    def close(self) -> None:
        """Give the file back."""
        self._zip.close()
        if self._file:
            self._file.close()

    @property
    def size_bytes(self) -> int:
        """Bytes of the whole archive."""
        return self._size if self._file else self.path.stat().st_size

    def content(self, latest: int) -> dict[str, Any]:
        """The manifest as it stands there, of a version up to `latest`; all else is unchecked."""
        try:
            entry = self._zip.getinfo(MANIFEST)
        except KeyError as error:
            raise FileFormatError(
                f"'{self.path}' is a ZIP archive without {MANIFEST}: it is not a .cpv file"
            ) from error
        if entry.file_size > MAX_MANIFEST_BYTES or entry.compress_type != zipfile.ZIP_STORED:
            raise self.altered("its manifest is not stored as codecpipe stores it")
        try:
            content = json.loads(self._zip.read(entry))
        except (*_ZIP_ERRORS, OSError) as error:
            raise self.altered("its manifest cannot be read") from error
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise FileFormatError(f"'{self.path}' is not a .cpv file: its manifest is another's")
        version = content.get("version")
        if not isinstance(version, int) or version > latest:
            raise FileFormatError(
                f"'{self.path}' has format version {version} and this codecpipe reads up to"
                f" {latest}: update codecpipe"
            )
        return content

    def manifest(self, model: type[M], latest: int) -> M:
        """The manifest as `model`; see `content` for `latest`."""
        content = self.content(latest)
        try:
            return model.model_validate(content)
        except ValidationError as error:
            entry, first = refused(error, content)
            raise self.altered(printable(f"{entry}: {first['msg']}".removeprefix(": "))) from error

    def check_entries(self, due: Mapping[str, int | None]) -> None:
        """Refuse entries that are not the manifest or not due: missing, too many, packed.

        The sizes of those that are `due` are in bytes, None for any size.
        """
        names = sorted(info.filename for info in self._zip.infolist())
        expected = sorted([MANIFEST, *due])
        if names != expected:
            found = printable(", ".join(names))
            raise self.altered(f"it holds {found} where {printable(', '.join(expected))} are due")
        for name, size in due.items():
            info = self._zip.getinfo(name)
            wrong = size is not None and info.file_size != size
            if info.compress_type != zipfile.ZIP_STORED or wrong:
                raise self.altered(f"{name} has not the size that the manifest gives")

    def read(self, name: str) -> bytes:
        """A checked entry as a whole; its CRC is checked."""
        try:
            return self._zip.read(name)
        except _ZIP_ERRORS as error:
            raise self.altered(f"{name} fails its checksum") from error

    def extract(self, name: str, out: Path) -> None:
        """Copy a checked entry to ``out``, a path of the caller's own; its CRC is checked."""
        try:
            with self._zip.open(name) as entry, out.open("wb") as file:
                shutil.copyfileobj(entry, file, 1 << 20)
        except _ZIP_ERRORS as error:
            raise self.altered(f"{name} fails its checksum") from error

    def inner(self, name: str) -> Archive:
        """The archive that a checked entry is; it is to be closed by itself."""
        try:
            file = self._zip.open(name)
        except _ZIP_ERRORS as error:
            raise self.altered(f"{name} cannot be opened") from error
        try:
            return Archive(self.path / name, file, self._zip.getinfo(name).file_size)
        except BaseException:
            file.close()
            raise

    def altered(self, what: str) -> FileFormatError:
        """The error for a file that is not as it was written."""
        return FileFormatError(
            f"'{self.path}' was altered or damaged ({what}): copy or encode it again"
        )


def printable(text: str, limit: int = 200) -> str:
    """Text out of a file for one line of a terminal: short, without control characters."""
    return "".join(c if c.isprintable() else "?" for c in text[:limit])
