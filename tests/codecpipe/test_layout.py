from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codecpipe.errors import InputError
from codecpipe.gop import default_gop
from codecpipe.layout import LAYOUTS, Config, LayoutOptions, Picture, make_layout

AI, LDP, LDB, RA = Config.AI, Config.LDP, Config.LDB, Config.RA

options = st.builds(
    LayoutOptions,
    scale=st.sampled_from([Fraction(2), Fraction(4), Fraction(3, 2)]),
    gop=st.integers(0, 40),
    group=st.sampled_from([3, 5, 7, 9, 11]),
    delta_qp=st.integers(-3, 8),
    shared_boundary=st.booleans(),
)
any_layout = st.builds(
    make_layout,
    st.sampled_from(sorted(LAYOUTS)),
    st.integers(1, 70),
    st.sampled_from(list(Config)),
    options,
)


def frames_of(stream):
    return [picture.frame for picture in stream.pictures]


@given(any_layout)
def test_each_frame_is_shown_exactly_once(layout):
    shown = [frame for stream in layout.streams for frame in stream.shown]
    assert sorted(shown) == list(range(layout.frames))


@given(any_layout)
def test_streams_are_in_display_order_and_not_empty(layout):
    for stream in layout.streams:
        assert stream.shown
        assert frames_of(stream) == sorted(set(frames_of(stream)))


@given(any_layout)
def test_scale_and_qp_of_streams(layout):
    for stream in layout.streams:
        if stream.name == "hr":
            assert (stream.scale, stream.qp_offset) == (1, 0)
        else:
            assert stream.scale == layout.options.scale
            assert stream.qp_offset == -layout.options.delta_qp
    assert [s.name for s in layout.streams] in (["hr"], ["lr"], ["hr", "lr"])


@given(any_layout)
def test_leads_are_key_frames_at_intra_positions(layout):
    for stream in layout.streams:
        if stream.leads:
            assert layout.name in ("crs", "tds")
            assert layout.config is not AI
            assert stream.name == "lr"
            period = stream.intra_period or len(stream.pictures)
            assert list(stream.leads) == list(range(0, len(stream.pictures), period))
            assert {frames_of(stream)[at] for at in stream.leads} <= layout.key_frames
        elif layout.name in ("crs", "tds") and stream.name == "lr":
            assert layout.config is AI


@given(any_layout)
def test_low_delay_streams_do_not_end_with_a_lead(layout):
    if layout.config is not RA or layout.name == "tds":
        assert not any(stream.pictures[-1].lead for stream in layout.streams)


@given(any_layout)
def test_all_intra_means_a_period_of_one(layout):
    for stream in layout.streams:
        if stream.config is AI:
            assert stream.intra_period == 1


@given(st.integers(1, 70), st.sampled_from(list(Config)), options)
def test_crs_keys_are_the_first_of_each_gop(frames, config, opts):
    layout = make_layout("crs", frames, config, opts)
    keys = [i for i in range(frames) if i % (opts.gop or frames) == 0]
    hr = layout.streams[0]
    assert list(hr.shown) == keys
    assert (hr.config, hr.intra_period) == (AI, 1)
    if len(layout.streams) == 2:
        assert layout.key_frames == set(keys)
        assert layout.streams[1].config is config
    else:
        assert len(keys) == frames


def lr_of(name, frames, config, **more):
    return make_layout(name, frames, config, LayoutOptions(**more)).streams[1]


def test_crs_written_out():
    lead = [Picture(0, True), Picture(4, True)]
    p = [Picture(i) for i in range(10)]
    for config in (LDP, LDB):
        lr = lr_of("crs", 9, config, gop=4)
        # The key 8 at the end predicts nothing, looking backwards only.
        assert list(lr.pictures) == [lead[0], *p[1:4], lead[1], *p[5:8]]
        assert lr.intra_period == 4
    lr = lr_of("crs", 9, RA, gop=4)
    assert list(lr.pictures) == [lead[0], *p[1:4], lead[1], *p[5:8], Picture(8, True)]
    lr = lr_of("crs", 9, AI, gop=4)
    assert list(lr.pictures) == [*p[1:4], *p[5:8]]
    lr = lr_of("crs", 5, LDP)
    assert list(lr.pictures) == [lead[0], *p[1:5]]
    assert lr.intra_period == 0


