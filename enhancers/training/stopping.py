"""Ending a run in good order: on Ctrl-C, on SIGTERM, and when its time is over."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopping:
    """Notes that the run shall end; asked after each step. A second Ctrl-C ends it at once.

    ``deadline``: by ``time.monotonic``.
    """

    def __init__(self, deadline: float | None = None) -> None:
        self.deadline = deadline
        self.by_signal = False
        self._before: dict[signal.Signals, Any] = {}

    @property
    def is_due(self) -> bool:
        """Whether the run shall end."""
        over = self.deadline is not None and time.monotonic() >= self.deadline
        return self.by_signal or over

    def watch(self) -> None:
        """Take the signals over; only the main thread can."""
        if threading.current_thread() is threading.main_thread():
            self._before = {one: signal.signal(one, self._note) for one in SIGNALS}

    def unwatch(self) -> None:
        """Give the signals back."""
        for one, handler in self._before.items():
            signal.signal(one, handler)
        self._before = {}

    def _note(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self.by_signal and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.by_signal = True
