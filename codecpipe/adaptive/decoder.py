"""Decoding an adaptive file: its parts one after the other, each as a sequence of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from codecpipe.adaptive.file import AdaptiveFile
from codecpipe.codec import CodecOf
from codecpipe.decoding import Decoder
from codecpipe.format import VideoFormat
from codecpipe.programs.process import Limits
from codecpipe.programs.times import Times


class AdaptiveDecoder:
    """Decodes an adaptive file; every picture's MD5 is checked. A context manager.

    `codecpipe.enhancer.restored` takes it as it takes a `codecpipe.decoding.Decoder`. LR frames may
    have other sizes from part to part, and an enhancer gets each part as a video of its own.

    Args:
        file: the opened file, which is closed with this.
        codec_of, work_dir, limits: see `codecpipe.decoding.Decoder`.
    """

    def __init__(
        self,
        file: AdaptiveFile,
        codec_of: CodecOf,
        *,
        work_dir: Path | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.file, self.manifest = file, file.manifest
        self.limits = limits or Limits()
        self.times = Times()
        self._codec_of, self._work_dir = codec_of, work_dir
        try:
            self.codec = codec_of(self.manifest.codec.name)
        except BaseException:
            file.close()
            raise

    def __enter__(self) -> AdaptiveDecoder:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    @property
    def fmt(self) -> VideoFormat:
        """Format of HR frames and of restored ones: source size, coded depth."""
        return self.manifest.coded_format

    def decoders(self) -> Iterator[Decoder]:
        """The decoder of each part in turn; the one before is closed then."""
        for index in range(len(self.file.parts)):
            part = self.file.part(index)
            with Decoder(
                part, self._codec_of, work_dir=self._work_dir, limits=self.limits
            ) as decoder:
                decoder.times = self.times
                yield decoder
