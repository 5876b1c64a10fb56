"""``codecpipe info``: streams, layout and pictures of a ``.cpv`` file."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import RenderableType
from rich.table import Table

from codecpipe.adaptive.file import AdaptiveFile
from codecpipe.adaptive.gops import gop_ranges
from codecpipe.cpv import CpvFile, Manifest
from codecpipe.cpv.archive import printable
from codecpipe.opening import open_cpv
from experiments.commands.console import grid
from experiments.commands.entry import out, print_json
from experiments.commands.options import (
    PATH,
)
from experiments.run.columns import frame_columns


@click.command("info")
@click.argument("file", type=PATH)
@click.option("--json", "as_json", is_flag=True)
def info_command(file: Path, as_json: bool) -> None:
    """Show streams, layout and bits per picture of FILE.cpv."""
    with open_cpv(file) as cpv:
        if as_json:
            print_json(info_json(cpv))
            return
        for part in info_tables(cpv):
            out.print(part)


LEAD_WORDS = {"none": "", "injected": "made by the receiver", "paid": "transmitted"}


def part_tables(manifest: Manifest, container_bytes: int) -> list[RenderableType]:
    """Sequence and layout, streams, and bits of each picture."""
    s, layout, codec = manifest.sequence, manifest.layout, manifest.codec
    lines = [
        f"{s.name}: {s.width}x{s.height}, {s.fps} fps, {s.bit_depth} bit, {s.frames} frames",
        f"{codec.name} {codec.version}, preset {codec.preset}, {layout.config}, coded at"
        f" {codec.bit_depth} bit",
        f"layout {layout.name}, qp {layout.qp}, {_layout_options(manifest)}",
        f"{manifest.rate_kbps:.3f} kbps, {manifest.stream_bytes} bytes of streams,"
        f" {container_bytes} of container",
        *(f"note: {note}" for note in manifest.notes),
    ]
    text = "\n".join(printable(line, 1000) for line in lines)
    streams = grid(
        "Streams",
        *("stream", "size", "config", "qp", "pictures", "bytes", "kbps", "LR keys"),
    )
    for stream in manifest.streams:
        share = manifest.rate_kbps * stream.size_bytes / max(1, manifest.stream_bytes)
        leads = f"{len(stream.leads)} {LEAD_WORDS[stream.lead_keys]}" if stream.leads else ""
        streams.add_row(
            *(stream.name, f"{stream.width}x{stream.height}", stream.config.value),
            *(str(stream.qp), str(len(stream.frames) - len(stream.leads))),
            *(str(stream.size_bytes), f"{share:.3f}", leads),
        )
    pictures = grid("Frames", "frame", "stream", "k", "key", "type", "QP", "bits", left=0)
    columns = frame_columns(manifest)
    for row in zip(*columns.values(), strict=True):
        frame, stream_name, scale, key, kind, qp, bits = row
        pictures.add_row(
            *(str(frame), str(stream_name), f"{scale:g}", "key" if key else ""),
            *(str(kind), str(qp), str(bits)),
        )
    return [text, streams, pictures]


def _layout_options(manifest: Manifest) -> str:
    layout = manifest.layout
    parts = [f"GOP {layout.gop or 'endless'}"]
    if manifest.resample is not None:
        r = manifest.resample
        parts.append(f"k = {layout.scale}")
        parts += [f"boundaries k = {layout.boundary_scale}"] if layout.boundary_scale != "1" else []
        parts += [f"delta-qp {layout.delta_qp}", f"{r.kernel.value} down"]
        if (r.padded_width, r.padded_height) != (manifest.sequence.width, manifest.sequence.height):
            parts.append(f"padded to {r.padded_width}x{r.padded_height}")
    if layout.name == "tds":
        shared = "shared" if layout.shared_boundary else "separate"
        parts.append(f"N = {layout.group}, {shared} boundaries")
    return ", ".join(parts)


def info_tables(file: CpvFile | AdaptiveFile) -> list[RenderableType]:
    """For a terminal."""
    if isinstance(file, AdaptiveFile):
        return _adaptive_tables(file)
    return part_tables(file.manifest, file.container_bytes)


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