# First and last of each group of N at full size (TDS, Section 3.2); the middle ones, led by the
# group's first: "0!" is a lead.
TDS = {
    # whole groups
    (5, 10, False): ("0 4 5 9", "0! 1 2 3 5! 6 7 8"),
    (7, 14, False): ("0 6 7 13", "0! 1 2 3 4 5 7! 8 9 10 11 12"),
    (
        11,
        22,
        False,
    ): ("0 10 11 21", "0! 1 2 3 4 5 6 7 8 9 11! 12 13 14 15 16 17 18 19 20"),
    # the last group has one, two, three, four frames
    (5, 6, False): ("0 4 5", "0! 1 2 3"),
    (5, 7, False): ("0 4 5 6", "0! 1 2 3"),
    (5, 8, False): ("0 4 5 7", "0! 1 2 3 5! 6"),
    (5, 9, False): ("0 4 5 8", "0! 1 2 3 5! 6 7"),
    (7, 10, False): ("0 6 7 9", "0! 1 2 3 4 5 7! 8"),
    (11, 14, False): ("0 10 11 13", "0! 1 2 3 4 5 6 7 8 9 11! 12"),
    # one group only, and less than one
    (5, 5, False): ("0 4", "0! 1 2 3"),
    (5, 3, False): ("0 2", "0! 1"),
    (5, 2, False): ("0 1", ""),
    (5, 1, False): ("0", ""),
    # the boundary between two groups is shared
    (5, 9, True): ("0 4 8", "0! 1 2 3 4! 5 6 7"),
    (5, 10, True): ("0 4 8 9", "0! 1 2 3 4! 5 6 7"),
    (5, 11, True): ("0 4 8 10", "0! 1 2 3 4! 5 6 7 8! 9"),
    (7, 13, True): ("0 6 12", "0! 1 2 3 4 5 6! 7 8 9 10 11"),
    (11, 13, True): ("0 10 12", "0! 1 2 3 4 5 6 7 8 9 10! 11"),
}


@pytest.mark.parametrize("config", list(Config))
@pytest.mark.parametrize(("group", "frames", "shared"), list(TDS))
def test_tds_written_out(group, frames, shared, config):
    keys, lr = TDS[group, frames, shared]
    opts = LayoutOptions(group=group, shared_boundary=shared)
    layout = make_layout("tds", frames, config, opts)
    assert list(layout.streams[0].shown) == [int(key) for key in keys.split()]
    assert layout.streams[0].config is config
    due = [Picture(int(word.rstrip("!")), word.endswith("!")) for word in lr.split()]
    if config is AI:
        due = [picture for picture in due if not picture.lead]
    got = list(layout.streams[1].pictures) if len(layout.streams) > 1 else []
    assert got == due


def test_tds_hr_period_is_the_share_of_the_gop():
    def period(config=LDP, **more):
        return make_layout("tds", 64, config, LayoutOptions(**more)).streams[0].intra_period

    assert period(gop=0) == 0
    assert period(gop=30, group=5) == 12  # 2 of 5
    assert period(gop=32, group=5, shared_boundary=True) == 8  # 1 of 4
    assert period(gop=1, group=11) == 1
    assert period(AI, gop=32) == 1


@pytest.mark.parametrize(
    ("fps", "gop"),
    [
        (24, 24), (25, 24), (30, 32), (50, 48), (60, 64), (120, 120), (20, 24), (100, 104),
        (Fraction(24000, 1001), 24), (Fraction(30000, 1001), 32), (Fraction(60000, 1001), 64),
        (1, 8), (10, 8), (12, 16),
    ],
)  # fmt: skip
def test_default_gop_is_a_second_in_mini_gops(fps, gop):
    for config in (LDP, LDB, RA):
        assert default_gop(config, Fraction(fps)) == gop
    assert default_gop(AI, Fraction(fps)) == 1


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"scale": Fraction(1, 2)}, "scale of 1/2"),
        ({"gop": -1}, "GOP of -1"),
        ({"group": 4}, "group of 4"),
        ({"group": 1}, "group of 1"),
    ],
)
def test_wrong_options_are_refused(wrong, says):
    with pytest.raises(InputError, match=says):
        LayoutOptions(**wrong)


