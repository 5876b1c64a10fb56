"""Catalogues of a user's own, written for tests."""

from pathlib import Path

from codecpipe.video.catalogue import Catalogue, SequenceInfo, load_builtin, load_catalogue

BUILTIN = load_builtin()
ENTRY = {
    "name": "Own",
    "class": "X",
    "file": "Own_64x32_25.yuv",
    "width": "64",
    "height": "32",
    "fps": "25",
    "bit_depth": "8",
    "frames": "3",
}


def written(tmp_path: Path, *entries: dict[str, str], head: str = "catalogue: mine") -> Path:
    path = tmp_path / "mine.yaml"
    lines = ["{" + ", ".join(f"{k}: {v}" for k, v in entry.items()) + "}" for entry in entries]
    path.write_text(head + "\nsequences:\n" + "".join(f"  - {line}\n" for line in lines))
    return path


def own(tmp_path: Path) -> Catalogue:
    return load_catalogue(written(tmp_path, ENTRY))


def get(qualified_name: str) -> SequenceInfo:
    (sequence,) = (s for s in BUILTIN if s.qualified_name == qualified_name)
    return sequence
