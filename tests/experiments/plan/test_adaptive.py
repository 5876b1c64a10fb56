"""Layout adaptive in experiment files and plans."""

import pytest
import yaml

from codecpipe.errors import InputError
from encoders import get_codec
from experiments.plan.encodes import plan
from experiments.spec.experiment import parse_experiment

pytestmark = pytest.mark.codec  # FFmpeg is asked for its encoders


def parsed(**layout):
    content = {
        "name": "t",
        "sequences": [{"file": "clip_64x64_30_8bit.yuv"}],
        "codecs": [{"codec": "x265", "preset": "ultrafast"}],
        "layouts": [{"layout": "adaptive", **layout}],
        "enhancers": ["lanczos", "bicubic"],
        "qps": [32],
    }
    return parse_experiment(yaml.safe_dump(content), "e.yaml")


@pytest.fixture
def planned(moving_clip):
    place = moving_clip(64, 64, 5).parent

    def make(**layout):
        encodes = plan(parsed(**layout), place, get_codec)
        return [encode for encode in encodes if encode.adaptive is not None]

    return make


def test_there_is_a_file_for_each_enhancer(planned):
    one, two = planned()
    assert (one.adaptive.enhancer, two.adaptive.enhancer) == ("lanczos", "bicubic")
    assert [[p.method for p in e.points] for e in (one, two)] == [
        ["adaptive + lanczos"],
        ["adaptive + bicubic"],
    ]
    assert one.key != two.key
    assert one.job.layout.name == "adaptive"
    assert [m.label for m in one.adaptive.modes] == [
        *("anchor", "crs k2", "crs k4", "uniform k2", "uniform k4"),
    ]


def test_keys_change_with_all_that_determines_the_choice(planned):
    layouts = (
        *({}, {"fast": True}, {"modes": ["crs 2"]}, {"modes": ["crs 2 3"]}, {"delta_qp": 4}),
        *({"modes": ["uniform 2"]}, {"modes": ["crs 2", "uniform 2"]}, {"kernel": "area"}),
        *({"gop": 2}, {"inject": False}),
    )
    keys = {encode.key for layout in layouts for encode in planned(**layout)}
    assert len(keys) == 2 * len(layouts)
    # The default candidates by name are the same encode.
    by_name = planned(modes=["crs 2", "crs 4", "uniform 2", "uniform 4"])
    assert by_name[0].key == planned()[0].key


def test_labels():
    for layout, label in (
        ({}, "adaptive"),
        ({"fast": True}, "adaptive fast"),
        ({"delta_qp": 4}, "adaptive δ4"),
        ({"name": "mine"}, "mine"),
    ):
        assert parsed(**layout).layouts[0].label == label


@pytest.mark.parametrize(
    ("layout", "what"),
    [
        ({"scale": 4}, "gives its scales in 'modes'"),
        ({"group": 7}, "has no 'group'"),
        ({"modes": ["tds 2"]}, "'tds 2' is no mode"),
        ({"modes": []}, "empty list"),
        ({"modes": ["anchor"]}, "nothing to choose from"),
        ({"layout": "crs", "fast": True}, "layout 'crs' has no 'fast'"),
        ({"layout": "uniform", "modes": ["crs 2"]}, "layout 'uniform' has no 'modes'"),
    ],
)
def test_what_is_refused(layout, what):
    with pytest.raises(InputError, match=what) as caught:
        parsed(**layout)
    assert "\n" not in str(caught.value)
