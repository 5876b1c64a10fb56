"""From a ``.cpv`` file alone to decoded frames: HR keys and LR frames, as a receiver has them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path

from codecpipe import injection
from codecpipe.codec import CodecOf, CodingTask
from codecpipe.cpv import CpvFile, Manifest, StreamRecord
from codecpipe.errors import MismatchError
from codecpipe.format import Frame, VideoFormat
from codecpipe.programs.frames import counted
from codecpipe.programs.process import Limits
from codecpipe.programs.times import Times
from codecpipe.video.picture_md5 import verified
from codecpipe.video.rawvideo import RawVideo, write_raw
from codecpipe.video.resample import SizePlan, downsample


@dataclass(frozen=True)
class DecodedFrame:
    """One decoded frame at the size it was coded in."""

    index: int
    frame: Frame
    """Samples at the coded depth."""
    scale: Fraction
    key: bool
    """It has a higher resolution than the LR frames beside it, source size mostly."""
    picture_type: str
    qp: int
    lr_copy: Frame | None = None
    """The LR copy of a key that its neighbours were predicted from, if there is one."""


class Decoder:
    """Decodes a ``.cpv`` file; every picture's MD5 is checked. A context manager.

    Args:
        path: the file, or an opened one; the decoder closes it.
        codec_of: gives the codec of a name (the core itself knows none).
        work_dir: where temporary files go.
        limits: of each child process.

    Raises:
        InputError, FileFormatError: see `codecpipe.cpv.CpvFile`.
        MismatchError: the encoder or the decoder here gives other pictures than the sender's.
    """

    def __init__(
        self,
        path: Path | CpvFile,
        codec_of: CodecOf,
        *,
        work_dir: Path | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.file = CpvFile(path) if isinstance(path, Path) else path
        self.manifest: Manifest = self.file.manifest
        self.limits = limits or Limits()
        self.times = Times()
        self._stack = ExitStack()
        try:
            self._stack.enter_context(self.file)
            self.codec = codec_of(self.manifest.codec.name)
            self._options = self.codec.resolve(self.manifest.options)
            folder = tempfile.TemporaryDirectory(prefix="codecpipe-", dir=work_dir)
            self._folder = Path(self._stack.enter_context(folder)).resolve()
        except BaseException:
            self._stack.close()
            raise

    def __enter__(self) -> Decoder:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def decoders(self) -> Iterator[Decoder]:
        """This decoder, since the whole file was coded as one sequence."""
        yield self

    @property
    def fmt(self) -> VideoFormat:
        """Format of HR frames: source size, coded depth."""
        return self.manifest.coded_format

    @property
    def lr_fmt(self) -> VideoFormat | None:
        """Format of LR frames, None where there are none."""
        plan = self.manifest.size_plan
        return self.fmt.with_size(plan.lr_width, plan.lr_height) if plan else None

    @property
    def size_plan(self) -> SizePlan | None:
        """The relation of source and LR size."""
        return self.manifest.size_plan

    def frames(self) -> Iterator[DecodedFrame]:
        """All frames in display order, one at a time; may be called again."""
        streams: dict[str, StreamRecord] = {s.name: s for s in self.manifest.streams}
        lr = streams.get("lr")
        decoded: dict[str, Iterator[Frame]] = {}
        with ExitStack() as stack:
            if lr and lr.lead_keys == "injected":
                hr = self._spool(streams["hr"])
                stack.enter_context(hr)
                decoded["hr"] = hr.frames()
                decoded["lr"] = self._decode(lr, self._rebuild(lr, streams["hr"], hr))
            else:
                for stream in self.manifest.streams:
                    path = self._folder / stream.file
                    self.file.extract(stream, path)
                    decoded[stream.name] = self._decode(stream, path)
            yield from self._shown(decoded)
            # The end of a stream is where its count and the decoder's exit status are checked.
            for frames in decoded.values():
                for _ in frames:
                    pass

    def _shown(self, decoded: dict[str, Iterator[Frame]]) -> Iterator[DecodedFrame]:
        """Each frame of the source out of the streams' pictures, which come in display order."""
        streams = self.manifest.streams
        both = len({stream.scale for stream in streams}) > 1
        due: list[list[tuple[StreamRecord, bool, str, int]]]
        due = [[] for _ in range(self.manifest.sequence.frames)]
        for stream in streams:
            leads = frozenset(stream.leads)
            for at, kind, qp, _ in stream.coded:
                due[stream.frames[at]].append((stream, at in leads, kind, qp))
        for index, pictures in enumerate(due):
            shown = lr_copy = None
            for stream, is_lead, picture_type, qp in pictures:
                frame = next(decoded[stream.name])
                if is_lead:
                    lr_copy = frame
                    continue
                shown = DecodedFrame(
                    index=index,
                    frame=frame,
                    scale=Fraction(stream.scale),
                    key=both and stream.name == "hr",
                    picture_type=picture_type,
                    qp=qp,
                )
            assert shown is not None  # the manifest's own check
            yield replace(shown, lr_copy=lr_copy)

    def _decode(self, stream: StreamRecord, path: Path) -> Iterator[Frame]:
        fmt, count = self.manifest.stream_format(stream), partial(self.times.add, "decode")
        frames = self.codec.decode(path, fmt, limits=self.limits, on_done=count)
        what = f"decoding stream {stream.name} of '{self.file.path.name}'"
        return verified(counted(frames, len(stream.frames), what), stream.md5, stream.name)

    def _spool(self, hr: StreamRecord) -> RawVideo:
        """The decoded HR keys in a temporary file: they are shown, and lead the LR stream."""
        path = self._folder / hr.file
        self.file.extract(hr, path)
        raw = self._folder / "hr.yuv"
        write_raw(raw, self._decode(hr, path))
        return RawVideo(raw, self.manifest.stream_format(hr))

    def _rebuild(self, lr: StreamRecord, hr: StreamRecord, keys: RawVideo) -> Path:
        """The whole LR stream: the skeleton coded here, the transmitted pictures spliced in."""
        ours, theirs = self.codec.version(), self.manifest.codec.version
        if ours != theirs:
            raise MismatchError(
                f"'{self.file.path}' was written with {self.codec.name} {theirs}, and its LR keys"
                f" can only be made again by that version, not by {ours}:"
                f" {self.codec.remedy(theirs, self.manifest.codec.ffmpeg)}"
            )
        plan, settings = lr.plan(), lr.settings(self._options)
        self.codec.check(settings)
        fmt = self.manifest.stream_format(lr)
        assert self.size_plan is not None
        assert self.manifest.resample is not None
        where = {frame: at for at, frame in enumerate(hr.frames)}
        wanted = keys.frames(where[lr.frames[at]] for at in lr.leads)
        leads = self._folder / "leads.yuv"
        size, kernel = self.size_plan, self.manifest.resample.kernel
        size = size.beginning_at(Fraction(hr.scale))
        write_raw(leads, downsample(wanted, keys.fmt, size, kernel=kernel, limits=self.limits))
        skeleton, sent = self._folder / "skeleton", self._folder / "sent"
        full = self._folder / lr.file
        with RawVideo(leads, fmt) as video:
            task = CodingTask(fmt, self.manifest.fps, settings, out=skeleton, limits=self.limits)
            run = self.codec.encode(injection.skeleton_input(plan, video), task)
        self.times.add("skeleton", run)
        self.file.extract(lr, sent)
        pictures = self.codec.pictures(skeleton)
        sizes = lr.transmitted_sizes
        injection.splice(
            skeleton, pictures, leads=lr.leads, transmitted=sent, sizes=sizes, out=full
        )
        return full
