"""From a source to a ``.cpv`` file."""

import filecmp
import shlex
import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from codecpipe import injection
from codecpipe.codec import Codec, CodecOptions, CodedPicture, CodingSettings
from codecpipe.cpv.manifest import (
    CodecRecord,
    LayoutRecord,
    LeadKeys,
    Manifest,
    ResampleRecord,
    SequenceRecord,
    StreamRecord,
)
from codecpipe.cpv.writer import write_cpv
from codecpipe.digest import recorded
from codecpipe.errors import InputError, ToolError
from codecpipe.ffmpeg import ffmpeg_version
from codecpipe.format import Chroma, Frame, VideoFormat, convert_depth
from codecpipe.frames import counted
from codecpipe.layout import FrameLayout, StreamPlan
from codecpipe.process import Limits, ToolRun
from codecpipe.rawvideo import RawVideo, write_raw
from codecpipe.resample import Filter, SizePlan, downsample, plan_size
from codecpipe.times import Times


class FrameSource(Protocol):
    """A source of frames by index."""

    @property
    def name(self) -> str:
        """The sequence's name."""
        ...

    @property
    def fmt(self) -> VideoFormat:
        """Its sample format."""
        ...

    @property
    def fps(self) -> Fraction:
        """Frames per second."""
        ...

    def frames(self, indices: Iterable[int]) -> Iterator[Frame]:
        """The frames of these indices."""
        ...


@dataclass(frozen=True)
class EncodeJob:
    """All that determines a ``.cpv`` file besides the source and the programs."""

    layout: FrameLayout
    qp: int
    options: CodecOptions = field(default_factory=CodecOptions)
    kernel: Filter = Filter.BICUBIC
    enhancer: str | None = None

    def settings(
        self, stream: StreamPlan, options: CodecOptions, injected: bool = False
    ) -> CodingSettings:
        """How a stream of the layout is coded; ``injected``: without paying for its leads."""
        qp = self.qp + stream.qp_offset
        return CodingSettings(stream.config, qp, stream.intra_period, options, injected)


@dataclass(frozen=True)
class Encoded:
    """What was written, and what it took ("encode", "decode", "verify")."""

    path: Path
    manifest: Manifest
    container_bytes: int
    times: Times


@dataclass(frozen=True)
class _Coded:
    """One stream on disk: as coded, and as transmitted."""

    run: ToolRun
    pictures: tuple[CodedPicture, ...]
    transmitted: Path
    lead_keys: LeadKeys
    md5: tuple[str, ...]


def encode(
    source: FrameSource,
    codec: Codec,
    job: EncodeJob,
    out: Path,
    *,
    work_dir: Path | None = None,
    limits: Limits | None = None,
) -> Encoded:
    """Code the source as the job says and write ``out``, whole or not at all.

    Raises:
        InputError: the codec, the size or the depth do not allow the job; nothing was run then.
        ToolError: a program failed.
    """
    if source.fmt.chroma is not Chroma.YUV420:
        raise InputError("only 4:2:0 video can be coded: convert the source first")
    options = codec.resolve(job.options)
    for stream in job.layout.streams:
        codec.check(job.settings(stream, options))
        if stream.leads and job.layout.options.inject:
            # The receiver checks these: what is held for injection only must be refused here.
            codec.check(job.settings(stream, options, injected=True))
    fmt = source.fmt.with_depth(codec.coded_depth(source.fmt.bit_depth))
    plan = None
    if any(stream.scale != 1 for stream in job.layout.streams):
        plan = plan_size(fmt.width, fmt.height, job.layout.options.scale)
    with tempfile.TemporaryDirectory(prefix="codecpipe-", dir=work_dir) as folder:
        writer = _Writer(
            source, codec, job, options, fmt, plan, Path(folder).resolve(), limits or Limits()
        )
        coded = {stream.name: writer.code(stream) for stream in job.layout.streams}
        manifest = writer.manifest(coded)
        files = {record.file: coded[record.name].transmitted for record in manifest.streams}
        size = write_cpv(out, manifest, files)
    return Encoded(out, manifest, size - manifest.stream_bytes, writer.times)


