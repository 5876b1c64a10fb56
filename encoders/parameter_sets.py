"""Parameter sets once a stream, as HM and VTM write them.

FFmpeg's encoders repeat VPS, SPS and PPS with every intra picture, for tuning in; a file is
decoded from its start. At low rates the copies would be some per cent of an all-intra stream.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

_START = re.compile(rb"\x00?\x00\x00\x01")


def _units(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """NAL units of Annex B data as (with start code, without)."""
    starts = [(found.start(), found.end()) for found in _START.finditer(data)]
    ends = [start for start, _ in starts[1:]] + [len(data)]
    for (start, payload), end in zip(starts, ends, strict=True):
        yield data[start:end], data[payload:end]


def drop_repeated(stream: Path, types: frozenset[int], shift: int, byte: int) -> None:
    """Take parameter sets out of a stream that stand in it already, byte for byte, further up.

    ``types``: NAL unit types of parameter sets; the type is ``header[byte] >> shift``, 5 or 6 bits.
    """
    seen: set[bytes] = set()
    part = stream.with_name(f"{stream.name}.once")
    mask = 0x3F if shift == 1 else 0x1F
    with part.open("wb") as out:
        for whole, payload in _units(stream.read_bytes()):
            if (payload[byte] >> shift) & mask in types:
                if payload in seen:
                    continue
                seen.add(payload)
            out.write(whole)
    os.replace(part, stream)  # noqa: PTH105
