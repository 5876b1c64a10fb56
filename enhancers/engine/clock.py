"""How long networks take, and how many frames of a video they have restored."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from enhancers.engine.device import Device, inference_mode


@dataclass
class Clock:
    """Frames that networks have restored so far on a device, and the time it took."""

    device: Device
    frames: int = 0
    """Frames that were restored."""
    wall_s: float = 0.0
    cpu_s: float = 0.0
    """Seconds of CPU time in the networks, as `wall_s` is of wall time."""

    @contextmanager
    def running(self) -> Iterator[None]:
        """A block in which networks run on the device, and whose time is counted."""
        wall_s, cpu_s = time.monotonic(), _cpu_s()
        try:
            with inference_mode(self.device):
                yield
                if self.device.is_cuda:
                    torch.cuda.synchronize(self.device.torch_device)
        finally:
            self.wall_s += time.monotonic() - wall_s
            self.cpu_s += _cpu_s() - cpu_s


def _cpu_s() -> float:
    """CPU seconds: of this thread where torch has one, else of the process and all its threads."""
    one = torch.get_num_threads() == 1 and threading.active_count() > 1
    return time.thread_time() if one else time.process_time()
