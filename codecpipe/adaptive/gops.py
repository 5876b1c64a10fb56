"""GOPs, the runs of them that are coded together, and how the choices are signalled."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True)
class Segment:
    """A maximal run of GOPs of one mode: its frames and the index of the mode."""

    first: int
    frames: int
    mode: int


def gop_ranges(frames: int, gop: int) -> tuple[range, ...]:
    """The frames of each GOP; ``gop`` 0: all are one. The last one may be shorter."""
    length = gop or frames
    return tuple(range(at, min(at + length, frames)) for at in range(0, frames, length))


def segments_of(choices: Sequence[int], frames: int, gop: int) -> tuple[Segment, ...]:
    """The segments of one mode index a GOP."""
    ranges = gop_ranges(frames, gop)
    found = []
    for mode, run in groupby(zip(choices, ranges, strict=True), key=lambda pair: pair[0]):
        parts = [part for _, part in run]
        found.append(Segment(parts[0].start, parts[-1].stop - parts[0].start, mode))
    return tuple(found)


def bits_per_choice(modes: int) -> int:
    """ceil(log2(modes)): what one GOP's choice takes."""
    return (modes - 1).bit_length()


def signalling_bytes(gops: int, modes: int) -> int:
    """Bytes of all choices."""
    return -(-gops * bits_per_choice(modes) // 8)


def pack(choices: Sequence[int], modes: int) -> bytes:
    """The choices one after the other, most significant bit first, filled up with zeros."""
    width, value = bits_per_choice(modes), 0
    for choice in choices:
        value = value << width | choice
    size = signalling_bytes(len(choices), modes)
    return (value << (8 * size - width * len(choices))).to_bytes(size, "big")


def unpack(data: bytes, gops: int, modes: int) -> tuple[int, ...]:
    """The choices of so many GOPs.

    Raises:
        ValueError: another number of bytes, a mode that there is not, or bits after the last one.
    """
    if len(data) != signalling_bytes(gops, modes):
        raise ValueError("the GOPs' choices have another size than due")
    width = bits_per_choice(modes)
    bits = "".join(f"{byte:08b}" for byte in data)
    choices = tuple(int(bits[at * width : (at + 1) * width], 2) for at in range(gops))
    if any(choice >= modes for choice in choices) or "1" in bits[gops * width :]:
        raise ValueError("a GOP's choice is none of the candidates")
    return choices
