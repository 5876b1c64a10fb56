"""Experiment files: documented keys, defaults, labels, and what is refused."""

from fractions import Fraction

import pytest
import yaml

from codecpipe.errors import InputError
from codecpipe.layout import Config
from codecpipe.video.resample import Filter
from experiments.spec.experiment import Experiment, parse_experiment, read_experiment
from experiments.spec.parts import LayoutPart, gop_frames

SMALL = {
    "name": "t",
    "sequences": [{"file": "a_64x64_30.yuv"}],
    "codecs": [{"codec": "x265"}],
    "layouts": [{"layout": "crs"}],
}
FULL = """
name: everything
description: all keys of docs/experiments.md
root: ../sequences
catalogue: mine.yaml
sequences:
  - {sequence: hevc_ctc/D/BasketballPass, frames: 65}
  - {file: a.yuv, name: street, class: own, size: 64x48, fps: 29.97, bit_depth: 10}
  - {classes: [B, C], of: jvet_ctc, frames: 33}
codecs:
  - {codec: x265, preset: medium, name: mine, extra: {rd: 4, psy-rd: 0.5, me: hex}, threads: 2}
  - {codec: svtav1, preset: 8, qps: [20, 30]}
configs: [AI, LDP, LDB, RA]
layouts:
  - {layout: anchor}
  - {layout: crs, scale: "3/2", delta_qp: 3, gop: 16, inject: false, name: ours}
  - {layout: tds, group: 7, shared_boundary: true, qps: [22, 27]}
enhancers: [lanczos, bicubic]
qps: [22, 27, 32, 37]
frames: 64
temporal_subsample: 1
gop: 8
kernel: area
metrics: [psnr, ssim, ms-ssim, vmaf, xpsnr]
bd_method: akima
anchor: ours + lanczos
"""


def _parse(**change: object) -> Experiment:
    return parse_experiment(yaml.safe_dump({**SMALL, **change}), "e.yaml")


def test_every_documented_key_is_read():
    e = parse_experiment(FULL, "e.yaml")
    assert (e.name, e.root, e.catalogue) == ("everything", "../sequences", "mine.yaml")
    first, second, classes = e.sequences
    assert (classes.classes, classes.of, classes.frames) == (("B", "C"), "jvet_ctc", 33)
    assert (e.frames, e.temporal_subsample) == (64, 1)
    assert (first.sequence, first.frames) == ("hevc_ctc/D/BasketballPass", 65)
    assert (second.file, second.name, second.class_name) == ("a.yuv", "street", "own")
    assert (second.size, second.fps, second.bit_depth) == ("64x48", Fraction(30000, 1001), 10)
    x265, svt = e.codecs
    assert (x265.label, x265.extra, x265.threads) == (
        "mine",
        {"rd": 4, "psy-rd": 0.5, "me": "hex"},
        2,
    )
    assert (svt.label, svt.preset, svt.qps) == ("svtav1 8", "8", (20, 30))
    assert e.configs == (Config.AI, Config.LDP, Config.LDB, Config.RA)
    anchor, crs, tds = e.layouts
    assert (anchor.label, crs.label, tds.label) == ("anchor", "ours", "tds N7s k2 δ5")
    assert (crs.scale, crs.delta_qp, crs.gop, crs.inject) == (Fraction(3, 2), 3, 16, False)
    assert (tds.group, tds.shared_boundary, tds.qps) == (7, True, (22, 27))
    assert ([x.label for x in e.enhancers], e.qps, e.gop) == (
        ["lanczos", "bicubic"],
        (22, 27, 32, 37),
        8,
    )
    assert (e.kernel, e.bd_method, e.anchor) == (Filter.AREA, "akima", "ours + lanczos")
    assert e.metrics == ("psnr", "ssim", "ms-ssim", "vmaf", "xpsnr")


def test_what_is_written_out_reads_back_the_same():
    first = parse_experiment(FULL, "e.yaml")
    dumped = first.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert parse_experiment(yaml.safe_dump(dumped), "e.yaml") == first


def test_documented_defaults():
    e = _parse()
    assert e.configs == (Config.LDP,)
    assert ([x.label for x in e.enhancers], e.qps, e.gop) == (["lanczos"], (27, 32, 37, 42), None)
    assert (e.kernel, e.metrics, e.bd_method) == (Filter.BICUBIC, ("psnr",), "pchip")
    assert (e.anchor, e.root, e.catalogue) == ("anchor", None, None)
    layout = e.layouts[0]
    assert (layout.scale, layout.group, layout.delta_qp, layout.gop) == (2, 5, 5, None)
    assert (layout.shared_boundary, layout.inject) == (False, True)
    assert (e.codecs[0].preset, e.codecs[0].threads) == ("", 1)


@pytest.mark.parametrize(
    ("value", "ratio"),
    [(2, 2), (4, 4), (1.5, Fraction(3, 2)), ("3/2", Fraction(3, 2)), ("2.5", Fraction(5, 2))],
)
def test_scales(value, ratio):
    assert _parse(layouts=[{"layout": "crs", "scale": value}]).layouts[0].scale == ratio


@pytest.mark.parametrize(
    ("value", "rate"),
    [
        (50, 50),
        (29.97, Fraction(30000, 1001)),
        (23.976, Fraction(24000, 1001)),
        (59.94, Fraction(60000, 1001)),
        ("60000/1001", Fraction(60000, 1001)),
        (12.5, Fraction(25, 2)),
    ],
)
def test_frame_rates(value, rate):
    assert _parse(sequences=[{"file": "a", "fps": value}]).sequences[0].fps == rate


