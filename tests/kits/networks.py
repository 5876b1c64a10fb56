"""Commands run within the tests' process, and a clip for networks to restore."""

from pathlib import Path

import numpy as np
from click.testing import CliRunner, Result

from codecpipe.errors import CodecpipeError

WIDTH, HEIGHT = 64, 48


def ran(command, *arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))


def refused(command, *arguments: str) -> str:
    done = ran(command, *arguments)
    assert isinstance(done.exception, CodecpipeError), done.output
    return str(done.exception)


def clip(path: Path, frames: int) -> Path:
    """Raw 4:2:0 of `WIDTH` × `HEIGHT`: waves that move by two samples a frame."""
    with path.open("wb") as file:
        for index in range(frames):
            y, x = np.mgrid[:HEIGHT, :WIDTH]
            luma = 128 + 60 * np.sin((x + 2 * index) / 4) + 50 * np.cos(y / 5)
            file.write(luma.astype(np.uint8).tobytes())
            for shift in (0, 9):
                file.write((luma[::2, ::2] / 2 + 60 + shift).astype(np.uint8).tobytes())
    return path
