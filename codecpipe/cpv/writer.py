"""Writing ``.cpv`` files: whole or not at all, the same bytes for the same content."""

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

from codecpipe.cpv.manifest import Manifest

MANIFEST = "manifest.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_cpv(path: Path, manifest: Manifest, streams: Mapping[str, Path]) -> int:
    """Write the file beside its place and move it there when it is whole; its size in bytes.

    ``streams`` maps entry names to files.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            text = manifest.model_dump_json()
            archive.writestr(zipfile.ZipInfo(MANIFEST, _EPOCH), text)
            for stream in manifest.streams:
                entry = zipfile.ZipInfo(stream.file, _EPOCH)
                source = streams[stream.file]
                entry.file_size = source.stat().st_size
                with archive.open(entry, "w") as out, source.open("rb") as file:
                    while block := file.read(1 << 20):
                        out.write(block)
        os.replace(part, path)  # noqa: PTH105
    finally:
        part.unlink(missing_ok=True)
    return path.stat().st_size
