import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codecpipe.errors import InputError
from enhancers.crs.config import VARIANTS, CrsConfig
from enhancers.crs.method import METHOD


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("planes", [1, 2])
@pytest.mark.parametrize(("keys", "causal"), [(1, True), (2, False)])
def test_json_brings_a_configuration_back(name, planes, keys, causal):
    config = METHOD.config(name, planes=planes, keys=keys, causal=causal, without=["TCN"])
    assert CrsConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_fields_that_are_not_there_have_their_defaults():
    assert CrsConfig.from_dict({"channels": 16}) == CrsConfig(channels=16)


def test_the_full_variant_is_the_papers():
    full = VARIANTS["full"]
    assert (full.channels, full.man_blocks, full.tcn_blocks) == (64, 4, 4)
    assert (full.fusion_blocks, full.fusion_blocks_hr, full.window) == (8, 8, 3)


@pytest.mark.parametrize(
    ("window", "causal", "current", "around"),
    [(3, True, 2, (3, 4, 5)), (3, False, 1, (4, 5, 6)), (1, True, 0, (5,))],
)
def test_the_window_around_the_current_frame(window, causal, current, around):
    config = CrsConfig(window=window, causal=causal)
    assert config.current == current
    assert config.frames.around(5, 9) == around
    assert around[config.current] == 5


@given(st.integers(0, 40))
def test_blocks_of_the_pyramid_are_all_dealt_out(blocks):
    assert sum(CrsConfig(tcn_blocks=blocks).tcn_layout) == blocks


def test_blocks_of_the_papers_pyramid():
    assert CrsConfig().tcn_layout == (2, 1, 1)
    assert CrsConfig(tcn_blocks=1).tcn_layout == (0, 0, 1)


def test_parts_are_sorted_and_named_once():
    config = CrsConfig(without=("TCN", "MAN", "TCN"))
    assert config.without == CrsConfig.parts
    assert not config.has_man
    assert not config.has_tcn


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"channels": 0}, "whole number from 1"),
        ({"channels": 2.5}, "whole number"),
        ({"fusion_blocks": True}, "whole number"),
        ({"man_blocks": -1}, "from 0"),
        ({"planes": 3}, "choose among 1, 2"),
        ({"scale": 3}, "choose among 2, 4"),
        ({"matching": "fast"}, "exact, coarse"),
        ({"channels": 10, "deform_groups": 4}, "must divide"),
        ({"without": ["LSTM"]}, "choose among MAN, TCN"),
        ({"without": "MAN"}, "give a list"),
        ({"chanels": 64}, "no option 'chanels'"),
    ],
)
def test_what_no_network_can_be_made_with_is_refused(values, words):
    with pytest.raises(InputError, match=words):
        CrsConfig.from_dict(values)


def test_unknown_variants_are_refused():
    with pytest.raises(InputError, match="full, small, tiny"):
        METHOD.config("huge")


def test_configurations_come_without_torch():
    code = "import sys, enhancers.crs.config, enhancers.crs.cost; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"
