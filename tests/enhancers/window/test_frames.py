"""Which frames a frame is restored from, against a direct definition; and how many are held."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codecpipe.decoding import DecodedFrame
from codecpipe.errors import InputError
from enhancers.window.config import WindowPlan
from enhancers.window.frames import Restoration, check_first_key, restorations

PICTURE = np.zeros(0, np.uint8)


def scales_of(kinds: str) -> list[Fraction]:
    return [Fraction(1 if kind == "K" else 2) for kind in kinds]


class Counted:
    def __init__(self, kinds: str) -> None:
        self.scales, self.made = scales_of(kinds), 0

    def frames(self) -> Iterator[DecodedFrame]:
        for index, scale in enumerate(self.scales):
            self.made = index + 1
            yield DecodedFrame(index, PICTURE, scale, scale == 1, "P", 30)


def run(kinds: str, plan: WindowPlan) -> list[tuple[int, ...] | int]:
    source, found = Counted(kinds), []
    for item in restorations(source.frames(), source.scales, plan):
        if isinstance(item, Restoration):
            window = tuple(frame.index for frame in item.window)
            found.append((item.frame.index, *window, -1, *(key.index for key in item.keys)))
        else:
            found.append(item.index)
    return found


LDP = WindowPlan(3, 2, 1)
RA = WindowPlan(3, 1, 2)


def test_low_delay_looks_back_only() -> None:
    assert run("KLLKL", LDP) == [
        0,
        (1, 0, 0, 1, -1, 0),
        (2, 0, 1, 2, -1, 0),
        3,
        (4, 2, 3, 4, -1, 3),
    ]


def test_random_access_looks_both_ways() -> None:
    assert run("KLLKL", RA) == [
        0,
        (1, 0, 1, 2, -1, 0, 3),
        (2, 1, 2, 3, -1, 0, 3),
        3,
        (4, 3, 4, 4, -1, 3, 3),
    ]


def test_a_video_may_begin_with_lr_frames_where_keys_come_later() -> None:
    assert run("LK", RA)[0] == (0, 0, 0, 1, -1, 1, 1)


@given(
    st.text("KL", min_size=1, max_size=30),
    st.integers(1, 4).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))),
    st.sampled_from([0, 1, 2]),
)
def test_it_is_what_the_definition_says(kinds: str, place: tuple[int, int], keys: int) -> None:
    plan = WindowPlan(*place, keys)
    if keys == 2 and "K" not in kinds:
        kinds += "K"
    if keys == 1:
        kinds = "K" + kinds
    last = len(kinds) - 1
    expected: list[tuple[int, ...] | int] = []
    for at, kind in enumerate(kinds):
        if kind == "K":
            expected.append(at)
            continue
        spread = range(at - plan.current, at - plan.current + plan.size)
        before = [i for i in range(at) if kinds[i] == "K"][-1:]
        after = [i for i in range(at, last + 1) if kinds[i] == "K"][:1]
        used = {0: [], 1: before, 2: (before or after) + (after or before)}[keys]
        expected.append((at, *(min(max(i, 0), last) for i in spread), -1, *used))
    assert run(kinds, plan) == expected


@pytest.mark.parametrize(("plan", "most"), [(LDP, 1), (RA, 5)])
def test_only_what_is_needed_is_waited_for(plan: WindowPlan, most: int) -> None:
    """Looking back, a frame comes out as soon as it is decoded; else the next key is waited for."""
    source = Counted("KLLLL" * 40)
    ahead = [
        source.made - at for at, _ in enumerate(restorations(source.frames(), source.scales, plan))
    ]
    assert max(ahead) == most


def test_without_a_later_key_nothing_is_waited_for() -> None:
    source = Counted("K" + "L" * 50)
    items = restorations(source.frames(), source.scales, RA)
    for at, _ in zip(range(10), items, strict=False):
        assert source.made <= at + 2


def test_a_video_that_does_not_begin_with_a_key_is_refused() -> None:
    with pytest.raises(InputError, match="does not begin with one"):
        check_first_key(scales_of("LKL"), LDP, "crs")
    check_first_key(scales_of("LKL"), RA, "crs")
    check_first_key(scales_of("LLL"), WindowPlan(3, 2, 0), "crs")
