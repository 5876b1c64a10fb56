"""Studies that come along: filters, GOPs in seconds, and parts of enhancers in experiment files."""

import shutil
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from kits.engine import weights_file

from codecpipe.errors import InputError
from codecpipe.layout import Config
from codecpipe.video.resample import Filter
from encoders import get_codec
from enhancers import check_enhancer, get_enhancer
from enhancers.names import parse_choice
from experiments.commands.decode import decode_command
from experiments.commands.encode import encode_command
from experiments.plan.encodes import plan
from experiments.shipped.find import STUDIES, find_experiment, shipped
from experiments.spec.experiment import Experiment, parse_experiment
from experiments.spec.overrides import Overrides, overridden
from experiments.spec.parts import gop_frames

STUDY_FILES = tuple(path.stem for path in sorted(STUDIES.glob("ablation-*.yaml")))
SMALL = {
    "name": "t",
    "sequences": [{"file": "a_64x64_30.yuv"}],
    "codecs": [{"codec": "x265", "preset": "ultrafast"}],
    "layouts": [{"layout": "crs"}],
    "qps": [37],
}


def _parse(**change: object) -> Experiment:
    return parse_experiment(yaml.safe_dump({**SMALL, **change}), "e.yaml")


# --- the files -----------------------------------------------------------------------------------


def test_all_ablations_of_the_issue_are_there():
    names = ("tds-group", "crs-gop", "scale", "filter", "injection", "enhancer")
    assert set(STUDY_FILES) == {f"ablation-{name}" for name in names}
    assert set(STUDY_FILES) <= set(shipped())
    assert find_experiment(Path("ablation-scale")) == STUDIES / "ablation-scale.yaml"


@pytest.mark.codec
@pytest.mark.parametrize("name", STUDY_FILES)
def test_a_study_plans_on_one_class(name, class_d):
    text = (STUDIES / f"{name}.yaml").read_text(encoding="utf-8")
    # Few frames: what a plan reads of them is hashed.
    text = overridden(text, name, Overrides(class_d, "x265", ("D",), 3))
    encodes = plan(parse_experiment(text, name), STUDIES, get_codec)
    assert {e.sequence.class_name for e in encodes} == {"D"}
    assert sum(point.is_anchor for e in encodes for point in e.points) >= 4
    assert len({e.job.qp for e in encodes}) == 4


def test_what_the_studies_vary():
    parsed = {n: parse_experiment((STUDIES / f"{n}.yaml").read_text(), n) for n in STUDY_FILES}
    assert [p.group for p in parsed["ablation-tds-group"].layouts if p.layout == "tds"] == [
        5,
        7,
        11,
    ]
    crs = [(p.gop_s, p.gop) for p in parsed["ablation-crs-gop"].layouts if p.layout == "crs"]
    assert crs == [(1, None), (2, None), (None, 0)]
    scales = {(p.layout, p.scale) for p in parsed["ablation-scale"].layouts[1:]}
    assert scales == {(layout, k) for layout in ("uniform", "crs") for k in (2, 4)}
    kernels = {(p.layout, p.kernel) for p in parsed["ablation-filter"].layouts[1:]}
    both = (Filter.BICUBIC, Filter.LANCZOS)
    assert kernels == {(layout, kernel) for layout in ("uniform", "crs") for kernel in both}
    injected = {(p.layout, p.inject) for p in parsed["ablation-injection"].layouts[1:]}
    assert injected == {(layout, inject) for layout in ("crs", "tds") for inject in (True, False)}


# --- a filter of a layout's own ------------------------------------------------------------------


@pytest.mark.codec
def test_a_layouts_filter_wins_and_is_in_the_label(moving_clip, tmp_path):
    shutil.copy(moving_clip(64, 64, 5), tmp_path / "a_64x64_30.yuv")
    layouts = [{"layout": "uniform"}, {"layout": "uniform", "kernel": "lanczos"}]
    experiment = _parse(layouts=layouts, kernel="area")
    encodes = plan(experiment, tmp_path, get_codec)
    found = {e.points[0].method: e.job.kernel for e in encodes if not e.points[0].is_anchor}
    assert found == {
        "uniform k2 δ5 + lanczos": Filter.AREA,
        "uniform k2 δ5 lanczos↓ + lanczos": Filter.LANCZOS,
    }
    # The filter alone makes another file; the same filter said in two ways makes the same.
    (same,) = [
        e.key
        for e in plan(_parse(layouts=layouts[:1], kernel="lanczos"), tmp_path, get_codec)
        if e.job.layout.name == "uniform"
    ]
    assert same == encodes[-1].key != encodes[-2].key


def test_a_filter_where_nothing_is_scaled_is_refused():
    with pytest.raises(InputError, match="'anchor' does not down-sample: take its 'kernel' out"):
        _parse(layouts=[{"layout": "anchor", "kernel": "area"}, {"layout": "crs"}])


# --- a GOP in seconds ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layout", "whole", "fps", "gop"),
    [
        ({}, {}, 30, 32),
        ({"gop_s": 1}, {}, 30, 32),
        ({"gop_s": 2}, {}, 30, 64),
        ({"gop_s": 2}, {}, 24, 48),
        ({"gop_s": 0.1}, {}, 24, 8),
        ({"gop_s": 2}, {"gop": 5}, 24, 48),
        ({"gop": 0}, {"gop_s": 2}, 24, 0),
        ({}, {"gop_s": "1/2"}, 60, 32),
        ({}, {"gop": 5}, 24, 5),
    ],
)
def test_gop_in_seconds_is_whole_mini_gops(layout, whole, fps, gop):
    experiment = _parse(layouts=[{"layout": "crs", **layout}], **whole)
    (part,) = experiment.layouts
    found = gop_frames((part, experiment), Config.LDP, Fraction(fps), 8)
    assert part.options(found).gop == found == gop


