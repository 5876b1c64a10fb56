"""The memory that a block of code takes, for the benchmarks beside it."""

import contextlib
import resource
import threading
from collections.abc import Iterator
from pathlib import Path

import torch

from enhancers.engine.device import Device


@contextlib.contextmanager
def peak_memory(device: Device) -> Iterator[list[float]]:
    """Peak memory in bytes above what there was, in the list's only place."""
    found = [0.0]
    if device.is_cuda:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device.torch_device)
        before = torch.cuda.memory_allocated(device.torch_device)
        yield found
        found[0] = torch.cuda.max_memory_allocated(device.torch_device) - before
        return
    before, done = resident(), threading.Event()

    def watch() -> None:
        while not done.wait(0.002):
            found[0] = max(found[0], resident() - before)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield found
    finally:
        done.set()
        watcher.join()


def resident() -> float:
    """Bytes of this process in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return float(pages * resource.getpagesize())
