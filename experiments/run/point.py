"""Computing one encode's rate points: write the file, read it back, decode, restore, measure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from codecpipe.adaptive.decoder import AdaptiveDecoder
from codecpipe.adaptive.encode import AdaptiveEncoded, encode_adaptive
from codecpipe.codec import CodecOf
from codecpipe.decoding import Decoder
from codecpipe.encoding import Encoded, encode, encode_shared
from codecpipe.enhancer import Enhancer, restored
from codecpipe.errors import InputError, ToolError
from codecpipe.format import Frame, VideoFormat
from codecpipe.metrics.catalogue import filter_metrics
from codecpipe.metrics.external import external_metrics
from codecpipe.metrics.psnr import common_format, psnr_frames, sequence_psnr
from codecpipe.opening import open_decoder
from codecpipe.programs.process import Limits
from codecpipe.video.rawvideo import RawVideo
from enhancers.names import parse_choice
from experiments.plan.encodes import PlannedEncode, PlannedPoint, weights_for
from experiments.plan.sharing import SharedStream
from experiments.run.columns import mixed_settings, part_columns
from experiments.run.store import RunFolder
from experiments.run.streams import store_of

EnhancerOf = Callable[[str], Enhancer]


@dataclass(frozen=True)
class JobContext:
    """The facts that all jobs of a run have in common."""

    folder: Path
    """The run folder."""
    metrics: tuple[str, ...]
    limits: Limits
    codec_of: CodecOf
    enhancer_of: EnhancerOf
    versions: Mapping[str, str]
    """The encoders' versions by codec; a worker must have the same."""
    environment: Mapping[str, str]
    """Environment variables by which the user of the run told where the codecs' programs are."""


def encode_one(planned: PlannedEncode, folder: RunFolder, context: JobContext) -> None:
    """Write an encode's file, unless it is in the run folder.

    Raises:
        CodecpipeError: any of the pipeline's.
    """
    if folder.times(planned.key) is not None:
        return
    done = _encode(planned, folder, context)
    for stream, said in done.logs.items():
        if said.strip():
            folder.put_log(f"{_file_name(planned)}-{stream}", said)
    folder.put_times(planned.key, {"cpu_s": done.times.cpu_s, "wall_s": done.times.wall_s})


def _encode(
    planned: PlannedEncode, folder: RunFolder, context: JobContext
) -> Encoded | AdaptiveEncoded:
    source, codec = planned.sequence.source, context.codec_of(planned.codec)
    store = store_of(planned, folder.stream_dir) if planned.shared else None
    if planned.adaptive is None:
        return encode(
            source,
            codec,
            planned.job,
            out=folder.cpv(planned.key),
            work_dir=folder.work_dir,
            limits=context.limits,
            store=store,
        )
    point = planned.points[0]
    _check_weights(planned, point)
    return encode_adaptive(
        source,
        codec,
        planned.adaptive,
        enhancer=context.enhancer_of(point.enhancer),
        out=folder.cpv(planned.key),
        work_dir=folder.work_dir,
        limits=context.limits,
        store=store,
    )


def _check_weights(planned: PlannedEncode, point: PlannedPoint) -> None:
    """Refuse to restore with other weights than the run was planned with.

    A worker may be another machine with another version of codecpipe, and files may change.
    """
    if not point.weights:
        return
    config = planned.job.layout.config
    for weights in weights_for(point.enhancer, planned.codec, config, planned.lr_videos):
        if weights not in point.weights:
            raise InputError(
                f"the weights {weights[0]} are not here what the run was planned with: install the"
                " same codecpipe on all workers, or start the run again"
            )


def code_shared(shared: SharedStream, folder: RunFolder, context: JobContext) -> None:
    """Code a stream that several encodes have in common, unless it is in the run folder.

    Raises:
        CodecpipeError: any of the pipeline's.
    """
    planned = shared.planned
    store = store_of(planned, folder.stream_dir)
    if store.get(shared.key) is None:
        encode_shared(
            planned.sequence.source,
            context.codec_of(planned.codec),
            planned.job,
            streams=[shared.stream],
            store=store,
            work_dir=folder.work_dir,
            limits=context.limits,
        )


