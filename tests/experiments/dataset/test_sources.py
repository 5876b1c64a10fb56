"""Datasets of other sources and layouts: deeper codecs, photographs, TDS in two configurations."""

import json

import numpy as np
import pytest
from kits.datasets import arrays, clip, put_file

from enhancers.training.cache import Group, open_datasets
from enhancers.training.plan import Planes, TrainingPlan
from enhancers.training.selection import select
from experiments.dataset.build import build, plan_dataset

pytestmark = pytest.mark.codec


def test_deeper_than_the_source(tmp_path, moving_clip):
    """VVenC codes 8 bit video in 10 bit."""
    file = put_file(
        tmp_path,
        [clip(moving_clip(64, 64, 5), "a")],
        codecs=[{"codec": "vvenc", "preset": "faster"}],
        qps=[42],
    )
    out = tmp_path / "d"
    assert build(plan_dataset(file), out).failed == {}
    index = json.loads((out / "dataset.json").read_text())
    assert index["clips"][0]["source_bit_depth"] == 8
    folder = out / index["items"][0]["folder"]
    has = arrays(folder)
    assert json.loads((folder / "item.json").read_text())["bit_depth"] == 10
    assert has["lr_y"].dtype == has["key_uv"].dtype == np.uint16
    assert np.load(out / "clips" / "a" / "y.npy").dtype == np.uint8
    assert 255 < has["key_y"].max() < 1024


def test_photographs_are_clips(tmp_path):
    random = np.random.default_rng(3)
    for name in "ab":
        head = b"P6\n120 100\n255\n"
        (tmp_path / f"{name}.ppm").write_bytes(head + random.bytes(120 * 100 * 3))
    file = put_file(
        tmp_path,
        [],
        photos=[{"files": ["?.ppm"], "licence": "CC0", "split": "train"}],
        rendering={"width": 64, "height": 48, "frames": 5, "fps": 24, "seed": 5},
        qps=[37],
    )
    out = tmp_path / "d"
    assert build(plan_dataset(file, tmp_path), out).made == 2
    index = json.loads((out / "dataset.json").read_text())
    source = index["clips"][0]["source"]
    assert [photo["file"] for photo in source["origin"]["photos"]] == ["a.ppm", "b.ppm"]
    assert source["fps"] == "24"
    luma = np.load(out / "clips" / "photo-a" / "y.npy")
    assert luma.shape == (5, 48, 64)
    assert build(plan_dataset(file, tmp_path), out).kept == 2


def test_tds_in_ai_and_ldp(tmp_path, moving_clip):
    """Both in one dataset: boundaries at full size, an LR picture of every frame."""
    clips = [
        clip(moving_clip(64, 64, 12), "a"),
        clip(moving_clip(64, 48, 8), "b", "validation", scene="other"),
    ]
    layout = {"layout": "tds", "group": 5}
    file = put_file(tmp_path, clips, layout=layout, configs=["AI", "LDP"], qps=[32])
    out = tmp_path / "d"
    assert build(plan_dataset(file), out).made == 4
    items = open_datasets([out])
    assert [(item.clip.name, item.config, item.layout) for item in items] == [
        (name, config, "tds") for name in "ab" for config in ("AI", "LDP")
    ]
    for item in items[:2]:
        # 12 frames: two groups, and boundaries 10 and 11 with nothing between them.
        assert item.key_frames == (0, 4, 5, 9, 10, 11)
        assert item.groups == (Group(0, range(1, 4), 4), Group(5, range(6, 9), 9))
        assert item.keys(Planes.Y).shape == (6, 1, 64, 64)
        assert item.lr(Planes.UV).shape == (12, 2, 16, 16)
        assert item.source(Planes.Y).shape == (12, 1, 64, 64)
    scaled = [json.loads((item.folder / "item.json").read_text())["scaled_keys"] for item in items]
    # In LDP the first boundary of a group leads its LR frames; nothing does in AI.
    assert scaled[:2] == [[0, 4, 5, 9, 10, 11], [4, 9, 10, 11]]
    found = select(items, TrainingPlan(datasets=("d",), method="srfr"))
    assert found.names("config") == ("AI", "LDP")
    # Decoded boundaries are near the source, LR pictures near the source scaled down.
    for item in items:
        for at, frame in enumerate(item.key_frames):
            key, source = item.keys(Planes.Y)[at, 0], item.source(Planes.Y)[frame, 0]
            assert np.abs(key.astype(int) - source).mean() < 8
            low = item.lr(Planes.Y)[frame, 0].astype(int)
            height, width = (side // 2 for side in source.shape)
            halved = source.reshape(height, 2, width, 2).mean(axis=(1, 3))
            assert np.abs(low - halved).mean() < 8
