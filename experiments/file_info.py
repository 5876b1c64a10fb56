"""What ``codecpipe info`` shows of a ``.cpv`` file, of one part or adaptive."""

import json
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from codecpipe.adaptive.file import AdaptiveFile
from codecpipe.adaptive.gops import gop_ranges
from codecpipe.cpv import CpvFile
from codecpipe.cpv.manifest import printable
from experiments import console


def info_tables(file: CpvFile | AdaptiveFile) -> list[RenderableType]:
    """For a terminal."""
    if isinstance(file, AdaptiveFile):
        return _adaptive_tables(file)
    return console.info_tables(file.manifest, file.container_bytes)


def info_json(file: CpvFile | AdaptiveFile) -> dict[str, Any]:
    """As a document: the manifest, and bytes and rate."""
    of_kind = _adaptive_json(file) if isinstance(file, AdaptiveFile) else _content(file)
    return {
        **of_kind,
        "stream_bytes": file.manifest.stream_bytes,
        "container_bytes": file.container_bytes,
        "rate_kbps": file.manifest.rate_kbps,
    }


def _content(file: CpvFile | AdaptiveFile) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file.manifest.model_dump_json())
    return content


def _adaptive_tables(file: AdaptiveFile) -> list[RenderableType]:
    """Sequence and candidates, the mode of each GOP, and the parts."""
    manifest = file.manifest
    s, layout, codec = manifest.sequence, manifest.layout, manifest.codec
    candidates = ", ".join(mode.label for mode in manifest.modes)
    how = "in the fast way" if layout.fast else "by their true cost"
    lines = [
        f"{s.name}: {s.width}x{s.height}, {s.fps} fps, {s.bit_depth} bit, {s.frames} frames",
        f"{codec.name} {codec.version}, preset {codec.preset}, {layout.config}, coded at"
        f" {codec.bit_depth} bit",
        f"layout adaptive, qp {layout.qp}, GOP {layout.gop or 'endless'}, chosen {how}"
        f" with {manifest.enhancer} among {candidates}",
        f"{manifest.rate_kbps:.3f} kbps, {manifest.stream_bytes} bytes of streams with"
        f" {manifest.signalling_bytes} of signalling, {file.container_bytes} of container",
        *(f"note: {note}" for note in manifest.notes),
    ]
    gops = _table("GOPs", "GOP", "frames", "mode")
    for index, (frames, choice) in enumerate(_gops(file)):
        gops.add_row(str(index), _span(frames.start, len(frames)), manifest.modes[choice].label)
    parts = _table("Parts", "part", "frames", "mode", "streams", "bytes", "kbps")
    for segment, part in zip(manifest.segments, file.parts, strict=True):
        sizes = ", ".join(f"{t.name} {t.width}x{t.height}" for t in part.manifest.streams)
        parts.add_row(
            *(segment.file, _span(segment.first, segment.frames), part.mode, sizes),
            *(str(segment.stream_bytes), f"{part.manifest.rate_kbps:.3f}"),
        )
    return ["\n".join(printable(line, 1000) for line in lines), gops, parts]


def _adaptive_json(file: AdaptiveFile) -> dict[str, Any]:
    """The manifest, the mode of each GOP, and each part's own manifest."""
    modes = file.manifest.modes
    return {
        **_content(file),
        "gops": [
            {"first": frames.start, "frames": len(frames), "mode": modes[choice].label}
            for frames, choice in _gops(file)
        ],
        "parts": [json.loads(part.manifest.model_dump_json()) for part in file.parts],
        "signalling_bytes": file.manifest.signalling_bytes,
    }


def _gops(file: AdaptiveFile) -> list[tuple[range, int]]:
    manifest = file.manifest
    ranges = gop_ranges(manifest.sequence.frames, manifest.layout.gop)
    return list(zip(ranges, file.choices, strict=True))


def _span(first: int, count: int) -> str:
    return f"{first}–{first + count - 1}" if count > 1 else str(first)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for column in columns:
        right = column in ("GOP", "bytes", "kbps")
        table.add_column(column, justify="right" if right else "left", overflow="fold")
    return table
