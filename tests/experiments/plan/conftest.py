"""A small experiment of which tests change some keys."""

import pytest
import yaml

from encoders import get_codec
from experiments.plan.encodes import plan
from experiments.spec.experiment import parse_experiment


@pytest.fixture(scope="module")
def place(moving_clip):
    return moving_clip(64, 64, 5).parent


@pytest.fixture(scope="module")
def planned(place, moving_clip):
    """``planned(**change)``: the plan of a small experiment with some keys changed."""
    moving_clip(64, 64, 5, 10)

    def make(**change: object):
        content = {
            "name": "t",
            "sequences": [{"file": "clip_64x64_30_8bit.yuv"}],
            "codecs": [{"codec": "x265", "preset": "ultrafast"}],
            "layouts": [{"layout": "crs"}],
            "qps": [32],
            **change,
        }
        experiment = parse_experiment(yaml.safe_dump(content), "e.yaml")
        return plan(experiment, place, get_codec)

    return make
