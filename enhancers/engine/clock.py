"""How long networks take, and which part of a video they are at."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import torch

from codecpipe.enhancer import DecodedVideo
from codecpipe.programs.process import ToolRun
from enhancers.engine.device import Place
from enhancers.engine.planes import Group
from enhancers.engine.tiles import Tile
from enhancers.engine.used import Used
from enhancers.weights.resolve import Resolved


@dataclass
class Clock:
    """What restoring took: frames restored, seconds of wall and of CPU time in the network."""

    frames: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0

    def __enter__(self) -> "Clock":
        self._started = (time.monotonic(), _cpu_s())
        return self

    def __exit__(self, *_: object) -> None:
        self.wall_s += time.monotonic() - self._started[0]
        self.cpu_s += _cpu_s() - self._started[1]


class Cut(Protocol):
    """A runner, as `clocked` knows it: for which planes it is, and the tiles it works in."""

    @property
    def group(self) -> Group: ...  # noqa: D102

    @property
    def tiles(self) -> tuple[Tile, ...]: ...  # noqa: D102


@contextmanager
def clocked(
    video: DecodedVideo,
    weights: Resolved,
    runners: Sequence[Cut],
    place: Place,
    used: Used,
    name: str,
) -> Iterator[Clock]:
    """A block that restores a video: ``used`` is told with what, and in the end what it took.

    ``video.count`` is told as child processes' runs are, by the enhancer's ``name``.
    """
    used.weights[weights.name] = weights.sha256
    used.place = str(place)
    used.tiles = {runner.group: len(runner.tiles) for runner in runners}
    clock = Clock()
    try:
        yield clock
    finally:
        used.add(clock)
        video.count(ToolRun((name,), clock.wall_s, clock.cpu_s))


def _cpu_s() -> float:
    """CPU seconds: of this thread where torch has one, else of the process and all its threads."""
    one = torch.get_num_threads() == 1 and threading.active_count() > 1
    return time.thread_time() if one else time.process_time()
