"""Keys depend on named facts alone."""

from dataclasses import dataclass, field, fields, make_dataclass, replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codecpipe.adaptive.modes import Mode
from codecpipe.codec import CodecOptions, CodingSettings
from codecpipe.digest import DIGITS, Keyed, digest
from codecpipe.format import Chroma, VideoFormat
from codecpipe.layout import Config, LayoutOptions
from codecpipe.video.resample import SizePlan

FACTS = st.dictionaries(st.text(), st.one_of(st.integers(), st.text(), st.booleans()), max_size=6)


@given(FACTS, st.randoms())
def test_the_order_of_facts_does_not_matter(facts, random):
    items = list(facts.items())
    random.shuffle(items)
    assert digest(facts) == digest(dict(items))
    assert len(digest(facts)) == DIGITS


@given(FACTS, FACTS)
def test_other_facts_give_another_digest(one, two):
    typed = [{key: (type(fact), fact) for key, fact in facts.items()} for facts in (one, two)]
    assert (digest(one) == digest(two)) == (typed[0] == typed[1])


def test_a_fact_that_is_none_is_not_given():
    assert digest({"a": 1, "b": None}) == digest({"a": 1})
    assert digest({"a": 1, "b": []}) != digest({"a": 1})


def test_what_has_no_text_of_its_own_is_refused():
    with pytest.raises(TypeError, match="a object cannot be part of a key"):
        digest({"a": object()})


VALUES = [
    LayoutOptions(),
    CodecOptions(),
    CodingSettings(config=Config.LDP, qp=32, intra_period=8, options=CodecOptions()),
    VideoFormat(64, 64),
    Mode("crs", Fraction(2), 5),
    SizePlan(64, 64, 64, 64, 32, 32),
]
"""One value of each class that is part of keys."""


def other(value):
    """Another value of a field's kind."""
    changed = {
        Config.LDP: Config.RA,
        Chroma.YUV420: Chroma.YUV444,
        "crs": "uniform",
        "": "fast",
        (): (("b-adapt", "0"),),
        CodecOptions(): CodecOptions(threads=2),
    }
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | Fraction):
        return 2 * value + 2 - value % 2
    return changed[value]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_each_field_changes_the_key(value):
    keys = [digest({"x": value})]
    for one in fields(value):
        now = getattr(value, one.name)
        changes = {
            "group": {"group": 7},
            "lr_offsets": {"lr_offsets": (3, 2)},
            "bit_depth": {"bit_depth": 10},
            "boundary_scale": {"boundary_scale": Fraction(2), "scale": Fraction(4)},
        }.get(one.name, {one.name: other(now)})
        keys.append(digest({"x": replace(value, **changes)}))
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_order_and_new_fields_with_a_default_do_not_change_the_key(value):
    now = {one.name: getattr(value, one.name) for one in fields(value)}
    listed = [
        (one.name, object, field(default=one.default, default_factory=one.default_factory))
        for one in reversed(fields(value))
    ]
    newer = make_dataclass(
        "Newer", [*listed, ("brightness", int, field(default=3))], bases=(Keyed,), kw_only=True
    )
    assert digest({"x": newer(**now)}) == digest({"x": value})
    assert digest({"x": newer(**now, brightness=4)}) != digest({"x": value})


def test_a_field_without_default_is_always_told():
    @dataclass(frozen=True)
    class Point(Keyed):
        x: int
        y: int = 0
        at: list[int] = field(default_factory=list)

    assert Point(0).key() == {"x": 0}
    assert Point(0, 1, [2]).key() == {"x": 0, "y": 1, "at": [2]}
