"""``codecpipe methods``: what each method needs and costs, from the methods' own values."""

import json

import pytest
from kits.networks import ran

from enhancers.methods import METHODS
from enhancers.weights.registry import load_registry
from experiments.commands.main import main

KEYS = ["name", "variant", "planes", "scale", "parameters", "kmac_per_pixel"]
KEYS += ["needs_keys", "layouts", "tiles", "weights"]


@pytest.fixture(scope="module")
def rows():
    done = ran(main, "methods", "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_every_method_is_there_in_each_size(rows):
    assert all(list(row) == KEYS for row in rows)
    found = {(row["name"], row["variant"]) for row in rows}
    networks = {(m.name, variant) for m in METHODS.values() for variant in m.variants}
    assert found == networks | {("bicubic", ""), ("lanczos", "")}
    assert all(row["scale"] in (2, 4) for row in rows if row["variant"])


def test_parameters_and_operations_are_those_of_both_networks(rows):
    """As tests/enhancers/crs/test_sizes.py has them for luma; GFLOP are two a multiply-add."""
    (tiny,) = [r for r in rows if (r["name"], r["variant"], r["scale"]) == ("crs", "tiny", 2)]
    assert tiny["parameters"] == 148_759 + 149_192
    luma = (239.11 + 4837.29) / 2 * 1e9 / (1920 * 1080) / 1000
    assert luma < tiny["kmac_per_pixel"] < 1.1 * luma
    assert tiny["planes"] == ["y", "uv"]
    assert tiny["layouts"] == ["crs", "tds"], "uniform is for networks without TCN"
    rgb = [r for r in rows if r["planes"] == ["rgb"]]
    assert {r["name"] for r in rgb} == {"srfr"}


def test_shipped_weights_stand_in_one_row_each(rows):
    named = [name for row in rows for name in row["weights"]]
    assert sorted(named) == sorted(entry.name for entry in load_registry())


def test_filters_have_nothing_to_count(rows):
    lanczos = rows[1]
    assert lanczos["name"] == "lanczos"
    assert (lanczos["parameters"], lanczos["kmac_per_pixel"], lanczos["scale"]) == (0, None, None)
    assert not lanczos["needs_keys"]
