"""A small good ``.cpv`` file, and archives like it with other content."""

import io
import json
import zipfile

import pytest

from codecpipe.cpv import CpvFile, Manifest
from codecpipe.errors import FileFormatError

MD5 = "0123456789abcdef" * 2


def record(name, side, frames, leads, sizes):
    return {
        "name": name, "file": f"{name}.hevc", "scale": "1" if name == "hr" else "2",
        "width": side, "height": side, "config": "LDP", "qp": 37, "intra_period": 0,
        "frames": frames, "leads": leads, "lead_keys": "injected" if leads else "none",
        "coded": [[at, "P", 37, size] for at, size in enumerate(sizes)],
        "md5": [MD5] * len(frames), "command": "encoder",
    }  # fmt: skip


CONTENT = {
    "format": "codecpipe", "version": 1,
    "sequence": {"name": "clip", "width": 64, "height": 64, "fps": "25", "bit_depth": 8,
                 "frames": 3},
    "layout": {"name": "crs", "config": "LDP", "qp": 37, "delta_qp": 5, "scale": "2", "gop": 0,
               "group": 5, "shared_boundary": False},
    "resample": {"kernel": "bicubic", "padded_width": 64, "padded_height": 64, "lr_width": 32,
                 "lr_height": 32},
    "codec": {"name": "x265", "version": "4.1", "ffmpeg": "9.0", "preset": "", "extra": [],
              "threads": 1, "bit_depth": 8},
    "streams": [record("hr", 64, [0], [], [700]), record("lr", 32, [0, 1, 2], [0], [9, 50, 60])],
    "enhancer": None, "notes": [],
}  # fmt: skip
MANIFEST = Manifest.model_validate(CONTENT)
STREAMS = {"hr.hevc": bytes(range(250)) * 2 + bytes(200), "lr.hevc": bytes(range(110, 0, -1))}


def read(path, out):
    """Manifest and streams, or the error of ours; any other error fails the test."""
    with CpvFile(path) as file:
        streams = {}
        for stream in file.manifest.streams:
            file.extract(stream, out)
            streams[stream.file] = out.read_bytes()
        return file.manifest, streams


def archive(entries, method=zipfile.ZIP_STORED):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as out:
        for name, content in entries:
            out.writestr(name, content)
    return data.getvalue()


def with_manifest(content):
    text = content if isinstance(content, str | bytes) else json.dumps(content)
    return archive([("manifest.json", text), *STREAMS.items()])


def refusal(path, kind=FileFormatError):
    with pytest.raises(kind) as caught:
        CpvFile(path)
    said = str(caught.value)
    assert "\n" not in said
    assert str(path) in said
    return said
