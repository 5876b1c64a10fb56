"""The study file: what it takes, what it refuses, and the experiment that becomes of it."""

import pytest
import yaml

from codecpipe.errors import InputError
from experiments.offsets.clouds import Choice
from experiments.qp_study.grid import choices, experiment_text
from experiments.qp_study.schema import parse_study
from experiments.shipped.find import find_study, shipped_studies
from experiments.spec.experiment import parse_experiment

SMALL = {
    "name": "s",
    "sequences": [{"file": "a_64x64_30.yuv"}],
    "codecs": [{"codec": "x265"}],
    "layout": {"layout": "crs", "gop": 8},
}


def _study(**change):
    content = {**SMALL, **change}
    return parse_study(
        yaml.safe_dump({k: v for k, v in content.items() if v is not None}), "s.yaml"
    )


def _experiment(study):
    return parse_experiment(experiment_text(study), "s.yaml")


def test_the_default_grid():
    study = _study()
    assert study.deltas == tuple(range(-2, 13))
    layouts = _experiment(study).layouts
    assert [layout.delta_qp for layout in layouts] == list(study.deltas)
    assert {layout.gop for layout in layouts} == {8}


def test_lists_and_ranges_of_offsets():
    assert _study(delta_qps=[5, 0, 5]).deltas == (0, 5)
    assert _study(delta_qps={"from": 0, "to": 7, "step": 3}).deltas == (0, 3, 6)


def test_pairs_of_qps():
    study = _study(qps=[32, 37], inter_qps=[27, 32])
    assert study.deltas == (0, 5, 10)
    pairs = {
        (qp, qp - layout.delta_qp) for layout in _experiment(study).layouts for qp in layout.qps
    }
    assert pairs == {(32, 32), (32, 27), (37, 32), (37, 27)}


def test_patterns_and_what_a_method_is():
    study = _study(delta_qps=[5], lr_offsets=[[], [3, 2, 3, 0]])
    experiment = _experiment(study)
    labels = [layout.label for layout in experiment.layouts]
    assert labels == ["crs k2 δ5", "crs k2 δ5 h3,2,3,0"]
    assert choices(experiment) == {
        "crs k2 δ5 + lanczos": Choice(5, (), "lanczos"),
        "crs k2 δ5 h3,2,3,0 + lanczos": Choice(5, (3, 2, 3, 0), "lanczos"),
    }


def test_offsets_by_picture_type_go_by_position():
    types = [{"P": -1, "B": 1, "b": 3}]
    assert _study(configs=["RA"], lr_offsets=types).patterns == ((3, 3, 3, 1, 3, 3, 3, -1),)
    assert _study(lr_offsets=[{"P": 2}, []]).patterns == ((2,), ())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"layout": None}, "is not a QP study: it has no 'layout:'"),
        ({"layouts": [{"layout": "crs"}], "layout": None}, "is run by 'codecpipe rd'"),
        ({"layout": {"layout": "crs", "delta_qp": 3}}, "'delta_qp' of the layout is what the"),
        ({"layout": {"layout": "anchor"}}, "has no LR frames to allocate QPs to"),
        ({"layout": {"layout": "crs", "gopp": 1}}, "'layout.gopp' is not a key of a QP study"),
        ({"delta_qps": [1], "inter_qps": [30]}, "say the same"),
        ({"delta_qps": {"from": 3, "to": 1}}, "from 3 to 1 is no range"),
        ({"delta_qps": []}, "delta_qps"),
        ({"anchor": "x"}, "a study's anchor is the plain codec"),
        ({"lr_offsets": [[1], [1]]}, "one pattern twice"),
        ({"lr_offsets": [{"B": 1}]}, "has P pictures only"),
        ({"lr_offsets": [{"Q": 1}]}, "no picture type 'Q'"),
        ({"lr_offsets": [{"P": 1}], "configs": ["LDP", "RA"]}, "one configuration alone"),
        ({"typo": 1}, "'typo' is not a key"),
        ({"inter_qps": [30], "codecs": [{"codec": "x265", "qps": [30]}]}, "take those of codecs"),
        ({"search": {"deltas": 0}}, "search.deltas"),
    ],
)
def test_what_is_refused(change, said):
    with pytest.raises(InputError, match=r"'s\.yaml'") as caught:
        _study(**change)
    assert said in str(caught.value)


def test_shipped_studies_are_valid(tmp_path):
    for name in shipped_studies():
        text = find_study(tmp_path.relative_to(tmp_path) / name).read_text(encoding="utf-8")
        study = parse_study(text, name)
        assert len(_experiment(study).layouts) == len(study.deltas)
    with pytest.raises(InputError, match="neither a file nor one of codecpipe's own studies"):
        find_study(tmp_path / "nothing")
