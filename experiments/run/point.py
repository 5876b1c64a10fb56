"""Computing one encode's rate points: write the file, read it back, decode, restore, measure."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from codecpipe.adaptive.encode import AdaptiveEncoded, encode_adaptive
from codecpipe.codec import Codec
from codecpipe.cpv.manifest import CodedPart
from codecpipe.encoding import Encoded, encode, encode_shared
from codecpipe.enhancer import Enhancer, restored
from codecpipe.errors import ToolError
from codecpipe.format import Frame, VideoFormat
from codecpipe.metrics.catalogue import filter_metrics
from codecpipe.metrics.external import external_metrics
from codecpipe.metrics.psnr import common_format, psnr_frames, sequence_psnr
from codecpipe.opening import AnyManifest, open_decoder
from codecpipe.programs.process import Limits
from codecpipe.programs.times import Times
from experiments.plan.adaptive import mixed_settings
from experiments.plan.encodes import PlannedEncode, PlannedPoint
from experiments.plan.sharing import SharedStream
from experiments.run.columns import part_columns
from experiments.run.store import RunFolder
from experiments.run.streams import store_of
from experiments.run.weights import check_weights, shown_enhancer

CodecOf = Callable[[str], Codec]


EnhancerOf = Callable[[str], Enhancer]


def encode_one(
    planned: PlannedEncode,
    folder: RunFolder,
    codec_of: CodecOf,
    enhancer_of: EnhancerOf,
    limits: Limits,
) -> None:
    """Write an encode's file, unless it is in the run folder.

    ``enhancer_of``: for layout adaptive, which chooses by what is restored.

    Raises:
        CodecpipeError: any of the pipeline's.
    """
    if folder.times(planned.key) is not None:
        return
    done = _encode(planned, folder, codec_of, enhancer_of, limits)
    for stream, said in done.logs.items():
        if said.strip():
            folder.put_log(f"{_file_name(planned)}-{stream}", said)
    folder.put_times(planned.key, {"cpu_s": done.times.cpu_s, "wall_s": done.times.wall_s})


def _encode(
    planned: PlannedEncode,
    folder: RunFolder,
    codec_of: CodecOf,
    enhancer_of: EnhancerOf,
    limits: Limits,
) -> Encoded | AdaptiveEncoded:
    source, codec, out = planned.sequence.source, codec_of(planned.codec), folder.cpv(planned.key)
    store, work_dir = store_of(planned, folder.stream_dir), folder.work_dir
    if planned.adaptive is None:
        job = planned.job
        return encode(source, codec, job, out, work_dir=work_dir, limits=limits, store=store)
    adaptive = planned.adaptive
    point = planned.points[0]
    check_weights(planned, point)
    enhancer = enhancer_of(point.enhancer)
    return encode_adaptive(
        *(source, codec, adaptive, enhancer, out), work_dir=work_dir, limits=limits, store=store
    )


def code_shared(shared: SharedStream, folder: RunFolder, codec_of: CodecOf, limits: Limits) -> None:
    """Code a stream that several encodes have in common, unless it is in the run folder.

    Raises:
        CodecpipeError: any of the pipeline's.
    """
    planned = shared.planned
    store = store_of(planned, folder.stream_dir)
    assert store is not None
    if store.get(shared.key) is None:
        source, codec = planned.sequence.source, codec_of(planned.codec)
        name, work_dir = [shared.stream], folder.work_dir
        encode_shared(source, codec, planned.job, name, store, work_dir=work_dir, limits=limits)


def measure_one(
    planned: PlannedEncode,
    point: PlannedPoint,
    folder: RunFolder,
    codec_of: CodecOf,
    enhancer_of: EnhancerOf,
    metrics: tuple[str, ...],
    limits: Limits,
) -> None:
    """Decode, restore and measure one point of a finished encode, unless it is in the run folder.

    Raises:
        CodecpipeError: any of the pipeline's; the encode is not there.
    """
    if folder.point(point.key) is not None:
        return
    times = folder.times(planned.key)
    path = folder.cpv(planned.key)
    if times is None:
        raise ToolError(f"'{path}' is not there: start the run again")
    result = _measure(planned, point, path, folder, codec_of, enhancer_of, metrics, limits)
    result["row"] |= {
        "encode_s": times["cpu_s"].get("encode", 0.0),
        "encode_wall_s": times["wall_s"].get("encode", 0.0),
    }
    folder.put_point(point.key, result)


def _file_name(planned: PlannedEncode) -> str:
    """An encode's log is to be found by what was coded."""
    layout, codec = planned.job.layout, planned.codec_label
    parts = (planned.sequence.name, codec, layout.config, layout.name, f"QP{planned.job.qp}")
    return re.sub(r"[^A-Za-z0-9_.+-]+", "-", "_".join((*parts, planned.key[:8])))


