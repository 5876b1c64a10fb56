"""The dataset file: what it says, and what it may not say."""

from pathlib import Path

import pytest

from codecpipe.errors import InputError
from codecpipe.yaml_file import parse_model
from experiments.dataset.schema import DatasetFile, read_dataset_file

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"

FILE = """
name: small
clips:
  - {file: a.yuv, split: train, licence: CC0, frames: [2, 5], crop: [0, 2, 64, 48]}
codecs: [{codec: x265, preset: ultrafast}]
layout: {layout: crs, gop: 4}
qps: [32, 37]
"""


def parse_dataset_file(text, where):
    return parse_model(text, DatasetFile, "a dataset file", where)


def test_what_it_says():
    parsed = parse_dataset_file(FILE, "f.yaml")
    assert parsed.clips[0].frames == (2, 5)
    assert parsed.clips[0].crop == (0, 2, 64, 48)
    assert [config.value for config in parsed.configs] == ["LDP"]
    assert (parsed.layout.scale, parsed.layout.gop, parsed.layout.delta_qp) == (2, 4, 5)
    assert (parsed.rendering.width, parsed.rendering.frames, parsed.rendering.fps) == (640, 25, 25)


def test_one_photo_needs_no_list():
    text = FILE + "photos: [{files: photos/*.webp, licence: CC0}]"
    assert parse_dataset_file(text, "f").photos[0].files == ("photos/*.webp",)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("licence: CC0, ", "", "'clips.0.licence' is missing: add it"),
        ("licence: CC0", 'licence: " "', "licence"),
        ("split: train", "split: test", "'train' or 'validation'"),
        ("name: small", "name: small\ncolour: red", "'colour' is not a key of a dataset file"),
        ("frames: [2, 5]", "frames: [2, 2]", "greater than or equal to 3"),
        ("frames: [2, 5]", "frames: [2]", "clips.0.frames"),
        ("gop: 4", "gop: 1", "GOPs of 1 frame"),
        ("gop: 4", "gop: 4, gop_s: 1", "'gop' and 'gop_s' say the same"),
        ("gop: 4", "gop: 4, scale: 3/2", "give 2 or 4"),
        ("layout: crs", "layout: rpr", "'rpr' gives nothing to train with: give one of crs, tds,"),
        ("layout: crs, gop: 4", "layout: tds, group: 4", "give an odd number"),
        ("layout: crs, gop: 4", "layout: tds, scale: 4, boundary_scale: 2", "not trained with"),
        ("layout: crs, gop: 4", "layout: tds, gop: 4, gop_s: 1", "say the same"),
        ("qps: [32, 37]", "qps: []", "'qps' is an empty list"),
        ("qps: [32, 37]", "qps: [32, 37]\nconfigs: [AI]\nlayout: {layout: crs}", "AI has no GOP"),
        ("name: small", "name: [", "is not valid YAML"),
    ],
)
def test_what_is_refused(old, new, said):
    assert old in FILE
    with pytest.raises(InputError, match=r"f\.yaml") as caught:
        parse_dataset_file(FILE.replace(old, new), "f.yaml")
    assert said in str(caught.value)


def test_neither_clips_nor_photos():
    text = "{name: x, codecs: [{codec: x265}], qps: [32]}"
    with pytest.raises(InputError, match="neither clips nor photos"):
        parse_dataset_file(text, "f")
    with pytest.raises(InputError, match="is not a dataset file"):
        parse_dataset_file("[1]", "f")


def test_tds_needs_no_gop():
    text = FILE.replace("layout: crs, gop: 4", "layout: tds, group: 5") + "configs: [AI, LDP]"
    parsed = parse_dataset_file(text, "f")
    assert (parsed.layout.layout, parsed.layout.group, parsed.layout.gop) == ("tds", 5, None)
    assert [config.value for config in parsed.configs] == ["AI", "LDP"]


@pytest.mark.parametrize("file", sorted(BENCHMARKS.glob("*_dataset.yaml")), ids=lambda p: p.stem)
def test_files_that_come_along(file):
    parsed = read_dataset_file(file)
    assert parsed.qps == (32, 37, 42, 47)
    assert {clip.split for clip in parsed.clips} == {"train", "validation"}


def test_both_methods_learn_from_the_same_clips():
    crs, srfr = (read_dataset_file(BENCHMARKS / f"{name}_dataset.yaml") for name in ("crs", "srfr"))
    assert (crs.clips, crs.photos, crs.rendering) == (srfr.clips, srfr.photos, srfr.rendering)
    assert (srfr.layout.layout, srfr.layout.group) == ("tds", 5)
    assert [config.value for config in srfr.configs] == ["AI", "LDP"]
