"""Temporal units of AV1 streams out of their traced headers.

A temporal unit shows one frame; frames it codes but does not show count towards its bytes. QP is
``base_q_idx`` (0 to 255) of the frame shown; a repeated frame has that of the last one coded.
"""

from collections.abc import Iterator
from pathlib import Path

from codecpipe.codec import CodedPicture
from codecpipe.errors import ToolError
from encoders.trace import in_display_order, read_packets

_ELEMENTS = frozenset(("show_existing_frame", "frame_type", "show_frame", "base_q_idx"))
_INTRA = (0, 2)  # KEY_FRAME, INTRA_ONLY_FRAME


def av1_pictures(stream: Path) -> tuple[CodedPicture, ...]:
    """The temporal units of a low-overhead AV1 stream, which are in display order."""
    return in_display_order(_coded(stream), stream)


def _coded(stream: Path) -> Iterator[tuple[int, int, str, int, int]]:
    qp = 0
    for index, packet in enumerate(read_packets(stream, "obu", _ELEMENTS)):
        kind: int | None = None
        shown: str | None = None
        for name, value in packet.elements:
            if name == "frame_type":
                kind = value
            elif name == "base_q_idx":
                qp = value
            elif (name == "show_frame" and value) or (name == "show_existing_frame" and value):
                # A frame shown again was coded as a B frame would be: ahead of its time.
                again = name == "show_existing_frame"
                shown = "B" if again else ("I" if kind in _INTRA else "P")
        if shown is None:
            raise ToolError(f"'{stream.name}' has a temporal unit that shows nothing")
        yield 0, index, shown, qp, packet.size_bytes
