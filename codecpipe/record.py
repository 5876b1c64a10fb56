"""The manifest of what was coded; it holds no times and no paths of the machine it was coded on."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from codecpipe.codec import Codec
from codecpipe.cpv.manifest import Manifest
from codecpipe.cpv.records import (
    CodecRecord,
    LayoutRecord,
    LeadKeys,
    ResampleRecord,
    SequenceRecord,
    StreamRecord,
    weights_records,
)
from codecpipe.format import VideoFormat
from codecpipe.job import EncodeJob, FrameSource
from codecpipe.layout import FrameLayout, StreamPlan
from codecpipe.programs.ffmpeg import ffmpeg_version
from codecpipe.streams import StoredStream
from codecpipe.video.resample import SizePlan


@dataclass(frozen=True)
class CodedStream:
    """One stream on disk: its plan and format, as coded, and as transmitted."""

    plan: StreamPlan
    fmt: VideoFormat
    coded: StoredStream
    """The stream in the file; `StoredStream.path` has what is transmitted."""
    lead_keys: LeadKeys


def manifest_of(
    source: FrameSource,
    codec: Codec,
    job: EncodeJob,
    size_plan: SizePlan | None,
    streams: Sequence[CodedStream],
) -> Manifest:
    """The manifest of a job's coded streams; the job's options are the resolved ones."""
    layout, options = job.layout, job.options
    notes: list[str] = []
    for stream in streams:
        notes.extend(codec.notes(job.settings(stream.plan), stream.coded.path))
        if stream.lead_keys == "paid":
            notes.append(_paid_note(codec.name, stream.plan, layout))
    resample = None
    if size_plan is not None:
        resample = ResampleRecord(
            kernel=job.kernel,
            padded_width=size_plan.padded_width,
            padded_height=size_plan.padded_height,
            lr_width=size_plan.lr_width,
            lr_height=size_plan.lr_height,
        )
    return Manifest(
        sequence=SequenceRecord(
            name=source.name,
            width=source.fmt.width,
            height=source.fmt.height,
            fps=str(source.fps),
            bit_depth=source.fmt.bit_depth,
            frames=layout.frames,
        ),
        layout=LayoutRecord(
            name=layout.name,
            config=layout.config,
            qp=job.qp,
            delta_qp=layout.options.delta_qp,
            scale=str(layout.options.scale),
            boundary_scale=str(layout.options.boundary_scale),
            gop=layout.options.gop,
            group=layout.options.group,
            shared_boundary=layout.options.shared_boundary,
        ),
        resample=resample,
        codec=CodecRecord(
            name=codec.name,
            version=codec.version(),
            ffmpeg=ffmpeg_version(),
            preset=options.preset,
            extra=options.extra,
            threads=options.threads,
            cfg=options.cfg,
            bit_depth=codec.coded_depth(source.fmt.bit_depth),
        ),
        streams=tuple(_record(stream, codec, job) for stream in streams),
        enhancer=job.enhancer,
        weights=weights_records(job.weights),
        notes=tuple(dict.fromkeys(notes)),
    )


def _record(stream: CodedStream, codec: Codec, job: EncodeJob) -> StreamRecord:
    plan = stream.plan
    settings = job.settings(plan)
    return StreamRecord(
        name=plan.name,  # type: ignore[arg-type]
        file=f"{plan.name}{codec.suffix}",
        scale=str(plan.scale),
        width=stream.fmt.width,
        height=stream.fmt.height,
        config=plan.config,
        qp=settings.qp,
        qp_offsets=settings.qp_offsets,
        intra_period=plan.intra_period,
        frames=tuple(picture.frame for picture in plan.pictures),
        leads=plan.leads,
        lead_keys=stream.lead_keys,
        coded=tuple(
            (p.display, p.picture_type, p.qp, p.size_bytes)  # type: ignore[misc]
            for p in stream.coded.pictures
        ),
        md5=stream.coded.md5,
        command=_portable(stream.coded.run.command),
    )


def _portable(command: Sequence[str]) -> str:
    """The command line with file names instead of paths."""
    return shlex.join(Path(part).name if part.startswith("/") else part for part in command)


def _paid_note(codec: str, stream: StreamPlan, layout: FrameLayout) -> str:
    cause = (
        f"{codec}'s key pictures depend on the pictures after them"
        if layout.options.inject
        else "reference injection was switched off"
    )
    return f"the LR copies of {len(stream.leads)} key frames are transmitted and counted: {cause}"
