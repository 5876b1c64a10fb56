"""The order of the calls, against Algorithm 1 of the paper written out by hand."""

import pytest

from enhancers.srfr.order import Call, calls

# Of N frames, the first and the last boundaries: C, A, B, whether B is restored.
ALGORITHM_1 = {
    3: [(1, 0, 2, False)],
    5: [(2, 0, 4, False), (1, 0, 2, True), (3, 4, 2, True)],
    7: [
        (3, 0, 6, False),
        *((1, 0, 3, True), (2, 0, 3, True)),
        *((4, 6, 3, True), (5, 6, 3, True)),
    ],
    11: [
        (5, 0, 10, False),
        *((1, 0, 5, True), (2, 0, 5, True), (3, 0, 5, True), (4, 0, 5, True)),
        *((6, 10, 5, True), (7, 10, 5, True), (8, 10, 5, True), (9, 10, 5, True)),
    ],
}


@pytest.mark.parametrize("size", ALGORITHM_1)
@pytest.mark.parametrize("first", [0, 40])
def test_a_group_is_restored_as_algorithm_1_says(size: int, first: int) -> None:
    found = calls(range(first + 1, first + size - 1), first, first + size - 1)
    assert [
        (c.target - first, c.boundary - first, c.other - first, c.other_restored) for c in found
    ] == ALGORITHM_1[size]


def test_of_an_even_number_the_earlier_middle_is_taken() -> None:
    """A GOP of 7 in layout crs: keys 0 and 7, six frames between them."""
    assert list(calls(range(1, 7), 0, 7)) == [
        Call(3, 0, 7, False),
        Call(1, 0, 3, True),
        Call(2, 0, 3, True),
        Call(4, 7, 3, True),
        Call(5, 7, 3, True),
        Call(6, 7, 3, True),
    ]
    assert list(calls(range(1, 3), 0, 3)) == [Call(1, 0, 3, False), Call(2, 3, 1, True)]


def test_with_one_boundary_frames_follow_each_other() -> None:
    assert list(calls(range(6, 9), 5, None)) == [
        Call(6, 5, 5, False),
        Call(7, 5, 6, True),
        Call(8, 5, 7, True),
    ]
    assert list(calls(range(3), None, 3)) == [
        Call(2, 3, 3, False),
        Call(1, 3, 2, True),
        Call(0, 3, 1, True),
    ]


def test_without_a_boundary_there_is_nothing_to_do() -> None:
    with pytest.raises(ValueError, match="without a boundary"):
        list(calls(range(3), None, None))
