"""Clips of the tests of real encoders."""

from collections.abc import Callable
from pathlib import Path

import pytest
from kits.hm_vtm import FRAMES
from kits.reference import real_clip

from codecpipe.video.source import Source


@pytest.fixture(scope="session")
def real(bikes: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Source]:
    folder = tmp_path_factory.mktemp("bikes")

    def make(bit_depth: int) -> Source:
        return real_clip(
            bikes, folder / f"bikes_{bit_depth}bit.yuv", bit_depth=bit_depth, frames=FRAMES
        )

    return make
