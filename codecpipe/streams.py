"""Coded streams that several jobs have in common: coded once, kept, and taken from there.

All methods of a sweep share one anchor; all ``delta_qp`` of a layout share one HR stream at each
QP. Only streams without leads are shared: a led one depends on how its keys were decoded.
"""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from codecpipe.codec import Codec, CodedPicture
from codecpipe.digest import digest
from codecpipe.format import VideoFormat
from codecpipe.job import EncodeJob
from codecpipe.layout import StreamPlan
from codecpipe.programs.ffmpeg import ffmpeg_version
from codecpipe.programs.process import ToolRun
from codecpipe.video.resample import plan_size


@dataclass(frozen=True)
class StoredStream:
    """A coded stream: its file, what its encoder took and said, its pictures and their MD5s."""

    path: Path
    run: ToolRun
    pictures: tuple[CodedPicture, ...]
    md5: tuple[str, ...]


class StreamStore(Protocol):
    """A store of the coded streams of one source, by `stream_key`."""

    def get(self, key: str) -> StoredStream | None:
        """The stream of that key, None where there is none."""

    def put(self, key: str, stream: StoredStream) -> None:
        """Keep a copy of a stream; the store may not want it."""


def stream_key(
    codec: Codec, job: EncodeJob, stream: StreamPlan, source_fmt: VideoFormat, fps: Fraction
) -> str:
    """A hash of all that determines a stream without leads, but for the source's samples.

    The job's options are the resolved ones, see `EncodeJob.resolved`.

    Raises:
        InputError: the codec does not take the source's bit depth.
    """
    fmt = source_fmt.with_depth(codec.coded_depth(source_fmt.bit_depth))
    size = None
    if stream.scale != 1:
        size = plan_size(fmt.width, fmt.height, job.layout.options.scale).at(stream.scale)
    return digest(
        {
            "codec": codec.name,
            "version": codec.version(),
            "ffmpeg": ffmpeg_version(),
            "settings": job.settings(stream),
            "source": source_fmt,
            "coded_depth": fmt.bit_depth,
            "fps": fps,
            "pictures": stream.digest,
            "size": size,
            "kernel": job.kernel if size else None,
        }
    )
