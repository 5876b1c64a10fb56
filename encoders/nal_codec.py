"""Codecs inside FFmpeg that write NAL units: AVC, HEVC and VVC."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from codecpipe.codec import CodedPicture, CodingSettings
from encoders.ffmpeg_codec import FFmpegCodec
from encoders.nal_pictures import Syntax, nal_pictures

_START = re.compile(rb"\x00?\x00\x00\x01")


class NalCodec(FFmpegCodec):
    """A codec whose streams are NAL units, so that its standard's syntax describes them."""

    syntax: ClassVar[Syntax]
    """The standard's."""

    def tidy(self, stream: Path, settings: CodingSettings) -> None:
        """Leave each parameter set in the stream once, as HM and VTM write them.

        FFmpeg's encoders repeat VPS, SPS and PPS with every intra picture, for tuning in; a file is
        decoded from its start. At low rates the copies would be some per cent of an all-intra
        stream.
        """
        del settings
        seen: set[bytes] = set()
        part = stream.with_name(f"{stream.name}.once")
        with part.open("wb") as out:
            for whole, payload in _units(stream.read_bytes()):
                if self.syntax.unit_type(payload) in self.syntax.set_types:
                    if payload in seen:
                        continue
                    seen.add(payload)
                out.write(whole)
        os.replace(part, stream)  # noqa: PTH105

    def pictures(self, stream: Path) -> tuple[CodedPicture, ...]:
        """The pictures of a stream in coding order, by their slice headers."""
        return nal_pictures(stream, self.syntax)


def _units(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The NAL units of Annex B data, each with its start code and without."""
    starts = [(found.start(), found.end()) for found in _START.finditer(data)]
    ends = [start for start, _ in starts[1:]] + [len(data)]
    for (start, payload), end in zip(starts, ends, strict=True):
        yield data[start:end], data[payload:end]
