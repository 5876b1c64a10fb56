"""Sizes of the pictures of a VVC stream, where reference picture resampling changes them."""

from pathlib import Path

from encoders.nal_pictures import VVC
from encoders.trace import read_packets

_WIDTH, _HEIGHT = "pps_pic_width_in_luma_samples", "pps_pic_height_in_luma_samples"
_FULL = "sps_pic_width_max_in_luma_samples"


def picture_sizes(stream: Path) -> tuple[int, tuple[tuple[int, int], ...]]:
    """The sequence's full width, and (width, height) of each picture in coding order.

    In luma samples (H.266, 7.4.3.4 and 7.4.3.5).
    """
    keep = frozenset((VVC.pps_id, VVC.slice_pps_id, _WIDTH, _HEIGHT, _FULL))
    sets: dict[int, tuple[int, int]] = {}
    sizes = []
    full = 0
    for packet in read_packets(stream, VVC.container, keep):
        pps = width = 0
        for name, value in packet.elements:
            if name in (VVC.pps_id, VVC.slice_pps_id):
                pps = value
            elif name == _FULL:
                full = value
            elif name == _WIDTH:
                width = value
            elif name == _HEIGHT:
                sets[pps] = (width, value)
        sizes.append(sets.get(pps, (0, 0)))
    return full, tuple(sizes)
