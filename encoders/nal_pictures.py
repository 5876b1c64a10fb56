"""Pictures of AVC, HEVC and VVC streams out of their traced headers.

Slice QP: 26 + init_qp_minus26 + slice_qp_delta (H.264 (7-30), H.265 (7-54), H.266 (87)).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codecpipe.codec import CodedPicture
from codecpipe.errors import ToolError
from encoders.trace import full_poc, in_display_order, read_packets


@dataclass(frozen=True)
class Syntax:
    """Names and numbers in which the three standards differ."""

    container: str
    """FFmpeg's format of a stream."""
    poc_lsb: str
    """The element that holds the low bits of a picture's order count."""
    poc_bits: str
    """The element that says how many bits that has, less 4."""
    pps_id: str
    """The element that numbers a picture parameter set."""
    init_qp: str
    """The element of a picture parameter set from which slice QPs differ, less 26."""
    slice_pps_id: str
    """The element that says which picture parameter set a slice uses."""
    slice_type: str
    """The element of a slice's type."""
    types: str
    """The letters of slice types 0, 1, …"""
    qp_deltas: tuple[str, ...]
    """The elements that are added to the QP of the picture parameter set."""
    idr_types: frozenset[int]
    """NAL unit types of IDR pictures."""
    set_types: frozenset[int]
    """NAL unit types of parameter sets."""
    type_byte: int
    """The byte of a NAL unit that holds its type."""
    type_shift: int
    """The lowest bit of the type in that byte."""
    type_bits: int = 5
    """How many bits the type has."""

    @property
    def elements(self) -> frozenset[str]:
        """All syntax elements that are looked at."""
        ids = (self.poc_lsb, self.poc_bits, self.pps_id, self.slice_pps_id)
        qps = (self.init_qp, self.slice_type, *self.qp_deltas)
        return frozenset(("nal_unit_type", "pic_order_cnt_type", *ids, *qps))

    def unit_type(self, unit: bytes) -> int:
        """The type of a NAL unit without its start code."""
        return unit[self.type_byte] >> self.type_shift & (1 << self.type_bits) - 1


AVC = Syntax(
    container="h264",
    poc_lsb="pic_order_cnt_lsb",
    poc_bits="log2_max_pic_order_cnt_lsb_minus4",
    pps_id="pic_parameter_set_id",
    init_qp="pic_init_qp_minus26",
    slice_pps_id="pic_parameter_set_id",
    slice_type="slice_type",
    types="PBIPI",
    qp_deltas=("slice_qp_delta",),
    idr_types=frozenset((5,)),
    set_types=frozenset((7, 8)),
    type_byte=0,
    type_shift=0,
)
HEVC = Syntax(
    container="hevc",
    poc_lsb="slice_pic_order_cnt_lsb",
    poc_bits="log2_max_pic_order_cnt_lsb_minus4",
    pps_id="pps_pic_parameter_set_id",
    init_qp="init_qp_minus26",
    slice_pps_id="slice_pic_parameter_set_id",
    slice_type="slice_type",
    types="BPI",
    qp_deltas=("slice_qp_delta",),
    idr_types=frozenset((19, 20)),
    set_types=frozenset((32, 33, 34)),
    type_byte=0,
    type_shift=1,
    type_bits=6,
)
VVC = Syntax(
    container="vvc",
    poc_lsb="ph_pic_order_cnt_lsb",
    poc_bits="sps_log2_max_pic_order_cnt_lsb_minus4",
    pps_id="pps_pic_parameter_set_id",
    init_qp="pps_init_qp_minus26",
    slice_pps_id="ph_pic_parameter_set_id",
    slice_type="sh_slice_type",
    types="BPI",
    qp_deltas=("ph_qp_delta", "sh_qp_delta"),
    idr_types=frozenset((7, 8)),
    set_types=frozenset((14, 15, 16)),
    type_byte=1,
    type_shift=3,
)


def nal_pictures(stream: Path, syntax: Syntax) -> tuple[CodedPicture, ...]:
    """The pictures of an Annex B stream in coding order."""
    return in_display_order(_coded(stream, syntax), stream)


def _coded(stream: Path, syntax: Syntax) -> Iterator[tuple[int, int, str, int, int]]:
    init_qp: dict[int, int] = {}
    poc_bits = sequence = poc = 0
    ordered = False  # H.264 without B pictures: order count type 2, coding order is display order
    for packet in read_packets(stream, syntax.container, syntax.elements):
        pps = 0
        for name, value in packet.elements:
            if name == syntax.poc_bits:
                poc_bits = value + 4
            elif name in (syntax.pps_id, syntax.slice_pps_id):
                pps = value
            elif name == syntax.init_qp:
                init_qp[pps] = value
        is_idr = any(n == "nal_unit_type" and v in syntax.idr_types for n, v in packet.elements)
        if is_idr:
            sequence += 1
            poc = 0
        lsb = packet.first(syntax.poc_lsb)
        if lsb is not None:
            poc = full_poc(lsb, poc_bits, poc)
        elif packet.first("pic_order_cnt_type") == 2:
            ordered = True
        if ordered and not is_idr:
            poc += 1
        elif lsb is None and not is_idr:
            raise ToolError(f"'{stream.name}' has a picture without a slice: not a valid stream")
        # Where a standard leaves slice_type out (VVC), only intra slices are allowed.
        kind = packet.first(syntax.slice_type)
        picture_type = "I" if kind is None else syntax.types[kind % 5]
        # The slice's parameter set; H.264 names it like the set's own id, and it comes last.
        used = next((v for n, v in reversed(packet.elements) if n == syntax.slice_pps_id), 0)
        qp = 26 + init_qp.get(used, 0) + sum(packet.first(name) or 0 for name in syntax.qp_deltas)
        yield sequence, poc, picture_type, qp, packet.size_bytes
