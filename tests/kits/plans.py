"""Entries of the small experiment in the tests of plans, and encodes of its plan."""


def of_layout(encodes, layout: str):
    """The encode of a plan in that layout."""
    (found,) = (encode for encode in encodes if encode.job.layout.name == layout)
    return found


def layout_keys(**options: object) -> dict[str, object]:
    """An experiment's entry of one layout, CRS with these options."""
    return {"layouts": [{"layout": "crs", **options}]}


def codec_keys(**options: object) -> dict[str, object]:
    """An experiment's entry of one codec, x265 with these options."""
    return {"codecs": [{"codec": "x265", "preset": "ultrafast", **options}]}


def sequence_keys(**options: object) -> dict[str, object]:
    """An experiment's entry of one sequence, the clip with these options."""
    return {"sequences": [{"file": "clip_64x64_30_8bit.yuv", **options}]}
