"""``codecpipe info``: streams, layout and pictures of a ``.cpv`` file."""

import json
from pathlib import Path
from typing import Any

import click

from codecpipe.adaptive.file import AdaptiveFile
from codecpipe.adaptive.gops import gop_ranges
from codecpipe.adaptive.manifest import AdaptiveManifest
from codecpipe.cpv import CpvFile, Manifest
from codecpipe.cpv.archive import printable
from codecpipe.cpv.manifest import CodedPart
from codecpipe.opening import open_cpv
from experiments.commands.console import form_options, show
from experiments.commands.entry import out
from experiments.commands.options import PATH
from experiments.run.columns import frame_columns
from experiments.tables.table import Table, Value, number_columns, plain_rows, text_columns


@click.command("info")
@click.argument("file", type=PATH)
@form_options
def info_command(file: Path, form: str | None) -> None:
    """Show streams, layout and bits per picture of FILE.cpv."""
    with open_cpv(file) as cpv:
        if form is None:
            out.print(info_text(cpv))
        show(info_tables(cpv), form, info_json(cpv))


LEAD_WORDS = {"none": "", "injected": "made by the receiver", "paid": "transmitted"}


def info_text(file: CpvFile | AdaptiveFile) -> str:
    """Lines on sequence, codec, layout and bytes."""
    manifest = file.manifest
    s, codec = manifest.sequence, manifest.codec
    if isinstance(file, AdaptiveFile):
        layout = _adaptive_layout(file.manifest)
        signalling = f" with {file.manifest.signalling_bytes} of signalling"
    else:
        layout, signalling = _layout(file.manifest), ""
    lines = [
        f"{s.name}: {s.width}x{s.height}, {s.fps} fps, {s.bit_depth} bit, {s.frames} frames",
        f"{codec.name} {codec.version}, preset {codec.preset}, {manifest.layout.config}, coded at"
        f" {codec.bit_depth} bit",
        layout,
        f"{manifest.rate_kbps:.3f} kbps, {manifest.stream_bytes} bytes of streams{signalling},"
        f" {file.container_bytes} of container",
        *(f"note: {note}" for note in manifest.notes),
    ]
    return "\n".join(printable(line, 1000) for line in lines)


def info_tables(file: CpvFile | AdaptiveFile) -> list[Table]:
    """Streams and the bits of each picture, or the GOPs and parts of an adaptive file."""
    if isinstance(file, AdaptiveFile):
        return [_gops_table(file), _parts_table(file)]
    return [_streams_table(file.manifest), _frames_table(file.manifest)]


def _streams_table(manifest: Manifest) -> Table:
    rows: list[tuple[Value, ...]] = []
    for stream in manifest.streams:
        share = manifest.rate_kbps * stream.size_bytes / max(1, manifest.stream_bytes)
        leads = f"{len(stream.leads)} {LEAD_WORDS[stream.lead_keys]}" if stream.leads else ""
        words = (stream.name, f"{stream.width}x{stream.height}", stream.config.value)
        pictures = len(stream.frames) - len(stream.leads)
        rows.append((*words, stream.qp, pictures, stream.size_bytes, f"{share:.3f}", leads))
    columns = (
        *text_columns("stream"),
        *number_columns("size", "config", "qp", "pictures", "bytes", "kbps", "LR keys"),
    )
    return Table("Streams", columns, plain_rows(rows))


def _frames_table(manifest: Manifest) -> Table:
    rows = [
        (frame, str(stream), f"{scale:g}", "key" if key else "", str(kind), qp, bits)
        for frame, stream, scale, key, kind, qp, bits in zip(
            *frame_columns(manifest).values(), strict=True
        )
    ]
    columns = number_columns("frame", "stream", "k", "key", "type", "QP", "bits")
    return Table("Frames", columns, plain_rows(rows))


def _layout(manifest: Manifest) -> str:
    layout = manifest.layout
    parts = [f"layout {layout.name}", f"qp {layout.qp}", f"GOP {layout.gop or 'endless'}"]
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


def info_json(file: CpvFile | AdaptiveFile) -> dict[str, Any]:
    """The manifest, and bytes and rate, as a document."""
    return {
        **_content(file),
        **(_adaptive_json(file) if isinstance(file, AdaptiveFile) else {}),
        "stream_bytes": file.manifest.stream_bytes,
        "container_bytes": file.container_bytes,
        "rate_kbps": file.manifest.rate_kbps,
    }


def _content(file: CpvFile | AdaptiveFile | CodedPart) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file.manifest.model_dump_json())
    return content


def _adaptive_layout(manifest: AdaptiveManifest) -> str:
    layout = manifest.layout
    how = "in the fast way" if layout.fast else "by their true cost"
    candidates = ", ".join(mode.label for mode in manifest.modes)
    return (
        f"layout adaptive, qp {layout.qp}, GOP {layout.gop or 'endless'}, chosen {how}"
        f" with {manifest.enhancer} among {candidates}"
    )


def _gops_table(file: AdaptiveFile) -> Table:
    rows = [
        (index, _span(frames.start, len(frames)), file.manifest.modes[choice].label)
        for index, (frames, choice) in enumerate(_gops(file))
    ]
    columns = (*number_columns("GOP"), *text_columns("frames", "mode"))
    return Table("GOPs", columns, plain_rows(rows))


def _parts_table(file: AdaptiveFile) -> Table:
    rows = []
    for segment, part in zip(file.manifest.segments, file.parts, strict=True):
        sizes = ", ".join(f"{t.name} {t.width}x{t.height}" for t in part.manifest.streams)
        words = (segment.file, _span(segment.first, segment.frames), part.mode, sizes)
        rows.append((*words, segment.stream_bytes, f"{part.manifest.rate_kbps:.3f}"))
    words_of = text_columns("part", "frames", "mode", "streams")
    return Table("Parts", (*words_of, *number_columns("bytes", "kbps")), plain_rows(rows))


def _adaptive_json(file: AdaptiveFile) -> dict[str, Any]:
    """The mode of each GOP, and each part's own manifest."""
    modes = file.manifest.modes
    return {
        "gops": [
            {"first": frames.start, "frames": len(frames), "mode": modes[choice].label}
            for frames, choice in _gops(file)
        ],
        "parts": [_content(part) for part in file.parts],
        "signalling_bytes": file.manifest.signalling_bytes,
    }


def _gops(file: AdaptiveFile) -> list[tuple[range, int]]:
    manifest = file.manifest
    ranges = gop_ranges(manifest.sequence.frames, manifest.layout.gop)
    return list(zip(ranges, file.choices, strict=True))


def _span(first: int, count: int) -> str:
    return f"{first}–{first + count - 1}" if count > 1 else str(first)
