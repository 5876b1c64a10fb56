"""Per-picture sizes, types and QPs out of an elementary stream, by FFmpeg's header trace.

Read from the stream rather than from an encoder's log: it is what a receiver gets, and the same
for every encoder of a standard. FFmpeg's ``trace_headers`` prints each packet (access unit) with
its size, and each syntax element by its name in the standard.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import ffmpeg

from codecpipe.codec import CodedPicture
from codecpipe.errors import ToolError
from codecpipe.programs.ffmpeg import find_ffmpeg
from codecpipe.programs.process import ToolProcess

_PACKET = re.compile(r"\] Packet: (\d+) bytes")
_ELEMENT = re.compile(r"\] \d+ +(\w+)(?:\[\d+\])* +[01]+ = (-?\d+)$")


@dataclass
class Packet:
    """One access unit."""

    size_bytes: int
    elements: list[tuple[str, int]] = field(default_factory=list)
    """Names and values of the syntax elements of its headers, in order."""

    def first(self, name: str) -> int | None:
        """The value of the first element of that name, None where there is none."""
        return next((value for key, value in self.elements if key == name), None)


def read_packets(stream: Path, container: str, keep: frozenset[str]) -> Iterator[Packet]:
    """The packets of an elementary stream with the elements named in ``keep``.

    Elements before the first packet (FFmpeg's copy of the parameter sets) are passed over.
    """
    traced = {"format": "null", "codec": "copy", "bsf:v": "trace_headers"}
    graph = ffmpeg.input(str(stream), format=container).output("-", **traced)
    command = graph.global_args(*"-hide_banner -nostdin -nostats -loglevel verbose".split())
    packet: Packet | None = None
    with ToolProcess(command.compile(cmd=find_ffmpeg()), merge_stderr=True) as process:
        for line in process.lines():
            if found := _PACKET.search(line):
                if packet:
                    yield packet
                packet = Packet(int(found[1]))
            elif packet and (found := _ELEMENT.search(line)) and found[1] in keep:
                packet.elements.append((found[1], int(found[2])))
        process.finish()
    if packet:
        yield packet


def in_display_order(
    pictures: Iterable[tuple[int, int, str, int, int]], stream: Path
) -> tuple[CodedPicture, ...]:
    """Coded pictures from (coded video sequence, POC, type, QP, bytes) in coding order.

    Raises:
        ToolError: two pictures with one POC, or sizes that do not add up to the file's.
    """
    coded = list(pictures)
    places = sorted((sequence, poc) for sequence, poc, *_ in coded)
    rank = {place: index for index, place in enumerate(places)}
    if len(rank) != len(coded):
        raise ToolError(
            f"'{stream.name}' has pictures with the same order count: not a valid stream"
        )
    if sum(size for *_, size in coded) != stream.stat().st_size:
        raise ToolError(f"'{stream.name}' has bytes that belong to no picture: not a valid stream")
    return tuple(
        CodedPicture(display=rank[sequence, poc], picture_type=kind, qp=qp, size_bytes=size)
        for sequence, poc, kind, qp, size in coded
    )


def full_poc(lsb: int, bits: int, previous: int) -> int:
    """The picture order count whose low ``bits`` bits are ``lsb``, nearest to the previous one."""
    period = 1 << bits
    near = previous - previous % period + lsb
    return min((near - period, near, near + period), key=lambda poc: abs(poc - previous))
