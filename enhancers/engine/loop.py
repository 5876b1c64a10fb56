"""The loop over decoded frames: key frames pass, all others are restored, group by group."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import torch

from codecpipe.decode import DecodedFrame
from codecpipe.enhancer import DecodedVideo
from codecpipe.format import Frame
from codecpipe.process import ToolRun
from codecpipe.resample import downsample
from enhancers.engine.device import Place, computing
from enhancers.engine.enhancer import Used
from enhancers.engine.planes import Group, join
from enhancers.engine.runner import PlaneRunner
from enhancers.engine.tiles import Tile
from enhancers.engine.window import Restoration, WindowPlan, restorations
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


def restore_video(
    video: DecodedVideo,
    plan: WindowPlan,
    runners: Sequence[PlaneRunner],
    place: Place,
    clock: Clock,
) -> Iterator[Frame]:
    """Restored frames of ``video.fmt`` in display order; HR frames pass through untouched.

    ``runners``: one for each group of planes. Memory does not grow with the number of frames; with
    two keys it does with the frames from one key to the next, which wait for it as LR pictures.
    """
    low = _LowPictures(video)
    for item in restorations(video.frames, video.scales, plan):
        if not isinstance(item, Restoration):
            yield item.frame
            continue
        low.keep(frame.index for frame in (*item.window, *item.keys))
        with clock, computing(place):
            planes = {runner.group: runner.restore(item, low) for runner in runners}
            if place.is_cuda:
                torch.cuda.synchronize(place.device)
        clock.frames += 1
        yield join(planes)


class _LowPictures:
    """The LR picture of each frame: of a key its LR copy, or the key scaled down as the sender did.

    Some keys have no copy (in tds those that end a group, and all in AI). Scaling is swscale's with
    the kernel that the file names, bit-exact: just what a copy holds before it is coded.
    """

    def __init__(self, video: DecodedVideo) -> None:
        self.video = video
        self._made: dict[int, Frame] = {}

    def __call__(self, frame: DecodedFrame) -> Frame:
        if frame.scale != 1:
            return frame.frame
        if frame.lr_copy is not None:
            return frame.lr_copy
        found = self._made.get(frame.index)
        if found is None:
            video = self.video
            assert video.size_plan is not None
            (found,) = downsample(
                *([frame.frame], video.fmt, video.size_plan, video.kernel),
                limits=video.limits,
                on_done=video.count,
            )
            self._made[frame.index] = found
        return found

    def keep(self, indices: Iterator[int]) -> None:
        """Forget what no frame will ask for again."""
        wanted = frozenset(indices)
        self._made = {at: made for at, made in self._made.items() if at in wanted}


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
