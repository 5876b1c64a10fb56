"""The recurrence of SRFR: which frame is restored when, and from which two others.

Algorithm 1 of the SRFR paper (Section 3.3). It has groups of an odd number N of frames whose first
and last are at full size. Ours beyond it: even numbers, which layout crs gives (the middle is then
the earlier of the two), and runs with one boundary only, at the end of a sequence or where a single
GOP is all of it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Call:
    """One call G(A, B, C) of the network, by the indices of the frames."""

    target: int
    """C, the frame that is restored."""
    boundary: int
    """A, always a boundary frame."""
    other: int
    """B, a restored frame if `other_restored`, else a boundary frame."""
    other_restored: bool


def calls(frames: range, before: int | None, after: int | None) -> tuple[Call, ...]:
    """The calls that restore a run of frames between boundaries, in the order they must be made.

    ``frames``: indices of the run, none missing. ``before``, ``after``: the boundary frames at its
    ends; None where there is none.

    With both, the middle frame comes first, from both boundaries; then the frames before it, each
    from the earlier boundary and the restored middle; then those after it, from the later one. With
    one only, frames come in the order of their distance from it, each from it and the frame
    restored just before, the first from it twice.

    Raises:
        ValueError: there is no boundary.
    """
    if before is None and after is None:
        raise ValueError("a run without a boundary cannot be restored")
    if before is None or after is None:
        return _from_one_end(frames, before, after)
    middle = (before + after) // 2
    halves = (
        Call(target, before if target < middle else after, middle, other_restored=True)
        for target in frames
        if target != middle
    )
    return (Call(middle, before, after, other_restored=False), *halves)


def _from_one_end(frames: range, before: int | None, after: int | None) -> tuple[Call, ...]:
    boundary, order = (before, frames) if before is not None else (after, frames[::-1])
    assert boundary is not None
    return tuple(
        Call(target, boundary, previous, other_restored=previous != boundary)
        for target, previous in zip(order, (boundary, *order), strict=False)
    )
