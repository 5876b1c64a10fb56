"""From a source to a ``.cpv`` file."""

from __future__ import annotations

import filecmp
import tempfile
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from codecpipe import injection
from codecpipe.codec import Codec, CodedPicture, CodingTask
from codecpipe.cpv.manifest import Manifest
from codecpipe.cpv.records import LeadKeys
from codecpipe.cpv.writer import write_cpv
from codecpipe.errors import InputError, MismatchError, ToolError
from codecpipe.format import Chroma, Frame, VideoFormat, convert_depth
from codecpipe.job import EncodeJob, FrameSource
from codecpipe.layout import StreamPlan
from codecpipe.programs.frames import counted
from codecpipe.programs.process import Limits, ToolRun
from codecpipe.programs.times import Times
from codecpipe.record import CodedStream, manifest_of
from codecpipe.streams import StoredStream, StreamStore, stream_key
from codecpipe.video.picture_md5 import recorded
from codecpipe.video.rawvideo import RawVideo, write_raw
from codecpipe.video.resample import SizePlan, downsample, plan_size


@dataclass(frozen=True)
class Encoded:
    """The written file, its manifest, and the times of its making."""

    path: Path
    manifest: Manifest
    container_bytes: int
    times: Times
    """The kinds are "encode", "decode" and "verify"."""
    logs: Mapping[str, str]
    """The encoder's messages by stream, "" where it had none."""


def encode(
    source: FrameSource,
    codec: Codec,
    job: EncodeJob,
    out: Path,
    *,
    work_dir: Path | None = None,
    limits: Limits | None = None,
    store: StreamStore | None = None,
) -> Encoded:
    """Code the source as the job says and write `out`, whole or not at all.

    The `store` has the streams that this job shares with others of the same source. The time of
    such a stream counts here as if it had been coded now.

    Raises:
        InputError: the codec, the size or the depth do not allow the job; nothing was run then.
        ToolError: a program failed.
        MismatchError: a stored stream decodes to other pictures than when it was coded.
    """
    with _writer(source, codec, job=job, work_dir=work_dir, limits=limits, store=store) as writer:
        streams = [writer.code(stream) for stream in job.layout.streams]
        manifest = manifest_of(source, codec, writer.job, size_plan=writer.plan, streams=streams)
        files = {f"{one.plan.name}{codec.suffix}": one.coded.path for one in streams}
        size = write_cpv(out, manifest, files)
    logs = {one.plan.name: one.coded.run.stderr for one in streams}
    overhead = size - manifest.stream_bytes
    return Encoded(out, manifest, container_bytes=overhead, times=writer.times, logs=logs)


def encode_shared(
    source: FrameSource,
    codec: Codec,
    job: EncodeJob,
    streams: Iterable[str],
    store: StreamStore,
    *,
    work_dir: Path | None = None,
    limits: Limits | None = None,
) -> None:
    """Code those of a job's streams (by name, without leads) that the store does not have yet.

    Raises:
        InputError, ToolError: see `encode`.
    """
    wanted = frozenset(streams)
    with _writer(source, codec, job=job, work_dir=work_dir, limits=limits, store=store) as writer:
        for stream in job.layout.streams:
            if stream.name in wanted:
                writer.code(stream)


@contextmanager
def _writer(
    source: FrameSource,
    codec: Codec,
    job: EncodeJob,
    work_dir: Path | None,
    limits: Limits | None,
    store: StreamStore | None,
) -> Iterator[_Writer]:
    """Everything that can be refused is refused here, before anything is run."""
    if source.fmt.chroma is not Chroma.YUV420:
        raise InputError("only 4:2:0 video can be coded: convert the source first")
    job = job.resolved(codec)
    job.check(codec)
    fmt = source.fmt.with_depth(codec.coded_depth(source.fmt.bit_depth))
    plan = None
    if any(stream.scale != 1 for stream in job.layout.streams):
        plan = plan_size(fmt.width, fmt.height, job.layout.options.scale)
    with tempfile.TemporaryDirectory(prefix="codecpipe-", dir=work_dir) as folder:
        yield _Writer(
            source=source,
            codec=codec,
            job=job,
            fmt=fmt,
            plan=plan,
            folder=Path(folder).resolve(),
            limits=limits or Limits(),
            store=store,
        )


