"""Zones: how x264 and x265 are told a QP for each picture at constant QP."""

from collections.abc import Sequence
from itertools import groupby

from codecpipe.codec import CodingSettings
from codecpipe.errors import InputError

LONGEST = 100_000
"""Characters; Linux takes 128 KiB in one argument."""


def zones(settings: CodingSettings, order: Sequence[int], first: int) -> str:
    """The encoder's ``zones``: runs of pictures with one offset, those without left out.

    ``order``: the display positions in the order in which the encoder counts pictures for zones.
    ``first``: the number that it gives the first of them.
    """
    numbered = enumerate((settings.qp_offsets[at] for at in order), first)
    found = []
    for offset, part in groupby(numbered, key=lambda pair: pair[1]):
        numbers = [number for number, _ in part]
        if offset:
            found.append(f"{numbers[0]},{numbers[-1]},q={settings.qp + offset}")
    text = "/".join(found)
    if len(text) > LONGEST:
        raise InputError(
            f"{len(order)} pictures with QPs of their own are too many for one command line:"
            " code fewer frames, or leave the LR offsets out"
        )
    return text


def coding_order(count: int, intra_period: int, b_pictures: int) -> tuple[int, ...]:
    """Display positions in coding order where a mini-GOP's last picture comes first.

    The B picture in its middle is next (others refer to it), the rest follow in display order. A
    mini-GOP has up to ``b_pictures`` B pictures; intra pictures and the stream's end cut it short.
    """
    order, last = [0], 0
    while last < count - 1:
        ends = [last + b_pictures + 1, count - 1]
        if intra_period:
            ends.append((last // intra_period + 1) * intra_period)
        end = min(ends)
        between = list(range(last + 1, end))
        middle = [between.pop(len(between) // 2)] if len(between) > 1 else []
        order += [end, *middle, *between]
        last = end
    return tuple(order)
