"""Motion over a photograph: smooth, seeded, and known exactly at every frame."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Motion:
    """The path of a point over the frames, and the turn and zoom of its surroundings.

    Positions are in samples, (0, 0) is the centre of the top left one.
    """

    start: tuple[float, float]
    velocity: tuple[float, float] = (0.0, 0.0)
    """Samples a frame."""
    sway: tuple[float, float] = (0.0, 0.0)
    """Amplitude along (x, y) of a sine on top of the velocity."""
    period: float = 32.0
    """The sine's period in frames."""
    phase: float = 0.0
    turn: float = 0.0
    """Radians a frame."""
    zoom: float = 0.0
    """Natural logarithm of the magnification, a frame."""

    def centre(self, frame: float) -> tuple[float, float]:
        """The point's position at a frame."""
        wave = math.sin(2 * math.pi * frame / self.period + self.phase) - math.sin(self.phase)
        x, y = (
            start + velocity * frame + sway * wave
            for start, velocity, sway in zip(self.start, self.velocity, self.sway, strict=True)
        )
        return x, y

    def matrix(self, frame: float, inverse: bool = False) -> Floats:
        """The 2 × 2 matrix that turns and magnifies offsets from the centre, or its inverse."""
        angle, size = self.turn * frame, math.exp(self.zoom * frame)
        cosine, sine = math.cos(angle), math.sin(angle)
        if inverse:
            return np.array([[cosine, sine], [-sine, cosine]]) / size
        return np.array([[cosine, -sine], [sine, cosine]]) * size


def view(motion: Motion, frame: float, x: Any, y: Any, width: int, height: int) -> Any:
    """The position in the photograph that the camera sees at output position (x, y): arrays (x, y).

    The centre of the output picture looks at `Motion.centre`.
    """
    across, down = x - (width - 1) / 2, y - (height - 1) / 2
    (a, b), (c, d) = motion.matrix(frame, inverse=True)
    at_x, at_y = motion.centre(frame)
    return at_x + a * across + b * down, at_y + c * across + d * down


def within(motion: Motion, frame: float, x: Any, y: Any) -> Any:
    """The offset of output position (x, y) from a moving thing's centre, in its own samples."""
    at_x, at_y = motion.centre(frame)
    (a, b), (c, d) = motion.matrix(frame, inverse=True)
    return a * (x - at_x) + b * (y - at_y), c * (x - at_x) + d * (y - at_y)


def random_motion(random: np.random.Generator, slowest: float, fastest: float) -> Motion:
    """Motion from (0, 0): speed log-uniform in samples a frame, a slight sway, turn and zoom."""
    speed = math.exp(random.uniform(math.log(slowest), math.log(fastest)))
    heading = random.uniform(0, 2 * math.pi)
    return Motion(
        start=(0.0, 0.0),
        velocity=(speed * math.cos(heading), speed * math.sin(heading)),
        sway=(random.uniform(0, 3), random.uniform(0, 2)),
        period=random.uniform(12, 48),
        phase=random.uniform(0, 2 * math.pi),
        turn=math.radians(random.normal(0, 0.04)),
        zoom=random.normal(0, 0.0008),
    )


def reach(motion: Motion, frames: int, width: int, height: int) -> tuple[Floats, Floats]:
    """Least and greatest (x, y) that the camera sees over all frames, a margin of 4 included."""
    corners = [(x, y) for x in (-0.5, width - 0.5) for y in (-0.5, height - 0.5)]
    x, y = np.array(corners).T
    seen = np.array([view(motion, t, x, y, width, height) for t in range(frames)])
    return seen.min((0, 2)) - 4, seen.max((0, 2)) + 4