@dataclass(frozen=True)
class _Writer:
    """The encoding of one job in its work folder."""

    source: FrameSource
    codec: Codec
    job: EncodeJob
    fmt: VideoFormat
    """The source's format at the coded depth."""
    plan: SizePlan | None
    folder: Path
    limits: Limits
    store: StreamStore | None
    times: Times = field(default_factory=Times)

    @property
    def leads(self) -> Path:
        """The file of the decoded keys, down-sampled."""
        return self.folder / "leads.yuv"

    def _source_frames(self, indices: Iterable[int]) -> Iterator[Frame]:
        depth = self.source.fmt.bit_depth
        for frame in self.source.frames(indices):
            yield convert_depth(frame, depth, self.fmt.bit_depth)

    def _format(self, stream: StreamPlan) -> VideoFormat:
        if stream.scale == 1 or self.plan is None:
            return self.fmt
        plan = self.plan.at(stream.scale)
        return self.fmt.with_size(plan.lr_width, plan.lr_height)

    def _down(self, frames: Iterable[Frame], fmt: VideoFormat, plan: SizePlan) -> Iterator[Frame]:
        return downsample(frames, fmt, plan, kernel=self.job.kernel, limits=self.limits)

    def code(self, stream: StreamPlan) -> CodedStream:
        """Encode one stream, decode it for its MD5s, and find out what of it must be sent."""
        if not stream.leads:
            return self._alone(stream)
        with RawVideo(self.leads, self._format(stream)) as leads:
            injected = self._injected(stream, leads) if self.job.layout.options.inject else None
            if injected:
                return injected
            # Closed, so that no scaler is left waiting when an encoder fails.
            with closing(self._frames(stream)) as shown:
                frames = injection.lr_input(stream, leads, shown)
                return self._whole(stream, frames, "paid")

    def _alone(self, stream: StreamPlan) -> CodedStream:
        """A stream without leads: from the store, or coded and handed to the store."""
        if self.store is None:
            return self._whole(stream, self._frames(stream), "none")
        fmt, fps = self.source.fmt, self.source.fps
        key = stream_key(self.codec, self.job, stream, source_fmt=fmt, fps=fps)
        stored = self.store.get(key)
        if stored is None:
            done = self._whole(stream, self._frames(stream), "none")
            self.store.put(key, done.coded)
            return done
        self.times.add("encode", stored.run)
        if self._lead_frames() and self._decode(stream, stored.path) != stored.md5:
            raise MismatchError(
                f"'{stored.path}' decodes to other pictures than when it was coded: it is damaged;"
                " delete it and start again"
            )
        return CodedStream(stream, self._format(stream), coded=stored, lead_keys="none")

    def _frames(self, stream: StreamPlan) -> Generator[Frame, None, None]:
        """The source's frames that the stream shows, at its size."""
        frames = self._source_frames(stream.shown)
        if stream.scale != 1:
            assert self.plan is not None
            frames = self._down(frames, self.fmt, self.plan.at(stream.scale))
        yield from frames

    def _whole(self, stream: StreamPlan, frames: Iterator[Frame], keys: LeadKeys) -> CodedStream:
        """A stream that is transmitted as it is."""
        path = self.folder / f"{stream.name}{self.codec.suffix}"
        run, pictures = self._encode(stream, frames, path)
        self.times.add("encode", run)
        md5 = self._decode(stream, path)
        coded = StoredStream(path=path, run=run, pictures=pictures, md5=md5)
        return CodedStream(stream, self._format(stream), coded=coded, lead_keys=keys)

    def _injected(self, stream: StreamPlan, leads: RawVideo) -> CodedStream | None:
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
        injection.extract(full, pictures, leads=stream.leads, out=sent)
        lead_at = frozenset(stream.leads)
        sizes = [picture.size_bytes for picture in pictures if picture.display not in lead_at]
        injection.splice(
            skeleton, ours, leads=stream.leads, transmitted=sent, sizes=sizes, out=spliced
        )
        self.times.add("verify", again)
        if not filecmp.cmp(full, spliced, shallow=False):
            self.times.add("verify", run)
            return None
        self.times.add("encode", run)
        md5 = self._decode(stream, full)
        coded = StoredStream(path=sent, run=run, pictures=pictures, md5=md5)
        return CodedStream(stream, self._format(stream), coded=coded, lead_keys="injected")

    def _encode(
        self, stream: StreamPlan, frames: Iterator[Frame], out: Path, *, injected: bool = False
    ) -> tuple[ToolRun, tuple[CodedPicture, ...]]:
        settings, fmt = self.job.settings(stream, injected=injected), self._format(stream)
        task = CodingTask(fmt, self.source.fps, settings, out=out, limits=self.limits)
        run = self.codec.encode(frames, task)
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
        fmt, count = self._format(stream), partial(self.times.add, "decode")
        decoded = self.codec.decode(path, fmt, limits=self.limits, on_done=count)
        whole = counted(decoded, len(stream.pictures), f"decoding stream {stream.name}")
        frames = recorded(whole, digests)
        wanted = self._lead_frames().intersection(stream.shown)
        if wanted:
            assert self.plan is not None
            keys = (f for f, p in zip(frames, stream.pictures, strict=True) if p.frame in wanted)
            plan = self.plan.beginning_at(stream.scale)
            write_raw(self.leads, self._down(keys, fmt, plan))
        else:
            for _ in frames:
                pass
        return tuple(digests)

    def _lead_frames(self) -> frozenset[int]:
        pictures = (picture for one in self.job.layout.streams for picture in one.pictures)
        return frozenset(picture.frame for picture in pictures if picture.lead)
