"""Coding a sequence in one mode to see what it costs: bits and PSNR-Y of each frame, restored."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from codecpipe.adaptive.decide import RatePoint, capped
from codecpipe.adaptive.job import AdaptiveJob, SourcePart
from codecpipe.codec import Codec, CodingSettings, CodingTask
from codecpipe.cpv.manifest import Manifest
from codecpipe.decoding import Decoder
from codecpipe.encoding import Encoded, encode
from codecpipe.enhancer import Enhancer, restored
from codecpipe.format import VideoFormat
from codecpipe.job import EncodeJob, FrameSource
from codecpipe.metrics.psnr import psnr_frames
from codecpipe.programs.process import Limits
from codecpipe.programs.times import Times
from codecpipe.streams import StreamStore


@dataclass(frozen=True)
class Trial:
    """A coded, decoded, restored sequence: bits, PSNR-Y in dB and MSE of Y of each frame.

    The MSE is in squared sample steps at the larger of the source's and the coded bit depth.
    """

    encoded: Encoded
    bits: tuple[int, ...]
    psnr_db: tuple[float, ...]
    mse: tuple[float, ...]

    def over(self, frames: range) -> RatePoint:
        """Some of its frames together."""
        at = slice(frames.start, frames.stop)
        return RatePoint(sum(self.bits[at]), sum(capped(p) for p in self.psnr_db[at]))

    @property
    def total(self) -> RatePoint:
        """All of its frames together."""
        return self.over(range(len(self.bits)))


@dataclass
class Bench:
    """A job's trial encodes: its source and programs, and the time that they took in all."""

    source: FrameSource
    job: AdaptiveJob
    codec: Codec
    enhancer: Enhancer
    folder: Path
    limits: Limits
    store: StreamStore | None = None
    """Encodes of the whole sequence."""
    times: Times = field(default_factory=Times)
    """Here "encode" has every encode, "decide" all decoding and restoring."""
    logs: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def code(self, job: EncodeJob, label: str, first: int = 0) -> Encoded:
        """Code the frames from `first` on; the file stays in the folder."""
        path = self.folder / f"{self.count}.cpv"
        self.count += 1
        whole = job.layout.frames == self.job.frames
        done = encode(
            self.source if whole else SourcePart(self.source, first),
            self.codec,
            job,
            out=path,
            work_dir=self.folder,
            limits=self.limits,
            store=self.store if whole else None,
        )
        self.times.include(done.times)
        self.logs |= {f"{label}-{name}": said for name, said in done.logs.items()}
        return done

    def try_out(self, job: EncodeJob, label: str, first: int = 0) -> Trial:
        """Code as `code` does, decode, restore and measure."""
        done = self.code(job, label, first)
        fmt, indices = self.source.fmt, range(first, first + job.layout.frames)
        with Decoder(
            done.path, lambda _: self.codec, work_dir=self.folder, limits=self.limits
        ) as decoder:
            frames = restored(decoder, self.enhancer)
            measured = list(psnr_frames(self.source.frames(indices), fmt, frames, decoder.fmt))
        self.times.include(decoder.times, decode="decide", skeleton="decide", enhance="decide")
        psnr, mse = ([one.psnr_db[0] for one in measured], [one.mse[0] for one in measured])
        return Trial(done, frame_bits(done.manifest), psnr_db=tuple(psnr), mse=tuple(mse))

    def start_bits(self, job: EncodeJob, like: Manifest) -> int:
        """Bits of a segment's streams beyond their pictures: their parameter sets.

        One small grey picture is coded with each stream's settings, and contains next to nothing
        else. The manifest `like` is that of the job's file. A stream that the receiver completes
        has its parameter sets from there.
        """
        job = job.resolved(self.codec)
        sent = {stream.name for stream in like.streams if stream.lead_keys != "injected"}
        streams = (stream for stream in job.layout.streams if stream.name in sent)
        return 8 * sum(self._grey(job.settings(stream)) for stream in streams)

    def _grey(self, settings: CodingSettings) -> int:
        depth = self.codec.coded_depth(self.source.fmt.bit_depth)
        path, fmt = self.folder / f"grey{self.codec.suffix}", VideoFormat(64, 64, depth)
        frame = np.full(fmt.frame_samples, 1 << (depth - 1), dtype=fmt.dtype)
        task = CodingTask(fmt, self.source.fps, settings, out=path, limits=self.limits)
        self.times.add("encode", self.codec.encode([frame], task))
        return path.stat().st_size


def frame_bits(manifest: Manifest) -> tuple[int, ...]:
    """Bits of each frame; those of an LR key that is transmitted count for the frame it copies."""
    bits = [0] * manifest.sequence.frames
    for stream in manifest.streams:
        leads = stream.made_leads
        for picture in stream.pictures:
            if picture.display not in leads:
                bits[stream.frames[picture.display]] += 8 * picture.size_bytes
    return tuple(bits)