@pytest.mark.parametrize(
    ("options", "label"),
    [
        ({"layout": "anchor"}, "anchor"),
        ({"layout": "anchor", "delta_qp": 3}, "anchor"),
        ({"layout": "uniform"}, "uniform k2 δ5"),
        ({"layout": "crs", "scale": "3/2", "delta_qp": 0}, "crs k3/2 δ0"),
        ({"layout": "crs", "inject": False}, "crs k2 δ5 paid"),
        ({"layout": "uniform", "inject": False}, "uniform k2 δ5"),
        ({"layout": "tds", "group": 9}, "tds N9 k2 δ5"),
        ({"layout": "tds", "shared_boundary": True}, "tds N5s k2 δ5"),
        ({"layout": "tds", "name": "mine"}, "mine"),
    ],
)
def test_labels(options, label):
    assert LayoutPart(**options).label == label


def test_a_layouts_own_gop_wins():
    for part, gop in (LayoutPart(layout="crs"), 8), (LayoutPart(layout="crs", gop=0), 0):
        rest = LayoutPart(layout="crs", gop=8)
        assert gop_frames((part, rest), Config.LDP, Fraction(25), 8) == gop
        assert part.options(gop).gop == gop


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"colour": 1}, "'colour' is not a key"),
        ({"codecs": [{"codec": "x265", "qp": 3}]}, "'codecs.0.qp' is not a key"),
        ({"name": None}, "'name' is None, but input should be a valid string"),
        ({"qps": []}, "'qps' is an empty list"),
        ({"qps": 22}, "'qps' is not a list"),
        ({"qps": [22.5]}, "qps.0"),
        ({"sequences": []}, "'sequences' is an empty list"),
        ({"sequences": [{"file": "a", "size": "0x0"}]}, "sequences.0.size"),
        ({"sequences": [{"file": "a", "bit_depth": 7}]}, "sequences.0.bit_depth"),
        ({"sequences": [{"file": "a", "frames": 0}]}, "sequences.0.frames"),
        ({"sequences": [{"file": "a", "fps": 0}]}, "not a frame rate"),
        ({"sequences": [{"file": "a", "sequence": "b"}]}, "either 'file' or 'sequence'"),
        ({"sequences": [{"name": "a"}]}, "either 'file' or 'sequence'"),
        ({"sequences": [{"classes": ["B"]}]}, "'classes' and 'of' go together"),
        ({"sequences": [{"file": "a", "of": "jvet_ctc"}]}, "'classes' and 'of' go together"),
        ({"sequences": [{"classes": [], "of": "jvet_ctc"}]}, "'sequences.0.classes' is an empty"),
        ({"sequences": [{"classes": ["B"], "of": "x", "fps": 30}]}, "there is only 'frames'"),
        ({"sequences": [{"classes": ["B"], "of": "x", "file": "a"}]}, "either 'file' or"),
        ({"frames": 0}, "frames"),
        ({"temporal_subsample": 0}, "temporal_subsample"),
        ({"temporal_subsample": 8}, "'temporal_subsample' is for AI and cannot go with LDP"),
        (
            {"temporal_subsample": 8, "configs": ["AI", "RA", "LDB"]},
            "'temporal_subsample' is for AI and cannot go with RA, LDB",
        ),
        (
            {"temporal_subsample": 8, "configs": ["AI"], "metrics": ["psnr", "vmaf"]},
            "'temporal_subsample' cannot go with vmaf",
        ),
        ({"configs": ["low"]}, "configs.0"),
        ({"kernel": "sinc"}, "kernel"),
        ({"gop": -1}, "gop"),
        ({"layouts": [{"layout": "crs", "scale": "1/0"}]}, "'1/0' is not a scale"),
        ({"layouts": [{"layout": "crs", "scale": [2]}]}, "layouts.0.scale"),
        ({"layouts": [{"layout": "tds", "group": 2}]}, "odd"),
        ({"metrics": ["psnr", "niqe"]}, "no metric 'niqe'"),
        ({"bd_method": "spline"}, "no BD method 'spline'"),
        ({"layouts": [{"layout": "crs"}] * 2}, "two layouts are called 'crs k2 δ5'"),
        ({"codecs": [{"codec": "x265"}] * 2}, "two codecs are called 'x265'"),
    ],
)
def test_refusals_name_the_file_and_the_entry(change, words):
    with pytest.raises(InputError) as error:
        _parse(**change)
    message = str(error.value)
    assert message.startswith("'e.yaml': ")
    assert words in message
    assert "\n" not in message


@pytest.mark.parametrize("text", ["", "- a\n", "5\n", "text\n"])
def test_no_mapping_is_no_experiment(text):
    with pytest.raises(InputError, match="is not an experiment"):
        parse_experiment(text, "e.yaml")


def test_yaml_mistakes_are_named_by_line():
    with pytest.raises(InputError, match="not valid YAML in line 2"):
        parse_experiment("name: t\n\tqps: 3\n", "e.yaml")


def test_yaml_makes_no_objects():
    with pytest.raises(InputError, match="not valid YAML"):
        parse_experiment("name: !!python/object/apply:os.getcwd []\n", "e.yaml")


def test_files_that_cannot_be_read(tmp_path):
    (tmp_path / "b.yaml").write_bytes(b"\xff\x00")
    for name, words in (("a.yaml", "No such file"), ("b.yaml", "not a text"), ("", "directory")):
        with pytest.raises(InputError, match=words):
            read_experiment(tmp_path / name)
