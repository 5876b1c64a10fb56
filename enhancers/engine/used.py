"""What restoring was done with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from enhancers.engine.clock import Clock


@dataclass
class Used:
    """What restoring was done with, for whoever asked for it: filled while it is done.

    ``weights``: SHA-256 by name. ``place``: device and precision. ``tiles``: by group of planes,
    how many a frame was cut into. ``wall_s``, ``cpu_s``: in the network.
    """

    weights: dict[str, str] = field(default_factory=dict)
    place: str = ""
    tiles: dict[str, int] = field(default_factory=dict)
    frames: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0

    def add(self, clock: Clock) -> None:
        """Count what one part of the video took."""
        self.frames += clock.frames
        self.wall_s += clock.wall_s
        self.cpu_s += clock.cpu_s
