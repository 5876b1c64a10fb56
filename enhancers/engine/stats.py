"""With what a video was restored, and how long that took."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class RestoreStats:
    """With what a video was restored and how long that took; filled while it is restored."""

    weights: dict[str, str] = field(default_factory=dict)
    """SHA-256 of each weights file, by the file's name."""
    device: str = ""
    """Device and precision, in words."""
    tiles: dict[str, int] = field(default_factory=dict)
    """Tiles that a frame was cut into, by group of planes."""
    frames: int = 0
    """Frames that were restored."""
    wall_s: float = 0.0
    """Seconds of wall time in the network."""
    cpu_s: float = 0.0
    """Seconds of CPU time in the network."""
