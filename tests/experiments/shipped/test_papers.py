"""Experiment files of the TDS paper's tables, and all methods in one report: each of them plans."""

import functools
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
import torch
import yaml

from codecpipe.errors import InputError
from codecpipe.layout import Config
from encoders import get_codec
from enhancers.engine import enhancer as engine
from enhancers.weights.file import write_weights
from enhancers.weights.meta import WeightsMeta
from experiments.plan.encodes import plan
from experiments.shipped.find import PAPERS, find_experiment, shipped
from experiments.spec.experiment import parse_experiment
from experiments.spec.overrides import Overrides, overridden

FILES = tuple(path.stem for path in sorted(PAPERS.glob("*.yaml")))
TABLES = [f"tds-{standard}-{c}" for standard in ("vvc", "hevc") for c in ("ai", "ldp", "ra")]
ABLATIONS = ((), ("PSA",), ("MTA",), ("MTA", "PSA"), ("IQEM", "MTA", "PSA"))
# The reference software is slow to find out about, and need not be here: the codec that stands
# beside it in the file's own words.
FAST = {"vtm": "vvenc", "hm": "x265"}


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """Weights of CRS and of SRFR with and without parts, for k = 2 and 4: their headers alone."""
    folder, entries = tmp_path_factory.mktemp("weights"), []
    every = [("srfr", k, parts) for k, parts in product((2, 4), ABLATIONS)] + [("crs", 2, ())]
    for method, scale, parts in every:
        name = f"{method}-{scale}-{'-'.join(parts)}"
        config = {"without": list(parts)}
        meta = WeightsMeta(
            *("tiny", config, config, "x265,vvenc", "AI,LDP,RA", "tds", scale, (32, 37, 42, 47)),
            method=method,
        )
        tensor = {"y.a": torch.zeros(1), "uv.a": torch.zeros(1)}
        digest = write_weights(folder / f"{name}.safetensors", tensor, meta)
        entries.append(
            {
                **{"name": name, "file": f"{name}.safetensors", "sha256": digest, "scale": scale},
                **{"method": method, "variant": "tiny", "codec": "x265,vvenc"},
                **{"config": "AI,LDP,RA", "layouts": ["tds"], "qps": [37], "remark": ""},
                "without": list(parts),
            }
        )
    (folder / "registry.yaml").write_text(yaml.safe_dump({"weights": entries}))
    return folder / "registry.yaml"


def text_of(name):
    return (PAPERS / f"{name}.yaml").read_text(encoding="utf-8")


def parsed(name):
    return parse_experiment(text_of(name), name)


def planned(name, class_d, **change):
    codec = parsed(name).codecs[0].codec
    options = {"codec": FAST.get(codec, codec), **change}
    text = overridden(text_of(name), name, Overrides(class_d, classes=("D",), frames=6, **options))
    return plan(parse_experiment(text, name), PAPERS, get_codec)


def test_the_files_are_there_by_name():
    others = {"tds-ablation", "tds-ablation-ra", "tds-4x-ldp", "tds-4x-ra", "tds-4x-groups"}
    assert set(FILES) == {*TABLES, *others, "methods"}
    assert set(FILES) <= set(shipped())
    assert len(set(shipped())) == len(shipped())
    assert find_experiment(Path("methods")) == PAPERS / "methods.yaml"


@pytest.mark.codec
@pytest.mark.parametrize("name", FILES)
def test_each_plans_where_there_are_weights(name, class_d, registry, monkeypatch):
    resolve = functools.partial(engine.resolve, registry=registry)
    monkeypatch.setattr(engine, "resolve", resolve)
    experiment, encodes = parsed(name), planned(name, class_d)
    assert {e.sequence.class_name for e in encodes} == {"D"}
    assert {e.job.qp for e in encodes} == {32, 37, 42, 47}
    assert {e.job.layout.config for e in encodes} == set(experiment.configs)
    methods = {point.method for e in encodes for point in e.points}
    assert "anchor" in methods
    for layout in experiment.layouts:
        if layout.layout != "anchor":
            for enhancer in layout.enhancers or experiment.enhancers:
                assert f"{layout.label} + {enhancer.label}" in methods
    for point in (p for e in encodes for p in e.points):
        network = point.enhancer.partition(" ")[0]
        assert bool(point.weights) == (network in ("srfr", "crs"))
        assert all(weights.startswith(network) for weights, _ in point.weights)


