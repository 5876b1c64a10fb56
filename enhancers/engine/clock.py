"""How long networks take, and which part of a video they are at."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from codecpipe.enhancer import DecodedVideo
from codecpipe.programs.process import ToolRun
from enhancers.engine.device import Device
from enhancers.engine.runner import Runner
from enhancers.engine.stats import RestoreStats
from enhancers.weights.resolve import WeightsFile


@dataclass
class Clock:
    """How many frames were restored so far, and how long the network took for them."""

    frames: int = 0
    """Frames that were restored."""
    wall_s: float = 0.0
    """Seconds of wall time in the network."""
    cpu_s: float = 0.0
    """Seconds of CPU time in the network."""

    def __enter__(self) -> Clock:
        self._started = (time.monotonic(), _cpu_s())
        return self

    def __exit__(self, *_: object) -> None:
        self.wall_s += time.monotonic() - self._started[0]
        self.cpu_s += _cpu_s() - self._started[1]


@contextmanager
def timed_restore(
    video: DecodedVideo,
    weights: WeightsFile,
    runners: Sequence[Runner[Any]],
    device: Device,
    stats: RestoreStats,
    name: str,
) -> Iterator[Clock]:
    """A block that restores a video; ``stats`` gets with what, and in the end how long it took.

    ``video.count`` is told as child processes' runs are, by the enhancer's ``name``.
    """
    stats.weights[weights.name] = weights.sha256
    stats.device = str(device)
    stats.tiles = {runner.group: len(runner.tiles) for runner in runners}
    clock = Clock()
    try:
        yield clock
    finally:
        stats.add(clock)
        video.count(ToolRun((name,), clock.wall_s, clock.cpu_s))


def _cpu_s() -> float:
    """CPU seconds: of this thread where torch has one, else of the process and all its threads."""
    one = torch.get_num_threads() == 1 and threading.active_count() > 1
    return time.thread_time() if one else time.process_time()
