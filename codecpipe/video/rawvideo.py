"""Raw planar video and Y4M in files: memory-mapped, addressed by frame, never loaded whole."""

from __future__ import annotations

import contextlib
import mmap
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from codecpipe.errors import InputError
from codecpipe.format import Frame, VideoFormat
from codecpipe.video.y4m import FRAME_MARK, read_header

RELEASE_BYTES = 64 << 20


class RawVideo:
    """Frames of a file of raw planar video or Y4M, by index.

    Args:
        path: the file.
        fmt: sample format; None only for Y4M, which says it itself.

    Raises:
        InputError: missing, empty, or not a whole number of frames.
    """

    def __init__(self, path: Path, fmt: VideoFormat | None = None) -> None:
        self.path = path
        self.fps: Fraction | None = None
        try:
            size = path.stat().st_size
            if size == 0:
                raise InputError(f"'{path}' is empty: there is no video in it")
            # The map keeps the file; nothing else has to be closed.
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise InputError(f"'{path}' cannot be read ({error.strerror})") from error
        self._touched = 0
        try:
            if path.suffix.lower() == ".y4m":
                header = read_header(self._map[:4096], path)
                self.fmt, self.fps = header.fmt, header.fps
                self._start, self._lead = header.length, len(FRAME_MARK)
            else:
                if fmt is None:
                    raise InputError(
                        f"the size of '{path.name}' is not known: give --size (and --bit-depth)"
                    )
                self.fmt, self._start, self._lead = fmt, 0, 0
            self._stride = self._lead + self.fmt.frame_bytes
            self._count, rest = divmod(size - self._start, self._stride)
            if not self._count and not rest:
                raise InputError(f"'{path}' ends after its header: there is no frame in it")
            if rest:
                raise InputError(
                    f"'{path}' holds {self._count} frames of {self.fmt.size} {self.fmt.pix_fmt} and"
                    f" {rest} bytes more, not a whole number of frames: check size and bit depth,"
                    " or whether the file was cut off"
                )
        except BaseException:
            self.close()
            raise

    def __reduce__(self) -> tuple[type[RawVideo], tuple[Path, VideoFormat]]:
        """Another process opens the file by itself."""
        return RawVideo, (self.path.absolute(), self.fmt)

    def __len__(self) -> int:
        return self._count

    def __enter__(self) -> RawVideo:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back; frames handed out before must not be used any more."""
        # Where a frame is still held somewhere, the map goes with it.
        with contextlib.suppress(BufferError):
            self._map.close()

    def frame(self, index: int) -> Frame:
        """Frame ``index`` as a flat array over the mapped file; InputError where there is none."""
        if not 0 <= index < self._count:
            raise InputError(f"'{self.path}' has no frame {index}: it holds {self._count}")
        self._touched += self._stride
        if self._touched > RELEASE_BYTES:
            # Mapped pages count as the process's own until they are given back.
            self._map.madvise(mmap.MADV_DONTNEED)
            self._touched = 0
        at = self._start + index * self._stride
        if self._lead and self._map[at : at + self._lead] != FRAME_MARK:
            raise InputError(
                f"'{self.path}': frame {index} does not start with a plain FRAME line;"
                " convert the file with ffmpeg first"
            )
        return np.frombuffer(
            self._map, dtype=self.fmt.dtype, count=self.fmt.frame_samples, offset=at + self._lead
        )

    def frames(self, indices: Iterable[int] | None = None) -> Iterator[Frame]:
        """The frames of these indices, all by default, one at a time."""
        for index in range(self._count) if indices is None else indices:
            yield self.frame(index)


def write_raw(path: Path, frames: Iterable[Frame]) -> int:
    """Write frames one after the other; the number written."""
    count = 0
    with path.open("wb") as out:
        for frame in frames:
            out.write(np.ascontiguousarray(frame).data)
            count += 1
    return count