@pytest.mark.parametrize("name", TABLES)
def test_the_tables(name):
    _, standard, config = name.split("-")
    experiment = parsed(name)
    assert experiment.configs == (Config(config.upper()),)
    assert [codec.codec for codec in experiment.codecs] == [{"vvc": "vtm", "hevc": "hm"}[standard]]
    anchor, *layouts = experiment.layouts
    assert [(part.layout, part.group, part.scale) for part in layouts] == [
        ("tds", n, 2) for n in (5, 7, 11)
    ]
    assert {part.gop for part in experiment.layouts} == {0 if config == "ldp" else None}
    assert anchor.layout == "anchor"
    assert {part.choice.without for part in experiment.enhancers} == {(), ("MTA", "PSA")}
    # What a header says of the other codec is what --codec takes.
    assert f"--codec {FAST[experiment.codecs[0].codec]}" in text_of(name)


def test_the_ablation():
    for name, configs in (("tds-ablation", {"AI", "LDP"}), ("tds-ablation-ra", {"RA"})):
        experiment = parsed(name)
        assert {config.value for config in experiment.configs} == configs
        networks = [part.choice for part in experiment.enhancers if part.choice.base == "srfr"]
        assert {choice.without for choice in networks} == set(ABLATIONS)


def test_the_4x_experiment():
    def sizes(name):
        return [(p.group, p.scale, p.boundary_scale) for p in parsed(name).layouts[1:]]

    for name in ("tds-4x-ldp", "tds-4x-ra"):
        assert sizes(name) == [(5, 4, 1), (5, 4, 2)]
    assert sizes("tds-4x-groups") == [(n, 4, b) for b in (1, 2) for n in (5, 7, 11)]


@pytest.mark.codec
def test_all_methods_are_in_one_report(class_d, registry, monkeypatch):
    resolve = functools.partial(engine.resolve, registry=registry)
    monkeypatch.setattr(engine, "resolve", resolve)
    encodes = [e for e in planned("methods", class_d) if e.sequence.name == "BQSquare"]
    assert {point.method: point.is_anchor for e in encodes for point in e.points} == {
        "anchor": True,
        "uniform k2 δ5 + lanczos": False,
        "crs k2 δ5 + lanczos": False,
        "crs k2 δ5 + crs": False,
        "tds N5 k2 δ5 + lanczos": False,
        "tds N5 k2 δ5 + srfr": False,
    }
    gops = {e.job.layout.name: e.job.layout.options.gop for e in encodes}
    assert gops == {"anchor": 0, "uniform": 0, "crs": 64, "tds": 0}


@pytest.mark.codec
@pytest.mark.parametrize("name", ["tds-hevc-ra", "tds-4x-groups", "methods"])
def test_without_weights_they_run_with_a_filter(name, class_d):
    """``--enhancer`` stands for the enhancers of the layouts, too."""
    encodes = planned(name, class_d, enhancers=("lanczos",))
    assert {p.enhancer for e in encodes for p in e.points} == {"", "lanczos"}
    scales = {s.scale for e in encodes for s in e.job.layout.streams}
    assert scales == ({1, 2, 4} if "4x" in name else {1, Fraction(2)})


@pytest.mark.codec
def test_weights_that_there_are_not_are_said(class_d):
    with pytest.raises(InputError, match=r"no weights of srfr.* for x265 RA, k = 4"):
        planned("tds-4x-ra", class_d)
