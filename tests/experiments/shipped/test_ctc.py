"""Experiment files of the CTC, classes of a catalogue, sub-sampling in time, and overrides."""

import hashlib
import os
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from codecpipe.errors import InputError
from codecpipe.video.catalogue import load_builtin
from encoders import get_codec
from experiments.plan.encodes import plan
from experiments.plan.sequences import open_sequences
from experiments.run.provenance import sources
from experiments.shipped.find import CTC, find_experiment, shipped
from experiments.spec.experiment import parse_experiment
from experiments.spec.overrides import Overrides, overridden

CONFIGS = {"ai": "AI", "ldp": "LDP", "ldb": "LDB", "ra": "RA"}
FRAME = 416 * 240 * 3 // 2
MINI = """
catalogue: mini
sequences:
  - {name: Street, class: C, file: street_c.yuv, width: 64, height: 64, fps: 50, bit_depth: 8, frames: 5}
  - {name: Ball, class: D, file: ball.yuv, width: 64, height: 64, fps: 60, bit_depth: 8, frames: 4}
  - {name: Street, class: D, file: street_d.yuv, width: 64, height: 64, fps: 30, bit_depth: 8, frames: 5}
"""  # noqa: E501
EXPERIMENT = """
name: mini
catalogue: mini.yaml
root: clips
sequences: [{classes: [D, C], of: mini}]
codecs: [{codec: x265, preset: ultrafast}]
configs: [AI]
layouts: [{layout: uniform}]
qps: [32]
"""


@pytest.fixture
def place(moving_clip, tmp_path):
    """A folder with a catalogue and its three clips, of five frames each."""
    (tmp_path / "mini.yaml").write_text(MINI)
    (tmp_path / "clips" / "deep").mkdir(parents=True)
    data = moving_clip(64, 64, 5).read_bytes()
    for name in "street_c", "ball", "deep/street_d":
        (tmp_path / "clips" / f"{name}.yuv").write_bytes(data)
    return tmp_path


def ctc_files():
    return [name for name in shipped() if (CTC / f"{name}.yaml").is_file()]


def parsed(**change):
    return parse_experiment(yaml.safe_dump({**yaml.safe_load(EXPERIMENT), **change}), "e.yaml")


def opened(place, **change):
    return open_sequences(parsed(**change), place)


def planned(place, **change):
    return plan(parsed(**change), place, get_codec)


# --- shipped files -------------------------------------------------------------------------------


def test_all_configurations_are_there_at_both_ranges_of_qps():
    assert set(ctc_files()) == {f"ctc-{c}{low}" for c in CONFIGS for low in ("", "-low-rate")}


@pytest.mark.parametrize("name", ctc_files())
def test_shipped_files_are_the_ctc(name):
    config = CONFIGS[name.split("-")[1]]
    low_delay = config in ("LDP", "LDB")
    experiment = parse_experiment((CTC / f"{name}.yaml").read_text(), name)
    assert experiment.configs == (config,)
    low = name.endswith("low-rate")
    assert experiment.qps == ((32, 37, 42, 47) if low else (22, 27, 32, 37))
    assert [codec.codec for codec in experiment.codecs] == ["vtm"]
    assert experiment.temporal_subsample == (8 if config == "AI" else 1)
    assert experiment.metrics == ("psnr",)
    (entry,) = experiment.sequences
    assert entry.of == "jvet_ctc"
    # JVET-T2010: no class E in random access, no class A in low delay.
    missing = {"AI": set(), "RA": {"E"}, "LDP": {"A1", "A2"}, "LDB": {"A1", "A2"}}[config]
    assert set(entry.classes) == {"A1", "A2", "B", "C", "D", "E", "F"} - missing
    layouts = {part.layout: part for part in experiment.layouts}
    assert list(layouts) == ["anchor", "uniform", "crs", "tds"]
    assert layouts["anchor"].gop == (0 if low_delay else None)
    assert layouts["crs"].gop == (8 if config == "AI" else None)
    assert {layouts["uniform"].scale, layouts["crs"].scale, layouts["tds"].scale} == {2}


