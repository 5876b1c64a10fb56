"""Per-frame columns and settings of a ``.cpv`` file, of one part or of several."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from codecpipe.cpv import Manifest
from codecpipe.cpv.manifest import CodedPart


def part_columns(parts: Iterable[CodedPart]) -> dict[str, list[Any]]:
    """The columns of `frame_columns` over all parts, and ``mode``, the name of a part's coding."""
    columns: dict[str, list[Any]] = {}
    for part in parts:
        found = frame_columns(part.manifest)
        found["frame"] = [part.first + frame for frame in found["frame"]]
        found["mode"] = [part.mode] * len(found["frame"])
        for name, values in found.items():
            columns.setdefault(name, []).extend(values)
    return columns


def frame_columns(manifest: Manifest) -> dict[str, list[Any]]:
    """Per frame: stream, scale, key frame or not, picture type and QP, bits.

    Bits of LR keys that had to be transmitted count for the key frame that they copy.
    """
    count = manifest.sequence.frames
    mixed = len({stream.scale for stream in manifest.streams}) > 1
    columns: dict[str, list[Any]] = {
        name: [None] * count
        for name in ("stream", "scale", "key_frame", "picture_type", "picture_qp")
    }
    columns["bits"] = [0] * count
    for stream in manifest.streams:
        leads = frozenset(stream.leads)
        scale = float(Fraction(stream.scale))
        for picture in stream.pictures:
            frame = stream.frames[picture.display]
            is_lead = picture.display in leads
            if not is_lead or stream.lead_keys == "paid":
                columns["bits"][frame] += 8 * picture.size_bytes
            if is_lead:
                continue
            columns["stream"][frame] = stream.name
            columns["scale"][frame] = scale
            columns["key_frame"][frame] = mixed and stream.name == "hr"
            columns["picture_type"][frame] = picture.picture_type
            columns["picture_qp"][frame] = picture.qp
    return {"frame": list(range(count)), **columns}


def mixed_settings(parts: tuple[CodedPart, ...]) -> dict[str, Any]:
    """``scale``, ``delta_qp`` and ``lr_keys`` of a file of one or several parts.

    Of an adaptive file the largest scale in it, with its ``delta_qp``. ``lr_keys`` is ``paid`` if
    any part has paid for some.
    """
    low = [
        (float(stream.plan().scale), part.manifest.layout.delta_qp)
        for part in parts
        for stream in part.manifest.streams
        if stream.scale != "1"
    ]
    scale, delta_qp = max(low, default=(1.0, 0), key=lambda pair: pair[0])
    keys = {stream.lead_keys for part in parts for stream in part.manifest.streams}
    lr_keys = next((found for found in ("paid", "injected") if found in keys), "none")
    return {"delta_qp": delta_qp, "scale": scale, "lr_keys": lr_keys}