class _Writer:
    """The encoding of one job in its work folder."""

    def __init__(
        self,
        source: FrameSource,
        codec: Codec,
        job: EncodeJob,
        options: CodecOptions,
        fmt: VideoFormat,
        plan: SizePlan | None,
        folder: Path,
        limits: Limits,
    ) -> None:
        self.source, self.codec, self.job, self.options = source, codec, job, options
        self.fmt, self.plan, self.folder, self.limits = fmt, plan, folder, limits
        self.times = Times()
        self.leads = folder / "leads.yuv"

    def _source_frames(self, indices: Iterable[int]) -> Iterator[Frame]:
        depth = self.source.fmt.bit_depth
        for frame in self.source.frames(indices):
            yield convert_depth(frame, depth, self.fmt.bit_depth)

    def _format(self, stream: StreamPlan) -> VideoFormat:
        if stream.scale == 1 or self.plan is None:
            return self.fmt
        return self.fmt.with_size(self.plan.lr_width, self.plan.lr_height)

    def _down(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        assert self.plan is not None
        return downsample(frames, self.fmt, self.plan, self.job.kernel, self.limits)

    def code(self, stream: StreamPlan) -> _Coded:
        """Encode one stream, decode it for its MD5s, and find out what of it must be sent."""
        if not stream.leads:
            return self._whole(stream, self._frames(stream), "none")
        with RawVideo(self.leads, self._format(stream)) as leads:
            injected = self._injected(stream, leads) if self.job.layout.options.inject else None
            if injected:
                return injected
            # Closed, so that no scaler is left waiting when an encoder fails.
            with closing(self._frames(stream)) as shown:
                frames = injection.lr_input(stream, leads, shown)
                return self._whole(stream, frames, "paid")

    def _frames(self, stream: StreamPlan) -> Generator[Frame, None, None]:
        """The source's frames that the stream shows, at its size."""
        frames = self._source_frames(stream.shown)
        yield from frames if stream.scale == 1 else self._down(frames)

    def _whole(self, stream: StreamPlan, frames: Iterator[Frame], keys: LeadKeys) -> _Coded:
        """A stream that is transmitted as it is."""
        path = self.folder / f"{stream.name}{self.codec.suffix}"
        run, pictures = self._encode(stream, frames, path)
        self.times.add("encode", run)
        return _Coded(run, pictures, path, keys, self._decode(stream, path))

    def _injected(self, stream: StreamPlan, leads: RawVideo) -> _Coded | None:
        """A stream without its leads; None where the receiver could not make it whole again."""
        full, skeleton, sent, spliced = (
            self.folder / f"{name}{self.codec.suffix}"
            for name in ("injected", "skeleton", "sent", "spliced")
        )
        with closing(self._frames(stream)) as shown:
            frames = injection.lr_input(stream, leads, shown)
            run, pictures = self._encode(stream, frames, full, injected=True)
        frames = injection.skeleton_input(stream, leads)
        again, ours = self._encode(stream, frames, skeleton, injected=True)
        injection.extract(full, pictures, stream.leads, sent)
        lead_at = frozenset(stream.leads)
        sizes = [picture.size_bytes for picture in pictures if picture.display not in lead_at]
        injection.splice(skeleton, ours, stream.leads, sent, sizes, spliced)
        self.times.add("verify", again)
        if not filecmp.cmp(full, spliced, shallow=False):
            self.times.add("verify", run)
            return None
        self.times.add("encode", run)
        return _Coded(run, pictures, sent, "injected", self._decode(stream, full))

    def _encode(
        self,
        stream: StreamPlan,
        frames: Iterator[Frame],
        out: Path,
        *,
        injected: bool = False,
    ) -> tuple[ToolRun, tuple[CodedPicture, ...]]:
        settings = self.job.settings(stream, self.options, injected)
        run = self.codec.encode(
            frames, self._format(stream), self.source.fps, settings, out, self.limits
        )
        pictures = self.codec.pictures(out)
        if len(pictures) != len(stream.pictures):
            raise ToolError(
                f"{self.codec.name} coded {len(pictures)} of {len(stream.pictures)} pictures of"
                f" stream {stream.name} and called it done: try another preset or configuration"
            )
        return run, pictures

    def _decode(self, stream: StreamPlan, path: Path) -> tuple[str, ...]:
        """MD5s of the decoded pictures; keys that lead another stream are kept, down-sampled."""
        digests: list[str] = []
        decoded = counted(
            self.codec.decode(
                path, self._format(stream), self.limits, lambda run: self._count("decode", run)
            ),
            len(stream.pictures),
            f"decoding stream {stream.name}",
        )
        frames = recorded(decoded, digests)
        wanted = self._lead_frames() if stream.scale == 1 else frozenset()
        if wanted:
            keys = (f for f, p in zip(frames, stream.pictures, strict=True) if p.frame in wanted)
            write_raw(self.leads, self._down(keys))
        else:
            for _ in frames:
                pass
        return tuple(digests)

    def _count(self, kind: str, run: ToolRun) -> None:
        self.times.add(kind, run)

    def _lead_frames(self) -> frozenset[int]:
        return frozenset(
            picture.frame
            for stream in self.job.layout.streams
            for picture in stream.pictures
            if picture.lead
        )

    def manifest(self, coded: dict[str, _Coded]) -> Manifest:
        """The manifest of what was coded; it holds no times and no paths of this machine."""
        layout, source = self.job.layout, self.source
        streams = tuple(self._record(stream, coded[stream.name]) for stream in layout.streams)
        notes: list[str] = []
        for stream in layout.streams:
            notes.extend(self.codec.notes(self.job.settings(stream, self.options)))
            if coded[stream.name].lead_keys == "paid":
                notes.append(_paid_note(self.codec.name, stream, layout))
        resample = None
        if self.plan is not None:
            resample = ResampleRecord(
                kernel=self.job.kernel,
                padded_width=self.plan.padded_width,
                padded_height=self.plan.padded_height,
                lr_width=self.plan.lr_width,
                lr_height=self.plan.lr_height,
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
                qp=self.job.qp,
                delta_qp=layout.options.delta_qp,
                scale=str(layout.options.scale),
                gop=layout.options.gop,
                group=layout.options.group,
                shared_boundary=layout.options.shared_boundary,
            ),
            resample=resample,
            codec=CodecRecord(
                name=self.codec.name,
                version=self.codec.version(),
                ffmpeg=ffmpeg_version(),
                preset=self.options.preset,
                extra=self.options.extra,
                threads=self.options.threads,
                bit_depth=self.fmt.bit_depth,
            ),
            streams=streams,
            enhancer=self.job.enhancer,
            notes=tuple(dict.fromkeys(notes)),
        )

    def _record(self, stream: StreamPlan, coded: _Coded) -> StreamRecord:
        settings = self.job.settings(stream, self.options)
        fmt = self._format(stream)
        command = shlex.join(coded.run.command).replace(f"{self.folder}/", "")
        return StreamRecord(
            name=stream.name,  # type: ignore[arg-type]
            file=f"{stream.name}{self.codec.suffix}",
            scale=str(stream.scale),
            width=fmt.width,
            height=fmt.height,
            config=stream.config,
            qp=settings.qp,
            intra_period=stream.intra_period,
            frames=tuple(picture.frame for picture in stream.pictures),
            leads=stream.leads,
            lead_keys=coded.lead_keys,
            coded=tuple(
                (p.display, p.picture_type, p.qp, p.size_bytes)  # type: ignore[misc]
                for p in coded.pictures
            ),
            md5=coded.md5,
            command=command,
        )


def _paid_note(codec: str, stream: StreamPlan, layout: FrameLayout) -> str:
    cause = (
        f"{codec}'s key pictures depend on the pictures after them"
        if layout.options.inject
        else "reference injection was switched off"
    )
    return f"the LR copies of {len(stream.leads)} key frames are transmitted and counted: {cause}"