def _measure(
    planned: PlannedEncode,
    point: PlannedPoint,
    path: Path,
    folder: RunFolder,
    codec_of: CodecOf,
    enhancer_of: EnhancerOf,
    metrics: tuple[str, ...],
    limits: Limits,
) -> dict[str, Any]:
    sequence = planned.sequence
    check_weights(planned, point)
    external = [metric.name for metric in filter_metrics(metrics)]
    with ExitStack() as stack:
        decoder = open_decoder(path, codec_of, work_dir=folder.work_dir, limits=limits)
        stack.push(decoder)
        frames = restored(decoder, enhancer_of(point.enhancer) if point.enhancer else None)
        kept = folder.work_dir / f"{point.key}.yuv"
        if external:
            stack.callback(kept.unlink, missing_ok=True)
            frames = _kept(frames, kept)
        fmt = common_format(sequence.source.fmt, decoder.fmt)
        reference = sequence.source.frames(range(sequence.frames))
        psnr = list(psnr_frames(reference, sequence.source.fmt, frames, decoder.fmt))
        means: dict[str, float] = {}
        per_frame: dict[str, list[float]] = {}
        if external:
            result = external_metrics(
                sequence.source.video.path,
                sequence.source.fmt,
                kept,
                decoder.fmt,
                sequence.frames,
                external,
                fps=sequence.source.fps,
                limits=limits,
            )
            means = dict(result.means)
            per_frame = {key: [one[key] for one in result.frames] for key in means}
        manifest, times = decoder.manifest, decoder.times
        container, parts = decoder.file.container_bytes, decoder.file.parts
    total = sequence_psnr(psnr, fmt.bit_depth)
    row = _row(planned, point, manifest, parts, fmt, container, times) | {
        **dict(zip(("psnr_y", "psnr_u", "psnr_v"), total.mean_db, strict=True)),
        "psnr_yuv": total.yuv_db,
        **{
            f"psnr_{plane}_of_mean_mse": value
            for plane, value in zip("yuv", total.of_mean_mse_db, strict=True)
        },
        **means,
    }
    columns = part_columns(parts)
    for at, plane in enumerate("yuv"):
        columns[f"psnr_{plane}"] = [frame.psnr_db[at] for frame in psnr]
        columns[f"mse_{plane}"] = [frame.mse[at] for frame in psnr]
    return {"row": row, "frames": columns | per_frame}


def _kept(frames: Iterator[Frame], path: Path) -> Iterator[Frame]:
    """The same frames, written to a file as they pass: FFmpeg's metrics read it."""
    with path.open("wb") as file:
        for frame in frames:
            file.write(np.ascontiguousarray(frame).data)
            yield frame


def _row(
    planned: PlannedEncode,
    point: PlannedPoint,
    manifest: AnyManifest,
    parts: tuple[CodedPart, ...],
    measured: VideoFormat,
    container_bytes: int,
    times: Times,
) -> dict[str, Any]:
    options, sequence = planned.job.layout.options, planned.sequence
    settings = mixed_settings(parts)
    return {
        "point": point.key,
        "sequence": sequence.name,
        "class": sequence.class_name,
        "codec": planned.codec_label,
        "config": planned.job.layout.config.value,
        "method": point.method,
        "layout": planned.job.layout.name,
        "enhancer": shown_enhancer(point.enhancer),
        "weights": ", ".join(name for name, _ in point.weights),
        "weights_sha256": ", ".join(sha256 for _, sha256 in point.weights),
        "is_anchor": point.is_anchor,
        "qp": planned.job.qp,
        **settings,
        "kernel": planned.job.kernel.value if settings["scale"] != 1 else "",
        "gop": options.gop,
        "group": options.group if planned.job.layout.name == "tds" else 0,
        "boundary_scale": float(options.boundary_scale),
        "frames": manifest.sequence.frames,
        "fps": float(manifest.fps),
        "width": manifest.sequence.width,
        "height": manifest.sequence.height,
        "bit_depth": manifest.sequence.bit_depth,
        "measured_bit_depth": measured.bit_depth,
        "rate_kbps": manifest.rate_kbps,
        "stream_bytes": manifest.stream_bytes,
        "container_bytes": container_bytes,
        "notes": "; ".join((*sequence.source.notes, *manifest.notes)),
        "cpv": f"cpv/{planned.key}.cpv",
        "codec_version": manifest.codec.version,
        "decode_s": times.cpu_s.get("decode", 0.0) + times.cpu_s.get("skeleton", 0.0),
        "enhance_s": times.cpu_s.get("enhance", 0.0),
    }
