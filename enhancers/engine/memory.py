"""Free memory, and what restoring a frame takes of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

_CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class MemoryModel:
    """Bytes that a network takes, by the samples of the restored plane."""

    kept: float
    """For each sample of the whole plane, from frame to frame: features of keys and window."""
    working: float
    """For each sample that is worked on at a time."""
    fixed: float = 0.0
    """In any case."""

    def fits(self, whole: int, at_a_time: int, free: int) -> bool:
        """Whether planes of ``whole`` samples can be worked on by ``at_a_time`` samples."""
        return self.kept * whole + self.working * at_a_time + self.fixed <= free


def free_bytes(device: torch.device) -> int:
    """Memory that can be had now: of a GPU what is free there, else what the machine lends us."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(free + cached)
    return _free_here()


def _free_here() -> int:
    found = []
    for line in _lines(Path("/proc/meminfo")):
        if line.startswith("MemAvailable:"):
            found.append(int(line.split()[1]) * 1024)
    # A container may have less than the machine; "max" is no limit.
    limit, used = (_lines(_CGROUP / name) for name in ("memory.max", "memory.current"))
    if limit and used and limit[0].isdecimal():
        found.append(max(0, int(limit[0]) - int(used[0])))
    return min(found, default=2 << 30)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").splitlines()
    except OSError:  # not on this system
        return []
