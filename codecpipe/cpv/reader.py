"""Reading ``.cpv`` files without trusting them."""

import json
import struct
import zipfile
import zlib
from pathlib import Path
from types import TracebackType

from pydantic import ValidationError

from codecpipe.cpv.manifest import (
    FORMAT,
    VERSION,
    Manifest,
    StreamRecord,
    first_complaint,
    printable,
)
from codecpipe.cpv.writer import MANIFEST
from codecpipe.errors import FileFormatError, InputError

MAX_MANIFEST_BYTES = 1 << 30

_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,  # of a file name, of JSON
    OverflowError,
    RuntimeError,  # "encrypted", "nested too deeply", a feature that zipfile does not have
)
"""What `zipfile` and `json` raise for a damaged file. Errors of the system's are none of them."""


class CpvFile:
    """An opened ``.cpv`` file: its manifest, checked, and its streams, on demand.

    Raises:
        InputError: the file cannot be read.
        FileFormatError: it is truncated, altered, of a later version, or not a ``.cpv`` file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except OSError as error:
            raise InputError(f"'{path}' cannot be read ({error.strerror})") from error
        except _ZIP_ERRORS as error:
            raise FileFormatError(
                f"'{path}' is not a whole .cpv file: it is cut off or something else;"
                " copy or encode it again"
            ) from error
        try:
            self.manifest = self._read_manifest()
            self._check_entries()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> "CpvFile":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    @property
    def container_bytes(self) -> int:
        """Bytes of the file that are not of an elementary stream."""
        return self.path.stat().st_size - self.manifest.stream_bytes

    def _read_manifest(self) -> Manifest:
        try:
            entry = self._zip.getinfo(MANIFEST)
        except KeyError as error:
            raise FileFormatError(
                f"'{self.path}' is a ZIP archive without {MANIFEST}: it is not a .cpv file"
            ) from error
        if entry.file_size > MAX_MANIFEST_BYTES or entry.compress_type != zipfile.ZIP_STORED:
            raise self._altered("its manifest is not stored as codecpipe stores it")
        try:
            content = json.loads(self._zip.read(entry))
        except (*_ZIP_ERRORS, OSError) as error:
            raise self._altered("its manifest cannot be read") from error
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise FileFormatError(f"'{self.path}' is not a .cpv file: its manifest is another's")
        version = content.get("version")
        if not isinstance(version, int) or version > VERSION:
            raise FileFormatError(
                f"'{self.path}' has format version {version} and this codecpipe reads up to"
                f" {VERSION}: update codecpipe"
            )
        try:
            return Manifest.model_validate(content)
        except ValidationError as error:
            raise self._altered(first_complaint(str(error))) from error

    def _check_entries(self) -> None:
        names = sorted(info.filename for info in self._zip.infolist())
        due = sorted([MANIFEST, *(stream.file for stream in self.manifest.streams)])
        if names != due:
            held = printable(", ".join(names))
            raise self._altered(f"it holds {held} where {', '.join(due)} are due")
        for stream in self.manifest.streams:
            info = self._zip.getinfo(stream.file)
            if info.compress_type != zipfile.ZIP_STORED or info.file_size != stream.size_bytes:
                raise self._altered(f"{stream.file} has not the size that the manifest gives")

    def _altered(self, what: str) -> FileFormatError:
        return FileFormatError(
            f"'{self.path}' was altered or damaged ({what}): copy or encode it again"
        )

    def extract(self, stream: StreamRecord, out: Path) -> None:
        """Copy one stream to ``out``, a path of the caller's own; its CRC is checked.

        Raises:
            FileFormatError: the CRC differs.
        """
        try:
            with self._zip.open(stream.file) as entry, out.open("wb") as file:
                while block := entry.read(1 << 20):
                    file.write(block)
        except _ZIP_ERRORS as error:
            raise self._altered(f"{stream.file} fails its checksum") from error
