"""The recurrence over a video that comes frame by frame, around any network.

What a picture is does not matter here: decoded frames, tensors, or the numbers of a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from enhancers.srfr.order import Call, calls

P = TypeVar("P")
Restore = Callable[[Call, P, P, P], P]
"""G: from a call and its pictures A (a boundary), B and C to the restored C."""


def recur(
    pictures: Iterator[P], boundary: Sequence[bool], restore: Restore[P]
) -> Iterator[tuple[int, P]]:
    """All frames with their indices in display order: boundaries as they are, the rest restored.

    ``boundary``: of each frame, whether it is a boundary; at least one is. At most one group is
    held; of a run that only an earlier boundary leads, one frame. What ``restore`` gives is
    what later calls see. If there are fewer pictures than ``boundary`` says, the complete groups
    come out.

    Raises:
        ValueError: there is no boundary.
    """
    if not any(boundary):
        raise ValueError("frames without a boundary cannot be restored")
    before: tuple[int, P] | None = None
    index = 0
    while index < len(boundary):
        if boundary[index]:
            found = list(islice(pictures, 1))
            if not found:
                return
            before = index, found[0]
            yield before
            index += 1
            continue
        end = next((at for at in range(index, len(boundary)) if boundary[at]), None)
        run = range(index, len(boundary) if end is None else end)
        if end is None and before is not None:
            yield from _onwards(pictures, run, before, restore)
            break
        held = list(islice(pictures, len(run) + 1))
        if len(held) <= len(run):
            return
        assert end is not None  # there is one before or after
        after = end, held.pop()
        yield from _group(held, run, before, after, restore)
        yield after
        before, index = after, end + 1
    for _ in pictures:  # to the end, where the decoder's errors come out
        pass


def _onwards(
    pictures: Iterator[P], run: range, before: tuple[int, P], restore: Restore[P]
) -> Iterator[tuple[int, P]]:
    """A run with no boundary after it: each frame as soon as it is there."""
    previous = before[1]
    for call, picture in zip(calls(run, before[0], None), pictures, strict=False):
        previous = restore(call, before[1], previous, picture)
        yield call.target, previous


def _group(
    held: list[P],
    run: range,
    before: tuple[int, P] | None,
    after: tuple[int, P],
    restore: Restore[P],
) -> Iterator[tuple[int, P]]:
    """A run with a boundary after it; a frame comes out once all before it are restored."""
    given = {run.start + at: picture for at, picture in enumerate(held)}
    given[after[0]] = after[1]
    if before is not None:
        given[before[0]] = before[1]
    order = calls(run, None if before is None else before[0], after[0])
    last_use = {call.other: at for at, call in enumerate(order)}
    made: dict[int, P] = {}
    due = run.start
    for at, call in enumerate(order):
        other = (made if call.other_restored else given)[call.other]
        made[call.target] = restore(call, given[call.boundary], other, given[call.target])
        while due in made:
            yield due, made[due]
            if last_use.get(due, 0) <= at:
                del made[due]
            due += 1
