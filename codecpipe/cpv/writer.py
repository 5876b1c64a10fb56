"""Writing ``.cpv`` files: whole or not at all, the same bytes for the same content."""

import os
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

from codecpipe.cpv.manifest import Manifest

MANIFEST = "manifest.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_cpv(path: Path, manifest: Manifest, streams: Mapping[str, Path]) -> int:
    """Write the file, whole or not at all, and return its size in bytes.

    The map `streams` gives the file of each entry.
    """
    files = {stream.file: streams[stream.file] for stream in manifest.streams}
    return write_archive(path, manifest.model_dump_json(), files)


def write_archive(path: Path, manifest: str, entries: Mapping[str, Path | bytes]) -> int:
    """Write the manifest and the entries, files or bytes, in their order; the size in bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(zipfile.ZipInfo(MANIFEST, _EPOCH), manifest)
            for name, content in entries.items():
                entry = zipfile.ZipInfo(name, _EPOCH)
                if isinstance(content, bytes):
                    archive.writestr(entry, content)
                    continue
                entry.file_size = content.stat().st_size
                with archive.open(entry, "w") as out, content.open("rb") as file:
                    shutil.copyfileobj(file, out, 1 << 20)
        os.replace(part, path)  # noqa: PTH105
    finally:
        part.unlink(missing_ok=True)
    return path.stat().st_size