def test_a_file_that_is_there_wins_over_a_shipped_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_experiment(Path("ctc-ra")) == CTC / "ctc-ra.yaml"
    (tmp_path / "ctc-ra").write_text("mine")
    assert find_experiment(Path("ctc-ra")) == Path("ctc-ra")


def test_what_is_neither_file_nor_shipped_is_told_what_there_is():
    with pytest.raises(InputError, match="ctc-rb") as error:
        find_experiment(Path("ctc-rb"))
    for name in shipped():
        assert name in str(error.value)


@pytest.mark.codec
def test_a_shipped_file_plans_with_the_catalogues_sequences(tmp_path):
    """Class D in files that hold nothing but have the right sizes."""
    infos = [i for i in load_builtin() if (i.catalogue, i.class_name) == ("jvet_ctc", "D")]
    for info in infos:
        (tmp_path / info.file).touch()
        os.truncate(tmp_path / info.file, info.frames * FRAME)
    overrides = Overrides(tmp_path, "x265", ("D",), 20)
    text = overridden((CTC / "ctc-ai.yaml").read_text(), "ctc-ai", overrides)
    encodes = plan(parse_experiment(text, "e"), CTC, get_codec)
    found = {e.sequence.name: e.sequence for e in encodes}
    assert list(found) == ["RaceHorses (D)", "BQSquare", "BlowingBubbles", "BasketballPass"]
    assert {s.frames for s in found.values()} == {3}  # 0, 8, 16
    assert {s.class_name for s in found.values()} == {"D"}
    assert found["BQSquare"].source.fps == Fraction(60, 8)
    assert len(encodes) == 4 * 4 * 4  # sequences, layouts, QPs
    assert {e.codec_label for e in encodes} == {"x265"}


# --- classes of a catalogue ----------------------------------------------------------------------


def test_classes_expand_in_the_catalogues_order(place):
    found = [(s.name, s.class_name, s.frames, s.source.fps) for s in opened(place)]
    assert found == [
        ("Street (C)", "C", 5, 50),
        ("Ball", "D", 4, 60),
        ("Street (D)", "D", 5, 30),
    ]
    assert {s.catalogue for s in opened(place)} == {"mini"}


def test_a_name_does_not_depend_on_what_else_is_asked_for(place):
    (street,) = opened(place, sequences=[{"classes": ["C"], "of": "mini"}])
    assert street.name == "Street (C)"


def test_frames_limit_but_never_lengthen(place):
    for change, counts in (
        ({"sequences": [{"classes": ["C", "D"], "of": "mini", "frames": 3}]}, [3, 3, 3]),
        ({"sequences": [{"classes": ["C", "D"], "of": "mini", "frames": 9}]}, [5, 4, 5]),
        ({"frames": 2}, [2, 2, 2]),
        ({"frames": 9}, [5, 4, 5]),
    ):
        assert [s.frames for s in opened(place, **change)] == counts


def test_frames_of_the_experiment_limit_files_too(place):
    part = {"file": "clips/ball.yuv", "size": "64x64", "fps": 30}
    assert [s.frames for s in opened(place, sequences=[part], frames=3)] == [3]
    assert [s.frames for s in opened(place, sequences=[part], frames=99)] == [5]
    with pytest.raises(InputError, match="has 5 frames and 6 are asked for"):
        opened(place, sequences=[{**part, "frames": 6}])


@pytest.mark.parametrize(
    ("sequences", "words"),
    [
        ([{"classes": ["Z"], "of": "mini"}], "'mini' has no class 'Z': choose among C, D"),
        ([{"classes": ["B"], "of": "x"}], "no catalogue 'x': choose one of mini, jvet_ctc"),
        ([{"classes": ["C"], "of": "mini"}] * 2, "have one name, 'Street (C)'"),
    ],
)
def test_refusals(place, sequences, words):
    with pytest.raises(InputError) as error:
        opened(place, sequences=sequences)
    assert words in str(error.value)


