"""The recurrence over whole sequences: what each call sees, in which order frames come, memory."""

from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codecpipe.layout import Config, LayoutOptions, make_layout
from enhancers.srfr.order import Call
from enhancers.srfr.recurrence import recur


class Recording:
    """A network over strings: it says what it saw, and frames are taken as they are asked for."""

    def __init__(self, kinds: str) -> None:
        self.kinds = kinds
        self.seen: list[str] = []
        self.taken = 0

    def frames(self) -> Iterator[str]:
        for index in range(len(self.kinds)):
            self.taken = index + 1
            yield f"d{index}"

    def network(self, call: Call, a: str, b: str, c: str) -> str:
        self.seen.append(f"{a} {b} {c}")
        assert (a, c) == (f"d{call.boundary}", f"d{call.target}")
        assert b == f"{'r' if call.other_restored else 'd'}{call.other}"
        return f"r{call.target}"

    def run(self) -> Iterator[tuple[int, str]]:
        return recur(self.frames(), [kind == "B" for kind in self.kinds], self.network)


def kinds_of(name: str, frames: int, config: Config, options: LayoutOptions) -> str:
    layout = make_layout(name, frames, config, options)
    full = {frame for one in layout.streams if one.scale == 1 for frame in one.shown}
    return "".join("B" if at in full else "." for at in range(frames))


@pytest.mark.parametrize(
    ("kinds", "seen"),
    [
        # tds, N = 5, boundaries apart, then a group cut to four frames.
        (
            "B...BB..B",
            *(["d0 d4 d2", "d0 r2 d1", "d4 r2 d3", "d5 d8 d6", "d8 r6 d7"],),
        ),
        # tds, N = 5, shared boundaries.
        (
            "B...B...B",
            *(["d0 d4 d2", "d0 r2 d1", "d4 r2 d3", "d4 d8 d6", "d4 r6 d5", "d8 r6 d7"],),
        ),
        # crs, GOP 4, cut short: one boundary.
        ("B...B..", ["d0 d4 d2", "d0 r2 d1", "d4 r2 d3", "d4 d4 d5", "d4 r5 d6"]),
        # crs, one GOP.
        ("B....", ["d0 d0 d1", "d0 r1 d2", "d0 r2 d3", "d0 r3 d4"]),
        # Nothing before the first boundary.
        ("...B.B", ["d3 d3 d2", "d3 r2 d1", "d3 r1 d0", "d3 d5 d4"]),
        ("BBB", []),
    ],
)
def test_what_each_call_sees(kinds: str, seen: list[str]) -> None:
    """A, B and C of each call in turn; d: as decoded, r: restored."""
    recording = Recording(kinds)
    out = list(recording.run())
    assert recording.seen == seen
    assert out == [(at, f"{'d' if kind == 'B' else 'r'}{at}") for at, kind in enumerate(kinds)]


@pytest.mark.parametrize(
    ("gop", "kinds"), [(8, "B.......B.......B..."), (0, "B...................")]
)
def test_layout_crs(gop: int, kinds: str) -> None:
    assert kinds_of("crs", 20, Config.LDP, LayoutOptions(gop=gop)) == kinds
    recording = Recording(kinds)
    list(recording.run())
    if gop:
        assert recording.seen[:4] == ["d0 d8 d4", "d0 r4 d1", "d0 r4 d2", "d0 r4 d3"]
        assert recording.seen[4:7] == ["d8 r4 d5", "d8 r4 d6", "d8 r4 d7"]
        assert recording.seen[-3:] == ["d16 d16 d17", "d16 r17 d18", "d16 r18 d19"]
    else:
        assert recording.seen == ["d0 d0 d1", *(f"d0 r{at - 1} d{at}" for at in range(2, 20))]


OPTIONS = st.builds(
    LayoutOptions,
    scale=st.just(Fraction(2)),
    gop=st.integers(0, 12),
    group=st.integers(1, 6).map(lambda half: 2 * half + 1),
    shared_boundary=st.booleans(),
)


@given(st.sampled_from(["tds", "crs"]), st.integers(1, 60), st.sampled_from(Config), OPTIONS)
def test_every_frame_comes_once_and_each_call_has_what_it_needs(
    name: str, frames: int, config: Config, options: LayoutOptions
) -> None:
    kinds = kinds_of(name, frames, config, options)
    recording = Recording(kinds)
    longest = max(len(run) for run in kinds.split("B"))
    one_sided = len(kinds) - 1 - kinds.rindex("B")
    for due, (index, picture) in enumerate(recording.run()):
        assert index == due
        assert picture == f"{'d' if kinds[index] == 'B' else 'r'}{index}"
        # Frames in hand: those of one group; behind the last boundary none wait.
        assert recording.taken - index <= longest + 1
        if one_sided and index > kinds.rindex("B"):
            assert recording.taken == index + 1
    targets = [seen.split()[2] for seen in recording.seen]
    assert sorted(targets) == sorted(f"d{at}" for at, kind in enumerate(kinds) if kind == ".")


class _Picture:
    alive = 0

    def __init__(self) -> None:
        _Picture.alive += 1

    def __del__(self) -> None:
        _Picture.alive -= 1


@pytest.mark.parametrize("kinds", ["B...BB...B" * 20, "B.........." * 18, "B" + "." * 199])
def test_one_group_is_held_at_most(kinds: str) -> None:
    """Counted while it runs: LR frames of a group, its boundaries, and of restored ones two."""
    held = []
    frames = (_Picture() for _ in kinds)
    boundary = [kind == "B" for kind in kinds]
    group = max(map(len, kinds.strip(".").split("B"))) + 2
    for _ in recur(frames, boundary, lambda _call, _a, _b, _c: _Picture()):
        held.append(_Picture.alive)
    assert len(held) == len(kinds)
    assert max(held) <= group + 4
    assert _Picture.alive <= 1


def test_a_video_without_boundaries_is_refused_and_a_short_one_ends() -> None:
    with pytest.raises(ValueError, match="without a boundary"):
        list(Recording("....").run())
    short = Recording("B..B")
    assert [
        at
        for at, _ in recur(
            short.frames(), [True, False, False, True, False, False, True], short.network
        )
    ] == [0, 1, 2, 3]


def test_errors_that_come_after_the_last_frame_come_out() -> None:
    def frames() -> Iterator[str]:
        yield from Recording("B.").frames()
        raise RuntimeError("the decoder failed in the end")

    recording = Recording("B.")
    with pytest.raises(RuntimeError, match="in the end"):
        list(recur(frames(), [True, False], recording.network))
