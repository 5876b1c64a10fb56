from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codecpipe import injection
from codecpipe.codec import CodedPicture
from codecpipe.errors import MismatchError
from codecpipe.format import VideoFormat
from codecpipe.layout import Config, Picture, StreamPlan
from codecpipe.video.rawvideo import RawVideo, write_raw


@st.composite
def streams(draw):
    """Leads, and for each picture in coding order (display, unit, the skeleton's unit)."""
    count = draw(st.integers(1, 30))
    order = draw(st.permutations(range(count)))
    leads = draw(st.sets(st.integers(0, count - 1)))
    unit = st.binary(min_size=1, max_size=200)
    units = []
    for display in order:
        full = draw(unit)
        units.append((display, full, full if display in leads else draw(unit)))
    return leads, units


@settings(deadline=None)
@given(streams())
def test_what_is_extracted_is_spliced_back(tmp_path_factory, stream):
    leads, units = stream
    folder = tmp_path_factory.mktemp("stream")
    full, skeleton, sent, out = (folder / name for name in ("full", "skeleton", "sent", "out"))
    full.write_bytes(b"".join(unit for _, unit, _ in units))
    skeleton.write_bytes(b"".join(unit for _, _, unit in units))
    pictures = [CodedPicture(display, "P", 30, len(unit)) for display, unit, _ in units]
    theirs = [CodedPicture(display, "P", 30, len(unit)) for display, _, unit in units]

    written = injection.extract(full, pictures, leads, sent)
    others = [unit for display, unit, _ in units if display not in leads]
    assert sent.read_bytes() == b"".join(others)
    assert written == len(b"".join(others))

    injection.splice(skeleton, theirs, leads, sent, [len(unit) for unit in others], out)
    assert out.read_bytes() == full.read_bytes()

    with pytest.raises(MismatchError, match=f"{len(units)} pictures where {len(units) + 1}"):
        injection.splice(skeleton, theirs, leads, sent, [1] * (len(others) + 1), out)


PLAN = StreamPlan(
    "lr",
    Fraction(2),
    -5,
    Config.LDP,
    3,
    tuple(Picture(frame, lead=frame in (0, 3)) for frame in range(6)),
)


@pytest.fixture
def leads(tmp_path):
    fmt = VideoFormat(16, 16)
    path = tmp_path / "leads.yuv"
    write_raw(path, [np.full(fmt.frame_samples, value, np.uint8) for value in (100, 103)])
    with RawVideo(path, fmt) as video:
        yield video


def test_leads_and_others_are_interleaved(leads):
    drained = []

    def others():
        for value in (1, 2, 4, 5):
            yield np.full(4, value)
        drained.append(True)

    got = [int(frame[0]) for frame in injection.lr_input(PLAN, leads, others())]
    assert got == [100, 1, 2, 103, 4, 5]
    assert drained == [True]


def test_an_error_after_the_last_frame_comes_out(leads):
    def others():
        for value in (1, 2, 4, 5):
            yield np.full(4, value)
        raise MismatchError("the scaler failed at its end")

    with pytest.raises(MismatchError, match="at its end"):
        list(injection.lr_input(PLAN, leads, others()))


def test_the_skeleton_repeats_each_lead(leads):
    got = [int(frame[0]) for frame in injection.skeleton_input(PLAN, leads)]
    assert got == [100, 100, 100, 103, 103, 103]
