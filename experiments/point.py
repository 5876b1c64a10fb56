"""Computing one encode's rate points: write the file, read it back, decode, restore, measure."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from codecpipe.codec import Codec
from codecpipe.cpv import Manifest
from codecpipe.decode import Decoder
from codecpipe.encode import encode
from codecpipe.enhancer import Enhancer, restored
from codecpipe.format import Frame, VideoFormat
from codecpipe.metrics.external import EXTERNAL, external_metrics
from codecpipe.metrics.psnr import common_format, psnr_frames, sequence_psnr
from codecpipe.process import Limits
from codecpipe.times import Times
from experiments.plan import PlannedEncode, PlannedPoint
from experiments.store import RunFolder

CodecOf = Callable[[str], Codec]
EnhancerOf = Callable[[str], Enhancer]


def compute(
    planned: PlannedEncode,
    folder: RunFolder,
    codec_of: CodecOf,
    enhancer_of: EnhancerOf,
    metrics: tuple[str, ...],
    limits: Limits,
) -> None:
    """Compute the points of an encode that are not in the run folder yet.

    Raises:
        CodecpipeError: any of the pipeline's.
    """
    due = [point for point in planned.points if folder.point(point.key) is None]
    if not due:
        return
    times = folder.times(planned.key)
    path = folder.cpv(planned.key)
    if times is None:
        codec = codec_of(planned.codec)
        done = encode(
            planned.sequence.source,
            codec,
            planned.job,
            path,
            work_dir=folder.work_dir,
            limits=limits,
        )
        times = {"cpu_s": done.times.cpu_s, "wall_s": done.times.wall_s}
        for stream, said in done.logs.items():
            if said.strip():
                folder.put_log(f"{_file_name(planned)}-{stream}", said)
        folder.put_times(planned.key, times)
    for point in due:
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
    external = [name for name in metrics if name in EXTERNAL]
    with ExitStack() as stack:
        decoder = stack.enter_context(
            Decoder(path, codec_of, work_dir=folder.work_dir, limits=limits)
        )
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
        container = decoder.file.container_bytes
    total = sequence_psnr(psnr, fmt.bit_depth)
    row = _row(planned, point, manifest, fmt, container, times) | {
        **dict(zip(("psnr_y", "psnr_u", "psnr_v"), total.mean_db, strict=True)),
        "psnr_yuv": total.yuv_db,
        **{
            f"psnr_{plane}_of_mean_mse": value
            for plane, value in zip("yuv", total.of_mean_mse_db, strict=True)
        },
        **means,
    }
    columns = frame_columns(manifest)
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
    manifest: Manifest,
    measured: VideoFormat,
    container_bytes: int,
    times: Times,
) -> dict[str, Any]:
    options, sequence = planned.job.layout.options, planned.sequence
    keys = {stream.lead_keys for stream in manifest.streams} - {"none"}
    has_lr = any(stream.scale != "1" for stream in manifest.streams)
    return {
        "point": point.key,
        "sequence": sequence.name,
        "class": sequence.class_name,
        "codec": planned.codec_label,
        "config": planned.job.layout.config.value,
        "method": point.method,
        "layout": planned.job.layout.name,
        "enhancer": point.enhancer,
        "is_anchor": point.is_anchor,
        "qp": planned.job.qp,
        "delta_qp": options.delta_qp if has_lr else 0,
        "scale": float(options.scale) if has_lr else 1.0,
        "gop": options.gop,
        "group": options.group if planned.job.layout.name == "tds" else 0,
        "frames": manifest.sequence.frames,
        "fps": float(manifest.fps),
        "width": manifest.sequence.width,
        "height": manifest.sequence.height,
        "bit_depth": manifest.sequence.bit_depth,
        "measured_bit_depth": measured.bit_depth,
        "rate_kbps": manifest.rate_kbps,
        "stream_bytes": manifest.stream_bytes,
        "container_bytes": container_bytes,
        "lr_keys": keys.pop() if keys else "none",
        "notes": "; ".join((*sequence.source.notes, *manifest.notes)),
        "cpv": f"cpv/{planned.key}.cpv",
        "codec_version": manifest.codec.version,
        "decode_s": times.cpu_s.get("decode", 0.0) + times.cpu_s.get("skeleton", 0.0),
        "enhance_s": times.cpu_s.get("enhance", 0.0),
    }


def frame_columns(manifest: Manifest) -> dict[str, list[Any]]:
    """Per frame: stream, scale, key frame or not, picture type and QP, bits.

    Bits of LR keys that had to be transmitted count for the key frame that they copy.
    """
    count = manifest.sequence.frames
    mixed = len({stream.scale for stream in manifest.streams}) > 1
    columns: dict[str, list[Any]] = {
        name: [None] * count
        for name in ("stream", "scale", "key_frame", "picture_type", "picture_qp")
    }
    columns["bits"] = [0] * count
    for stream in manifest.streams:
        leads = frozenset(stream.leads)
        scale = float(Fraction(stream.scale))
        for picture in stream.pictures:
            frame = stream.frames[picture.display]
            if picture.display in leads:
                if stream.lead_keys == "paid":
                    columns["bits"][frame] += 8 * picture.size_bytes
                continue
            columns["bits"][frame] += 8 * picture.size_bytes
            columns["stream"][frame] = stream.name
            columns["scale"][frame] = scale
            columns["key_frame"][frame] = mixed and scale == 1
            columns["picture_type"][frame] = picture.picture_type
            columns["picture_qp"][frame] = picture.qp
    return {"frame": list(range(count)), **columns}
