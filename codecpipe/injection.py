"""Reference injection: sending only what the receiver cannot make itself of an LR stream.

The leads of an LR stream are down-sampled decoded keys, which the receiver has. It codes the
*skeleton* (the leads, each repeated until the next) with the sender's settings; the leads' access
units and the parameter sets come out byte for byte the same, and only the others are transmitted.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from codecpipe.codec import CodedPicture
from codecpipe.errors import MismatchError
from codecpipe.format import Frame
from codecpipe.layout import StreamPlan
from codecpipe.video.rawvideo import RawVideo


def lr_input(plan: StreamPlan, leads: RawVideo, others: Iterable[Frame]) -> Iterator[Frame]:
    """The frames to encode: leads from ``leads`` (one each, in order), the rest from ``others``."""
    rest = iter(others)
    lead = 0
    for picture in plan.pictures:
        if picture.lead:
            yield leads.frame(lead)
            lead += 1
        else:
            yield next(rest)
    # The end of the frames is where errors of their maker come out.
    for _ in rest:
        pass


def skeleton_input(plan: StreamPlan, leads: RawVideo) -> Iterator[Frame]:
    """The same sequence with every other frame replaced by a copy of the lead before it."""
    lead = -1
    for picture in plan.pictures:
        lead += picture.lead
        yield leads.frame(lead)


def _units(stream: Path, pictures: Sequence[CodedPicture]) -> Iterator[tuple[int, bytes]]:
    with stream.open("rb") as file:
        for picture in pictures:
            yield picture.display, file.read(picture.size_bytes)


def extract(stream: Path, pictures: Sequence[CodedPicture], leads: Iterable[int], out: Path) -> int:
    """Write the access units that are no leads to ``out``; bytes written."""
    skip = frozenset(leads)
    written = 0
    with out.open("wb") as file:
        for display, unit in _units(stream, pictures):
            if display not in skip:
                written += file.write(unit)
    return written


def splice(
    skeleton: Path,
    pictures: Sequence[CodedPicture],
    leads: Iterable[int],
    transmitted: Path,
    sizes: Sequence[int],
    out: Path,
) -> None:
    """Put the transmitted access units (of ``sizes`` bytes) where the skeleton has its copies.

    Raises:
        MismatchError: the skeleton has another number of pictures than were sent.
    """
    keep = frozenset(leads)
    if len(pictures) != len(keep) + len(sizes):
        raise MismatchError(
            f"the skeleton has {len(pictures)} pictures where {len(keep) + len(sizes)} are due:"
            " the encoder here is not the one that wrote the file"
        )
    remaining = iter(sizes)
    with out.open("wb") as file, transmitted.open("rb") as sent:
        for display, unit in _units(skeleton, pictures):
            file.write(unit if display in keep else sent.read(next(remaining)))
