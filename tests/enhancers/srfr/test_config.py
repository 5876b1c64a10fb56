import json
import subprocess
import sys

import pytest

from codecpipe.errors import InputError
from enhancers.srfr.config import VARIANTS, SrfrConfig
from enhancers.srfr.method import METHOD


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("planes", [1, 2, 3])
@pytest.mark.parametrize("without", [(), ("PSA", "MTA")])
def test_json_brings_a_configuration_back(name, planes, without):
    config = METHOD.config(name, planes=planes, without=without)
    assert SrfrConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_fields_that_are_not_there_have_their_defaults():
    assert SrfrConfig.from_dict({"channels": 16}) == SrfrConfig(channels=16)


def test_the_full_variant_has_the_sizes_of_edvr():
    full = VARIANTS["full"]
    assert (full.channels, full.feature_blocks, full.align_groups) == (128, 5, 8)
    assert (full.reconstruction_blocks, full.shuffle, full.fusion) == (40, 1, "mtsa")


def test_parts_are_sorted_and_named_once():
    config = SrfrConfig(without=("PSA", "IQEM", "MTA", "PSA"))
    assert config.without == SrfrConfig.parts
    assert not (config.has_mta or config.has_psa or config.has_iqem)


def test_edvrs_fusion_has_neither_mta_nor_psa():
    config = METHOD.config("tiny", fusion="tsa", without=["IQEM"])
    assert not (config.has_mta or config.has_psa or config.has_iqem)
    assert METHOD.config("tiny", fusion="tsa").has_iqem


@pytest.mark.parametrize(("shuffle", "multiple"), [(1, 4), (2, 8)])
def test_sides_are_multiples_of(shuffle, multiple):
    assert SrfrConfig(shuffle=shuffle).multiple == multiple


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"channels": 0}, "whole number from 1"),
        ({"channels": 2.5}, "whole number"),
        ({"iqem_layers": True}, "whole number"),
        ({"iqem_layers": 0}, "from 1"),
        ({"feature_blocks": -1}, "from 0"),
        ({"planes": 4}, "choose among 1, 2, 3"),
        ({"shuffle": 3}, "choose among 1, 2"),
        ({"fusion": "sum"}, "mtsa, tsa"),
        ({"align_groups": 5}, "align_groups must divide"),
        ({"heads": 7}, "heads must divide"),
        ({"without": ["PCD"]}, "choose among IQEM, MTA, PSA"),
        ({"without": "MTA"}, "give a list"),
        ({"fusion": "tsa", "without": ["PSA"]}, "no PSA to leave out"),
        ({"fusion": "tsa", "without": ["MTA", "PSA"]}, "no MTA and no PSA"),
        ({"chanels": 64}, "no option 'chanels'"),
    ],
)
def test_what_no_network_can_be_made_with_is_refused(values, words):
    with pytest.raises(InputError, match=words):
        SrfrConfig.from_dict(values)


def test_unknown_variants_are_refused():
    with pytest.raises(InputError, match="full, small, tiny"):
        METHOD.config("huge")


def test_configurations_come_without_torch():
    code = "import sys, enhancers.srfr.config, enhancers.srfr.cost; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"
