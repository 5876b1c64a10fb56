"""Parameter sets once a stream, as HM and VTM write them.

FFmpeg's encoders repeat VPS, SPS and PPS with every intra picture, for tuning in; a file is
decoded from its start. At low rates the copies would be some per cent of an all-intra stream.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from encoders.nal_pictures import Syntax

_START = re.compile(rb"\x00?\x00\x00\x01")


def _units(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The NAL units of Annex B data, each with its start code and without."""
    starts = [(found.start(), found.end()) for found in _START.finditer(data)]
    ends = [start for start, _ in starts[1:]] + [len(data)]
    for (start, payload), end in zip(starts, ends, strict=True):
        yield data[start:end], data[payload:end]


def drop_repeated(stream: Path, syntax: Syntax) -> None:
    """Take parameter sets out of a stream that stand in it already, byte for byte, further up."""
    seen: set[bytes] = set()
    part = stream.with_name(f"{stream.name}.once")
    with part.open("wb") as out:
        for whole, payload in _units(stream.read_bytes()):
            if syntax.unit_type(payload) in syntax.set_types:
                if payload in seen:
                    continue
                seen.add(payload)
            out.write(whole)
    os.replace(part, stream)  # noqa: PTH105
