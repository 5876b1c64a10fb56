"""The configuration of networks that look at a window of frames: the fields that say at which."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from enhancers.network_config import NetworkConfig


@dataclass(frozen=True)
class WindowPlan:
    """The frames that a network looks at to restore one."""

    size: int
    """Frames in the window; where they are outside the video, its first or last frame stands in."""
    current: int
    """Position of the restored frame in the window."""
    keys: int
    """Key frames: 0, 1 (the one before) or 2 (the one before and the one after)."""

    @property
    def ahead(self) -> int:
        """Frames of the window after the restored one."""
        return self.size - 1 - self.current

    def around(self, index: int, count: int) -> tuple[int, ...]:
        """The window's frames for frame ``index`` of ``count``, in display order."""
        spread = range(index - self.current, index + self.ahead + 1)
        return tuple(min(max(at, 0), count - 1) for at in spread)

    def keys_for(self, index: int, keys: Sequence[int]) -> tuple[int, ...]:
        """Positions in ``keys``, rising frame indices; the only one there is stands in twice."""
        before = max(0, bisect_right(keys, index) - 1)
        if self.keys < 2:
            return (before,) * self.keys
        after = before if keys[before] > index else min(before + 1, len(keys) - 1)
        return before, after


@dataclass(frozen=True)
class WindowConfig(NetworkConfig):
    """A network that restores a frame from a window of LR frames and from key frames."""

    scale: int = 2
    """How much larger HR is than LR in each direction."""
    window: int = 1
    """LR frames that a picture is restored from, itself included."""
    keys: int = 0
    """HR key frames that a picture is restored from: 1 for low delay, 2 for random access. Training
    sets `keys` and `causal` as its data have it, but for a variant with 0, which has none."""
    causal: bool = False
    """The window ends with the current frame, or has it in its middle."""

    @property
    def current(self) -> int:
        """Index of the frame to restore in the window."""
        return self.window - 1 if self.causal else self.window // 2

    @property
    def used_keys(self) -> int:
        """Key frames that are looked at: fewer than `keys` where the part that does is left out."""
        return self.keys

    @property
    def frames(self) -> WindowPlan:
        """The frames that the network looks at."""
        return WindowPlan(self.window, self.current, self.used_keys)
