"""codecpipe's core: video, layouts, the codec and enhancer interfaces, the .cpv file, metrics.

::

    import codecpipe
    from encoders import get_codec

    coded = codecpipe.encode("clip_352x288_30.yuv", "clip.cpv", codec=get_codec("x265"), qp=32)
    print(coded.manifest.rate_kbps)

Its functions are loaded when they are first used, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = ["RestoredFrame", "__version__", "decode", "encode", "measure", "open_cpv"]

if TYPE_CHECKING:
    from codecpipe.api import RestoredFrame, decode, encode, measure
    from codecpipe.opening import open_cpv
else:
    _MODULES = {"open_cpv": "codecpipe.opening"} | dict.fromkeys(
        ("RestoredFrame", "decode", "encode", "measure"), "codecpipe.api"
    )

    def __getattr__(name: str) -> Any:
        """The function of the API, from the module that it is in."""
        if name not in _MODULES:
            raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
        return getattr(import_module(_MODULES[name]), name)