def test_missing_files_are_named_with_what_to_do(place):
    (place / "clips" / "ball.yuv").unlink()
    with pytest.raises(InputError) as error:
        opened(place)
    message = str(error.value)
    assert message.startswith("'ball.yuv' of class D is not under ")
    assert "correct the root, or give --classes" in message
    assert "more" not in message
    (place / "clips" / "deep" / "street_d.yuv").unlink()
    with pytest.raises(InputError, match="and 1 more are not"):
        opened(place)
    with pytest.raises(InputError, match="--root"):
        opened(place, root=None)


# --- sub-sampling in time ------------------------------------------------------------------------


@pytest.mark.codec
def test_every_nth_frame_is_coded_at_its_rate(place):
    encodes = planned(place, temporal_subsample=2)
    ball = next(e for e in encodes if e.sequence.name == "Ball").sequence
    assert (ball.frames, ball.source.fps, ball.step) == (2, 30, 2)
    data = (place / "clips" / "ball.yuv").read_bytes()
    size = 64 * 64 * 3 // 2
    assert (
        ball.source.sha256(2) == hashlib.sha256(data[:size] + data[2 * size : 3 * size]).hexdigest()
    )
    assert "first 2 frames, every 2 frames one" in sources(encodes)["Ball"]
    assert any("only frames 0, 2, 4 …" in note for note in ball.source.notes)


@pytest.mark.codec
def test_the_step_is_in_the_key_where_there_is_one(place):
    """At one frame, samples and their number are the same; only rate and step differ."""
    plain, one, two = (
        {e.key for e in planned(place, frames=1, **change)}
        for change in ({}, {"temporal_subsample": 1}, {"temporal_subsample": 2})
    )
    assert plain == one
    assert not plain & two


# --- overrides -----------------------------------------------------------------------------------


def test_without_overrides_the_text_stays_as_it_is():
    assert overridden(EXPERIMENT, "e.yaml", Overrides()) is EXPERIMENT


def test_overrides_are_in_the_text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = Overrides(Path("here"), "vvenc", ("D",), 9)
    text = overridden(EXPERIMENT, "e.yaml", options)
    assert text.startswith("# e.yaml, run with --root here --codec vvenc --classes D --frames 9\n")
    experiment = parse_experiment(text, "again")
    assert experiment.root == str(tmp_path / "here")
    assert [(c.codec, c.preset) for c in experiment.codecs] == [("vvenc", "")]
    assert [s.classes for s in experiment.sequences] == [("D",)]
    assert experiment.frames == 9
    same = parse_experiment(EXPERIMENT, "e.yaml")
    for key in ("name", "catalogue", "configs", "layouts", "qps", "anchor"):
        assert getattr(experiment, key) == getattr(same, key)


def test_frames_only_ever_limit():
    text = overridden(EXPERIMENT + "frames: 5\n", "e.yaml", Overrides(frames=9))
    assert parse_experiment(text, "e").frames == 5


def test_classes_leave_other_entries_alone():
    entries = [{"classes": ["B"], "of": "mini"}, {"file": "a.yuv"}, {"classes": ["C"], "of": "m"}]
    text = yaml.safe_dump({**yaml.safe_load(EXPERIMENT), "sequences": entries})
    left = parse_experiment(overridden(text, "e", Overrides(classes=("C",))), "e").sequences
    assert [(s.file, s.classes) for s in left] == [("a.yuv", None), (None, ("C",))]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (EXPERIMENT, "'e.yaml' has no class 'E': choose among D, C"),
        (
            EXPERIMENT.replace("{classes: [D, C], of: mini}", "{file: a.yuv}"),
            "'e.yaml' names no 'classes' of a catalogue: leave --classes out",
        ),
        (EXPERIMENT + "colour: 1\n", "'colour' is not a key"),
    ],
)
def test_overrides_that_cannot_be(text, words):
    with pytest.raises(InputError) as error:
        overridden(text, "e.yaml", Overrides(classes=("E",)))
    assert words in str(error.value)