def test_in_all_intra_a_second_is_all_its_frames():
    experiment = _parse(gop_s=1)
    assert gop_frames((experiment.layouts[0], experiment), Config.AI, Fraction(25), 8) == 25


def test_seconds_are_in_the_label():
    assert _parse(layouts=[{"layout": "crs", "gop_s": 2}]).layouts[0].label == "crs k2 δ5 GOP 2s"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"gop": 8, "gop_s": 1}, "'gop' and 'gop_s' say the same"),
        ({"layouts": [{"layout": "crs", "gop": 8, "gop_s": 1}]}, "take one of them out"),
        ({"gop_s": 0}, "'gop: 0' for one GOP"),
        ({"gop_s": "soon"}, "'soon' is no time"),
    ],
)
def test_refused_gops(change, words):
    with pytest.raises(InputError) as error:
        _parse(**change)
    assert words in str(error.value)


# --- parts of an enhancer ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "without", "canonical"),
    [
        ("crs", (), "crs"),
        (" crs ", (), "crs"),
        ("crs without MAN", (), "crs without MAN"),
        ("crs without TCN, MAN,TCN", (), "crs without MAN,TCN"),
        ("crs", ("TCN", "MAN"), "crs without MAN,TCN"),
        ("crs without TCN", ("MAN",), "crs without MAN,TCN"),
        ("withoutX", (), "withoutX"),
    ],
)
def test_one_string_for_one_choice(text, without, canonical):
    choice = parse_choice(text, without)
    assert str(choice) == canonical
    assert parse_choice(canonical) == choice


@pytest.mark.parametrize("text", ["crs without", "crs without ", "crs without A,,B"])
def test_without_nothing_is_refused(text):
    with pytest.raises(InputError, match="leaves out no part"):
        parse_choice(text)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lanczos without X", "lanczos has no parts: leave 'without' out"),
        ("crs without TCN,SHARP", "crs has no part 'SHARP': choose among MAN, TCN"),
        ("magic without X", "there is no enhancer 'magic'"),
    ],
)
def test_unknown_parts_are_refused(name, words):
    for ask in (get_enhancer, check_enhancer):
        with pytest.raises(InputError) as error:
            ask(name)
        assert words in str(error.value)


def test_parts_reach_the_enhancer():
    assert get_enhancer("crs").without == ()
    assert get_enhancer("crs without TCN").without == ("TCN",)
    assert get_enhancer("crs", without=("TCN", "MAN")).without == ("MAN", "TCN")
    assert get_enhancer("crs", without=("TCN",)).name == "crs without TCN"


@pytest.mark.codec
def test_parts_in_an_experiment(moving_clip, tmp_path):
    shutil.copy(moving_clip(64, 64, 5), tmp_path / "a_64x64_30.yuv")
    for name, without in (("plain", ("MAN", "TCN")), ("soft", ("TCN",))):
        weights_file(tmp_path / f"{name}.safetensors", without=without)
    experiment = _parse(
        layouts=[{"layout": "uniform"}],
        enhancers=[
            "crs:soft.safetensors",
            {"enhancer": "crs:plain.safetensors", "without": ["TCN", "MAN"]},
            {"enhancer": "crs:soft.safetensors without TCN", "name": "soft"},
        ],
    )
    (uniform,) = [
        e for e in plan(experiment, tmp_path, get_codec) if e.job.layout.name == "uniform"
    ]
    folder = tmp_path.absolute()
    assert [(p.enhancer, p.method) for p in uniform.points] == [
        (f"crs:{folder}/soft.safetensors", "uniform k2 δ5 + crs:soft.safetensors"),
        (
            f"crs:{folder}/plain.safetensors without MAN,TCN",
            "uniform k2 δ5 + crs:plain.safetensors without MAN,TCN",
        ),
        (f"crs:{folder}/soft.safetensors without TCN", "uniform k2 δ5 + soft"),
    ]
    with pytest.raises(InputError, match="has no part 'NO'"):
        plan(_parse(enhancers=["crs without NO"]), tmp_path, get_codec)
    with pytest.raises(InputError, match="two enhancers are called 'crs without MAN'"):
        _parse(enhancers=["crs without MAN", {"enhancer": "crs", "without": ["MAN"]}])


def test_a_choice_without_parts_in_a_map_is_refused():
    with pytest.raises(InputError, match="is an empty list: give at least one entry"):
        _parse(enhancers=[{"enhancer": "crs", "without": []}])


@pytest.mark.codec
def test_decode_understands_parts(moving_clip, tmp_path):
    clip, file = moving_clip(128, 96, 3), tmp_path / "a.cpv"
    fast = ("--layout", "uniform", "--preset", "ultrafast", "--qp", "32")
    coded = CliRunner().invoke(encode_command, [str(clip), "-o", str(file), *fast])
    assert coded.exit_code == 0, coded.output
    weights = weights_file(tmp_path / "w.safetensors", without=("TCN",))

    def decoded(enhancer):
        path = tmp_path / "out.yuv"
        options = ("-o", str(path), "--enhancer", enhancer, "--force")
        ran = CliRunner().invoke(decode_command, [str(file), *options])
        assert ran.exception is None, ran.exception
        return path.read_bytes()

    assert decoded(f"crs:{weights} without TCN") == decoded(f"crs:{weights}")
    assert decoded(f"crs:{weights} without TCN") != decoded("bicubic")
    with pytest.raises(AssertionError, match="trained without TCN, not without MAN"):
        decoded(f"crs:{weights} without MAN")
