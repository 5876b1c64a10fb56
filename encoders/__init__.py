"""The codecs, one module each, by name."""

from collections.abc import Callable

from codecpipe.codec import Codec
from codecpipe.errors import InputError
from encoders.hm import HM
from encoders.svtav1 import SvtAv1
from encoders.vtm import VTM
from encoders.vvenc import VVenC
from encoders.x264 import X264
from encoders.x265 import X265

CODECS: dict[str, Callable[[], Codec]] = {
    "x265": X265,
    "vvenc": VVenC,
    "x264": X264,
    "svtav1": SvtAv1,
    "hm": HM,
    "vtm": VTM,
}


def get_codec(name: str) -> Codec:
    """The codec of that name.

    Raises:
        InputError: there is none.
    """
    if name not in CODECS:
        raise InputError(f"there is no codec '{name}': choose one of {', '.join(CODECS)}")
    return CODECS[name]()
