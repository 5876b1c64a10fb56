"""Which decoded frames a frame is restored from: a window of neighbours, and key frames.

No network here: plain bookkeeping over frames that come one at a time, in display order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from codecpipe.decoding import DecodedFrame
from codecpipe.errors import InputError
from enhancers.window.config import WindowPlan


@dataclass(frozen=True)
class Restoration:
    """A frame to restore, with the frames that it is restored from."""

    frame: DecodedFrame
    window: tuple[DecodedFrame, ...]
    """The window around it, in display order."""
    keys: tuple[DecodedFrame, ...]
    """Its key frames; with two keys and none before or after, the other one stands twice."""


def check_first_key(scales: Sequence[Fraction], plan: WindowPlan, name: str) -> None:
    """Refuse, with an `InputError`, videos that do not begin with a key frame.

    For a network that looks backwards only; ``name`` is the enhancer's.
    """
    if plan.keys == 1 and scales[0] != 1:
        raise InputError(
            f"{name} looks at the key frame before, and this video does not begin with one: code it"
            " in a layout whose first frame is a key frame"
        )


def restorations(
    frames: Iterator[DecodedFrame], scales: Sequence[Fraction], plan: WindowPlan
) -> Iterator[DecodedFrame | Restoration]:
    """Each frame in display order: a key frame as it is, any other with what it is restored from.

    Of the frames to come only those are waited for that are needed: ``plan.ahead``, and with two
    keys those up to the next key. Behind, only the window and one key are kept.
    """
    last = len(scales) - 1
    next_key = _next_keys(scales)
    kept: deque[DecodedFrame] = deque()  # from the window's first frame on
    before: DecodedFrame | None = None
    for index, scale in enumerate(scales):
        due = index
        if scale != 1:
            due = min(last, index + plan.ahead)
            if plan.keys == 2 and (coming := next_key[index]) is not None:
                due = max(due, coming)
        while not kept or kept[-1].index < due:
            frame = next(frames, None)
            if frame is None:
                return  # too few: who asked for them counts
            kept.append(frame)
        first = kept[0].index
        current = kept[index - first]
        if scale == 1:
            before = current
            yield current
        else:
            window = tuple(kept[at - first] for at in plan.around(index, len(scales)))
            after = None
            if plan.keys == 2 and (coming := next_key[index]) is not None:
                after = kept[coming - first]
            yield Restoration(current, window, _keys(plan.keys, before, after))
        while kept and kept[0].index < index + 1 - plan.current:
            kept.popleft()
    for _ in frames:  # to the end, where the decoder's errors come out
        pass


def _keys(
    count: int, before: DecodedFrame | None, after: DecodedFrame | None
) -> tuple[DecodedFrame, ...]:
    if not count:
        return ()
    found = tuple(key for key in (before, after) if key is not None)
    assert found  # `enhancers.engine.restore.restore` and `check_first_key` refuse such a video
    return (found * count)[:count]


def _next_keys(scales: Sequence[Fraction]) -> list[int | None]:
    """For each frame the index of the first key after it."""
    found: list[int | None] = [None] * len(scales)
    for index in range(len(scales) - 2, -1, -1):
        found[index] = index + 1 if scales[index + 1] == 1 else found[index + 1]
    return found
