"""Opening what a user names: raw video, Y4M, or anything that FFmpeg reads, converted once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from codecpipe.errors import InputError
from codecpipe.format import Chroma, Frame, VideoFormat
from codecpipe.video.cache import cached_digest
from codecpipe.video.catalogue import Catalogue
from codecpipe.video.convert import converted
from codecpipe.video.filename import Geometry, parse_filename
from codecpipe.video.rawvideo import RawVideo

RAW_SUFFIXES = (".yuv", ".raw", ".i420", ".420", "")


@dataclass(frozen=True)
class Source:
    """An opened sequence: name, class (of a catalogue, else ""), frame rate, and its frames."""

    name: str
    class_name: str
    path: Path
    video: RawVideo
    fps: Fraction
    notes: tuple[str, ...] = ()
    step: int = 1
    """Frames of the file from one frame of the sequence to the next."""

    @property
    def fmt(self) -> VideoFormat:
        """Its sample format."""
        return self.video.fmt

    def __len__(self) -> int:
        return subsampled_count(len(self.video), self.step)

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.video.close()

    def frames(self, indices: Iterable[int] | None = None) -> Iterator[Frame]:
        """The frames of these indices, all by default."""
        wanted = range(len(self)) if indices is None else indices
        return self.video.frames(self.step * index for index in wanted)

    def subsampled(self, ratio: int) -> Source:
        """Frames 0, N, 2N, … for a `ratio` N, at 1/N of the frame rate.

        Rates are then those of the coded frames, as in the CTC with TemporalSubsampleRatio.

        Raises:
            InputError: the ratio is below 1.
        """
        if ratio < 1:
            raise InputError(f"a temporal sub-sampling by {ratio} cannot be: give 1 or more")
        if ratio == 1:
            return self
        fps = self.fps / ratio
        note = (
            f"only frames 0, {ratio}, {2 * ratio} … are coded and measured, at {float(fps):g} fps"
            f" (temporal sub-sampling by {ratio})"
        )
        return replace(self, fps=fps, step=ratio * self.step, notes=(*self.notes, note))

    @cached_property
    def _digests(self) -> dict[int, str]:
        return {}

    def sha256(self, frames: int) -> str:
        """SHA-256 over the samples of the first ``frames`` frames."""
        if frames not in self._digests:
            steps = range(0, frames * self.step, self.step)
            self._digests[frames] = sample_digest(self.video, steps)
        return self._digests[frames]


def subsampled_count(frames: int, ratio: int) -> int:
    """The number of frames left of `frames`, the first one always (294 by 8: 37, as in VTM)."""
    return -(-frames // ratio)


def sample_digest(video: RawVideo, indices: range) -> str:
    """SHA-256 over the samples of these frames; the user's cache knows that of a known file."""

    def make() -> str:
        digest = hashlib.sha256()
        for frame in video.frames(indices):
            digest.update(frame.data)
        return digest.hexdigest()

    frames = [indices.start, indices.stop, indices.step]
    return cached_digest(video.path, {"format": video.fmt, "frames": frames}, make)


def open_source(
    path: Path,
    geometry: Geometry | None = None,
    catalogue: Catalogue | None = None,
    cache_dir: Path | None = None,
    default_fps: Fraction | None = None,
) -> Source:
    """Open a sequence.

    Its format comes from `geometry` (a user's options), a Y4M header or container, a catalogue
    entry of the file's name, or the file name itself, in this order. Where none has a frame rate,
    `default_fps` is taken, if given: some uses hardly depend on it.

    Raises:
        InputError: missing, not readable, of unknown size, or not a whole number of frames.
    """
    if not path.exists():
        raise InputError(f"'{path}' does not exist: check the path")
    if path.is_dir():
        raise InputError(f"'{path}' is a folder: name a video file in it")
    given = geometry or Geometry()
    entry = catalogue.find(path.name) if catalogue else None
    known = entry or parse_filename(path.name)
    # A file name may hold bytes that are no text, which a manifest could not.
    name = entry.name if entry else path.stem.encode("utf-8", "replace").decode()
    class_name = entry.class_name if entry else ""
    notes: tuple[str, ...] = ()
    if path.suffix.lower() in RAW_SUFFIXES:
        width, height = given.width or known.width, given.height or known.height
        if width is None or height is None:
            raise InputError(
                f"the size of '{path.name}' is in neither its name nor a catalogue:"
                " give --size WIDTHxHEIGHT"
            )
        depth = given.bit_depth or known.bit_depth or 8
        chroma = given.chroma or known.chroma or Chroma.YUV420
        video = RawVideo(path, VideoFormat(width, height, bit_depth=depth, chroma=chroma))
        fps = given.fps or known.fps
    elif path.suffix.lower() == ".y4m":
        video = RawVideo(path)
        fps = given.fps or video.fps
    else:
        clip = converted(path, cache_dir)
        video = RawVideo(clip.path, clip.fmt)
        fps, notes = given.fps or clip.fps, clip.notes
    fps = fps or default_fps
    if fps is None:
        video.close()
        raise InputError(f"the frame rate of '{path.name}' is not known: give --fps")
    return Source(name=name, class_name=class_name, path=path, video=video, fps=fps, notes=notes)
