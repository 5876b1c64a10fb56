"""What the command line prints: tables for a terminal, documents for ``--json``."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console, RenderableType
from rich.table import Table

import bdrate as bd
from codecpipe.catalogue import SequenceInfo, VerifyRow
from codecpipe.cpv import Manifest
from codecpipe.cpv.manifest import printable
from codecpipe.errors import InputError
from codecpipe.metrics.measure import Measurement
from experiments.bd_row import BDRow, bd_rate_key
from experiments.doctor import Finding
from experiments.part_columns import frame_columns
from experiments.plan import PlannedEncode, PlannedPoint
from experiments.table_view import terminal_rows, view
from experiments.tables import bd_rows, lr_points

MANY_POINTS = 500
LEAD_WORDS = {"none": "", "injected": "made by the receiver", "paid": "transmitted"}


def _table(title: str, *columns: str, left: int = 1) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for at, column in enumerate(columns):
        table.add_column(column, justify="left" if at < left else "right", overflow="fold")
    return table


def info_tables(manifest: Manifest, container_bytes: int) -> list[RenderableType]:
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
    streams = _table(
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
    pictures = _table("Frames", "frame", "stream", "k", "key", "type", "QP", "bits", left=0)
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


def measurement_table(result: Measurement) -> Table:
    """Frames and means of a measurement."""
    table = _table("", "", "all frames")
    for row in result.rows():
        table.add_row(*row)
    return table


def print_plan(console: Console, encodes: Sequence[PlannedEncode]) -> None:
    """The rate points of an experiment, and how many there are.

    A long list comes as plain lines: laying out a table takes longer than planning it.
    """
    points = sum(len(planned.points) for planned in encodes)
    title = f"{points} rate points from {len(encodes)} files"
    columns = ("sequence", "codec", "config", "method", "QP", "frames")
    rows = (_plan_row(planned, point) for planned in encodes for point in planned.points)
    if points > MANY_POINTS:
        console.file.write("\n".join((title, "\t".join(columns), *map("\t".join, rows), "")))
        return
    table = _table(title, *columns, left=4)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _plan_row(planned: PlannedEncode, point: PlannedPoint) -> tuple[str, ...]:
    method = f"{point.method}{' (anchor)' if point.is_anchor else ''}"
    layout, sequence = planned.job.layout, planned.sequence
    named = (sequence.name, planned.codec_label, layout.config.value, method)
    return (*named, str(planned.job.qp), str(sequence.frames))


def bd_tables(points: pd.DataFrame, frames: pd.DataFrame, method: str) -> list[RenderableType]:
    """BD tables: all frames first, then the LR frames alone, each with its notes."""
    parts: list[RenderableType] = []
    rows = bd_rows(points, bd_method=method)
    lr = lr_points(frames, points)
    shown = [(f"all frames ({method})", rows)]
    if not lr.empty:
        lr_rows = bd_rows(lr, bd_method=method, times=False)
        shown.append(("LR frames alone, key frames not counted", lr_rows))
    anchors = ", ".join(sorted(set(points.loc[points["is_anchor"], "method"])))
    for title, table_rows in shown:
        header, lines = terminal_rows(table_rows)
        heads = [head.replace(" ", "\n", 1) for head in header[2:]]
        for (codec, config), group in groupby(lines, key=lambda line: line[:2]):
            table = _table(f"{codec}, {config}: BD against {anchors}, {title}", *heads, left=2)
            table.columns[0].no_wrap = True
            for line in group:
                table.add_row(*line[2:])
            parts.append(table)
        parts.extend(f"  {text}" for text in _interval_lines(table_rows))
        notes = view(table_rows).notes
        parts.extend(f"  {number}) {note}" for number, note in enumerate(notes, 1))
    return parts


def _interval_lines(rows: Sequence[BDRow]) -> list[str]:
    """A line a codec and configuration: the 95 % intervals of BD-rate Y, method by method."""
    key, found = bd_rate_key("psnr_y"), dict[str, list[str]]()
    for row in rows:
        interval = row.cells[key].interval if row.scope == "overall" and key in row.cells else None
        if interval:
            text = f"{row.method} {interval.low:+.2f} … {interval.high:+.2f}"
            found.setdefault(f"{row.codec}, {row.config}", []).append(text)
    head = "95 % interval over sequences, BD-rate Y [%]"
    return [f"{where}: {head}: {'; '.join(texts)}" for where, texts in found.items()]


def comparisons_json(comparisons: Sequence[bd.Comparison]) -> list[dict[str, Any]]:
    """Comparisons as a document: numbers, or the error's name and sentence."""
    document = []
    for comparison in comparisons:
        results: dict[str, Any] = {}
        for metric, result in comparison.results.items():
            if isinstance(result, bd.BDError):
                results[metric] = {"error": result.name, "message": str(result)}
            else:
                results[metric] = asdict(result)
        document.append({"keys": dict(comparison.keys), "results": results})
    return document


def plot_one(anchor: Path, test: Path, metric: str, method: str, plot: Path) -> None:
    """Plot the one curve of each file with the integration area.

    Raises:
        InputError: a file has several curves.
        BDError: they cannot be compared.
    """
    curves: list[bd.RDCurve] = []
    for path in (anchor, test):
        found = bd.read_curves(path, metric)
        if len(found) != 1:
            raise InputError(
                f"'{path}' has {len(found)} curves and a plot shows one:"
                " give files of one sequence and method"
            )
        curves.append(next(iter(found.values())))
    a, b = curves
    bd.plot_comparison(a, b, bd.compare(a, b, method), plot)


def doctor_table(findings: Sequence[Finding]) -> Table:
    """What was found, and what to do."""
    table = _table("", "", "", "found", "what to do", left=4)
    for finding in findings:
        table.add_row("ok" if finding.ok else "--", finding.name, finding.detail, finding.advice)
    return table


def sequences_table(sequences: Iterable[SequenceInfo]) -> Table:
    """Sequences of the catalogues."""
    table = _table("", "sequence", "size", "fps", "bits", "frames", "file")
    for info in sequences:
        table.add_row(
            *(info.qualified_name, f"{info.width}x{info.height}", str(info.fps)),
            *(str(info.bit_depth), str(info.frames), info.file),
        )
    return table


def sequence_json(info: SequenceInfo) -> dict[str, Any]:
    """One sequence as a document."""
    return {
        **{"catalogue": info.catalogue, "class": info.class_name, "name": info.name},
        **{"file": info.file, "width": info.width, "height": info.height, "fps": str(info.fps)},
        **{"bit_depth": info.bit_depth, "frames": info.frames, "chroma": info.chroma.value},
    }


def verify_table(rows: Sequence[VerifyRow]) -> Table:
    """What was found of the sequences."""
    table = _table("", "sequence", "state", "detail", left=3)
    for row in rows:
        table.add_row(row.sequence.qualified_name, row.state.value, row.detail)
    return table


def verify_json(row: VerifyRow) -> dict[str, Any]:
    """One finding as a document."""
    return {
        **sequence_json(row.sequence),
        **{"state": row.state.value, "path": str(row.path) if row.path else None},
        "detail": row.detail,
    }