def measure_one(
    planned: PlannedEncode, point: PlannedPoint, folder: RunFolder, context: JobContext
) -> None:
    """Decode, restore and measure one point of a finished encode, unless it is in the run folder.

    Raises:
        CodecpipeError: any of the pipeline's; the encode is not there.
    """
    if folder.point(point.key) is not None:
        return
    times = folder.times(planned.key)
    if times is None:
        raise ToolError(f"'{folder.cpv(planned.key)}' is not there: start the run again")
    result = _measure(planned, point, folder=folder, context=context)
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
    planned: PlannedEncode, point: PlannedPoint, folder: RunFolder, context: JobContext
) -> dict[str, Any]:
    source, count = planned.sequence.source, planned.sequence.frames
    _check_weights(planned, point)
    external = [metric.name for metric in filter_metrics(context.metrics)]
    enhancer = context.enhancer_of(point.enhancer) if point.enhancer else None
    with ExitStack() as stack:
        decoder = open_decoder(
            folder.cpv(planned.key),
            context.codec_of,
            work_dir=folder.work_dir,
            limits=context.limits,
        )
        stack.push(decoder)
        frames = restored(decoder, enhancer)
        kept = folder.work_dir / f"{point.key}.yuv"
        if external:
            stack.callback(kept.unlink, missing_ok=True)
            frames = _kept(frames, kept)
        fmt = common_format(source.fmt, decoder.fmt)
        due = source.frames(range(count))
        psnr = list(psnr_frames(due, source.fmt, test=frames, test_fmt=decoder.fmt))
        means: dict[str, float] = {}
        per_frame: dict[str, list[float]] = {}
        if external:
            test = stack.enter_context(RawVideo(kept, decoder.fmt))
            result = external_metrics(
                source.video, test, count, external, fps=source.fps, limits=context.limits
            )
            means = dict(result.means)
            per_frame = {key: [one[key] for one in result.frames] for key in means}
        row = _row(planned, point, decoder=decoder, measured=fmt)
        columns = part_columns(decoder.file.parts)
    total = sequence_psnr(psnr, fmt.bit_depth)
    row |= {f"psnr_{plane}": total.mean_db[at] for at, plane in enumerate("yuv")}
    row["psnr_yuv"] = total.yuv_db
    for at, plane in enumerate("yuv"):
        row[f"psnr_{plane}_of_mean_mse"] = total.of_mean_mse_db[at]
        columns[f"psnr_{plane}"] = [frame.psnr_db[at] for frame in psnr]
        columns[f"mse_{plane}"] = [frame.mse[at] for frame in psnr]
    return {"row": row | means, "frames": columns | per_frame}


def _kept(frames: Iterator[Frame], path: Path) -> Iterator[Frame]:
    """The same frames, written to a file as they pass: FFmpeg's metrics read it."""
    with path.open("wb") as file:
        for frame in frames:
            file.write(np.ascontiguousarray(frame).data)
            yield frame


def _row(
    planned: PlannedEncode,
    point: PlannedPoint,
    decoder: Decoder | AdaptiveDecoder,
    measured: VideoFormat,
) -> dict[str, Any]:
    layout, sequence = planned.job.layout, planned.sequence
    manifest, cpu_s = decoder.manifest, decoder.times.cpu_s
    settings = mixed_settings(decoder.file.parts)
    return {
        "point": point.key,
        "sequence": sequence.name,
        "class": sequence.class_name,
        "codec": planned.codec_label,
        "config": layout.config.value,
        "method": point.method,
        "layout": layout.name,
        "enhancer": str(parse_choice(point.enhancer).portable) if point.enhancer else "",
        "weights": ", ".join(name for name, _ in point.weights),
        "weights_sha256": ", ".join(sha256 for _, sha256 in point.weights),
        "is_anchor": point.is_anchor,
        "qp": planned.job.qp,
        **settings,
        "kernel": planned.job.kernel.value if settings["scale"] != 1 else "",
        "gop": layout.options.gop,
        "group": layout.options.group if layout.name == "tds" else 0,
        "boundary_scale": float(layout.options.boundary_scale),
        "frames": manifest.sequence.frames,
        "fps": float(manifest.fps),
        "width": manifest.sequence.width,
        "height": manifest.sequence.height,
        "bit_depth": manifest.sequence.bit_depth,
        "measured_bit_depth": measured.bit_depth,
        "rate_kbps": manifest.rate_kbps,
        "stream_bytes": manifest.stream_bytes,
        "container_bytes": decoder.file.container_bytes,
        "notes": "; ".join((*sequence.source.notes, *manifest.notes)),
        "cpv": f"cpv/{planned.key}.cpv",
        "codec_version": manifest.codec.version,
        "decode_s": cpu_s.get("decode", 0.0) + cpu_s.get("skeleton", 0.0),
        "enhance_s": cpu_s.get("enhance", 0.0),
    }