def test_wrong_names_and_counts_are_refused():
    with pytest.raises(InputError, match=r"'zigzag'.*anchor, uniform, crs, tds"):
        make_layout("zigzag", 9, LDP, LayoutOptions())
    with pytest.raises(InputError, match="no frames"):
        make_layout("crs", 0, LDP, LayoutOptions())


@pytest.mark.parametrize("name", ["uniform", "crs", "tds"])
def test_a_scale_of_1_is_for_the_anchor_alone(name):
    options = LayoutOptions(scale=Fraction(1))
    with pytest.raises(InputError, match="does not down-sample"):
        make_layout(name, 9, Config.LDP, options)
    assert make_layout("anchor", 9, Config.LDP, options).key_frames == frozenset()


# --- QP offsets of the LR stream -----------------------------------------------------------------


def _offsets(layout, frames, config, pattern, **options):
    made = make_layout(layout, frames, Config(config), LayoutOptions(lr_offsets=pattern, **options))
    return {stream.name: stream.qp_offsets for stream in made.streams}


def test_offsets_begin_anew_after_each_lead():
    found = _offsets("crs", 12, "LDP", (3, 2, 3, 0), gop=6)
    assert found == {"hr": (), "lr": (0, 3, 2, 3, 0, 3, 0, 3, 2, 3, 0, 3)}


def test_offsets_of_uniform_spare_the_intra_pictures():
    assert _offsets("uniform", 7, "LDP", (2, 1), gop=4) == {"lr": (0, 2, 1, 2, 0, 2, 1)}
    assert _offsets("uniform", 4, "LDP", (2, 1), gop=0) == {"lr": (0, 2, 1, 2)}


def test_offsets_of_tds_begin_anew_in_each_group():
    assert _offsets("tds", 10, "LDP", (1, 2, 3, 4))["lr"] == (0, 1, 2, 3, 0, 1, 2, 3)


def test_offsets_of_zero_are_none():
    assert _offsets("crs", 9, "LDP", (0, 0), gop=4)["lr"] == ()


@pytest.mark.parametrize(("layout", "config"), [("anchor", "LDP"), ("crs", "AI")])
def test_offsets_where_no_lr_inter_picture_is(layout, config):
    with pytest.raises(InputError, match="leave them out"):
        _offsets(layout, 9, config, (1,))


# --- boundaries below source size ----------------------------------------------------------------


def half(**more):
    return LayoutOptions(scale=Fraction(4), boundary_scale=Fraction(2), **more)


@pytest.mark.parametrize("config", list(Config))
def test_boundaries_at_half_change_nothing_but_their_scale(config):
    one = make_layout("tds", 13, config, LayoutOptions(scale=Fraction(4), gop=30))
    two = make_layout("tds", 13, config, half(gop=30))
    for a, b in zip(one.streams, two.streams, strict=True):
        assert (a.name, a.pictures, a.qp_offset, a.intra_period) == (
            *(b.name, b.pictures, b.qp_offset, b.intra_period),
        )
    assert [s.scale for s in one.streams] == [1, 4]
    assert [s.scale for s in two.streams] == [2, 4]
    assert one.key_frames == two.key_frames == {0, 4, 5, 9, 10, 12}
    assert one.streams[0].digest != two.streams[0].digest


def test_boundaries_alone_are_no_key_frames():
    assert make_layout("tds", 2, LDP, half()).key_frames == frozenset()


def test_offsets_spare_boundaries_at_half():
    layout = make_layout("tds", 10, LDP, half(lr_offsets=(1, 2)))
    assert [s.qp_offsets for s in layout.streams] == [(), (0, 1, 2, 1, 0, 1, 2, 1)]


@pytest.mark.parametrize(
    ("scale", "boundary"), [(2, 2), (4, 4), (3, 2), (2, 4), (4, 0), (4, -2), (4, Fraction(1, 2))]
)
def test_boundary_scales_that_do_not_divide_the_lr_scale_are_refused(scale, boundary):
    with pytest.raises(InputError, match="do not go with LR frames"):
        LayoutOptions(scale=Fraction(scale), boundary_scale=Fraction(boundary))


@pytest.mark.parametrize("name", ["anchor", "uniform", "crs", "rpr"])
def test_only_tds_has_boundaries_to_scale_down(name):
    with pytest.raises(InputError, match=f"layout {name} has no boundaries"):
        make_layout(name, 9, LDP, half())
