"""Plans: what is computed, and what is refused."""

from fractions import Fraction
from pathlib import Path

import pytest
from kits.plans import codec_keys, layout_keys, of_layout, sequence_keys

from codecpipe.errors import InputError
from codecpipe.layout import Config
from experiments import rd

pytestmark = pytest.mark.codec  # FFmpeg is asked for its encoders


def test_points_are_the_product_of_all_lists(planned):
    encodes = planned(
        codecs=[{"codec": "x265"}, {"codec": "x264"}],
        configs=["LDP", "RA"],
        enhancers=["lanczos", "bicubic"],
        qps=[22, 27],
    )
    assert len(encodes) == 2 * 2 * 2 * 2  # anchor and crs, codecs, configs, QPs
    points = [point for encode in encodes for point in encode.points]
    assert len(points) == 2 * 2 * 2 * (1 + 2)
    assert len({point.key for point in points}) == len(points)
    assert {p.method for p in points if p.is_anchor} == {"anchor"}
    assert {p.method for p in points} == {"anchor", "crs k2 δ5 + lanczos", "crs k2 δ5 + bicubic"}


def test_a_crs_of_key_frames_only_has_nothing_to_restore(planned):
    (point,) = of_layout(planned(configs=["AI"], enhancers=["lanczos", "bicubic"]), "crs").points
    assert (point.method, point.enhancer) == ("crs k2 δ5", "")


def test_the_anchor_is_added_only_where_it_is_wanted(planned):
    encodes = planned(anchor="crs k2 δ5 + lanczos")
    assert [encode.job.layout.name for encode in encodes] == ["crs"]
    assert encodes[0].points[0].is_anchor


def test_qps_of_the_layout_come_before_the_codecs_and_the_experiments(planned):
    codecs = [{"codec": "x265", "qps": [30]}, {"codec": "x264"}]
    encodes = planned(codecs=codecs, layouts=[{"layout": "anchor"}, {"layout": "crs", "qps": [25]}])
    found = {(e.codec, e.job.layout.name): e.job.qp for e in encodes}
    assert found == {
        ("x265", "anchor"): 30,
        ("x265", "crs"): 25,
        ("x264", "anchor"): 32,
        ("x264", "crs"): 25,
    }


def test_the_gop_is_one_second_unless_said(planned):
    assert of_layout(planned(), "crs").job.layout.options.gop == 32
    assert of_layout(planned(gop=4), "crs").job.layout.options.gop == 4
    layouts = [{"layout": "crs", "gop": 2}]
    assert of_layout(planned(gop=4, layouts=layouts), "crs").job.layout.options.gop == 2
    assert of_layout(planned(configs=["AI"]), "anchor").job.layout.options.gop == 1


def test_frames_and_names(planned):
    part = {"file": "clip_64x64_30_8bit.yuv", "frames": 3, "name": "mine", "class": "own"}
    sequence = planned(sequences=[part])[0].sequence
    assert (sequence.name, sequence.class_name, sequence.frames) == ("mine", "own", 3)
    assert planned()[0].sequence.frames == 5


def test_the_scale_of_the_boundaries_is_in_the_label(planned):
    layouts = [{"layout": "tds", "scale": 4}, {"layout": "tds", "scale": 4, "boundary_scale": 2}]
    encodes = planned(sequences=[{"file": "clip_64x64_30_8bit.yuv"}], layouts=layouts)
    methods = [e.points[0].method for e in encodes if e.job.layout.name == "tds"]
    assert methods == ["tds N5 k4 δ5 + lanczos", "tds N5 k4 b2 δ5 + lanczos"]


def test_a_layout_may_have_enhancers_of_its_own(planned):
    layouts = [
        {"layout": "uniform"},
        {"layout": "crs", "enhancers": ["bicubic", {"enhancer": "lanczos", "name": "other"}]},
    ]
    encodes = planned(layouts=layouts)
    points = {e.job.layout.name: [p.method for p in e.points] for e in encodes}
    assert points == {
        "anchor": ["anchor"],
        "uniform": ["uniform k2 δ5 + lanczos"],
        "crs": ["crs k2 δ5 + bicubic", "crs k2 δ5 + other"],
    }
    same = planned(layouts=[{"layout": "crs"}], enhancers=["bicubic"])
    assert of_layout(same, "crs").points[0] == of_layout(encodes, "crs").points[0]


@pytest.mark.parametrize(
    ("layout", "words"),
    [
        ({"layout": "crs", "enhancers": ["magic"]}, "no enhancer 'magic'"),
        ({"layout": "crs", "enhancers": []}, "empty list"),
        ({"layout": "crs", "enhancers": ["bicubic", "bicubic"]}, "two enhancers are called"),
        ({"layout": "anchor", "enhancers": ["bicubic"]}, "nothing to restore"),
        ({"layout": "crs", "boundary_scale": 2, "scale": 4}, "has no boundaries"),
        ({"layout": "tds", "boundary_scale": 2}, "do not go with LR frames at 1/2"),
        ({"layout": "adaptive", "boundary_scale": 2}, "has no 'boundary_scale'"),
    ],
)
def test_refused_keys_of_a_layout(planned, layout, words):
    with pytest.raises(InputError) as error:
        planned(layouts=[layout])
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"enhancers": ["magic"]}, "no enhancer 'magic'"),
        (codec_keys(codec="h261"), "no codec 'h261'"),
        (codec_keys(preset="warp"), "no preset 'warp'"),
        (codec_keys(extra={"keyint": 3}), "'keyint' is held"),
        ({"configs": ["LDB"]}, "no LDB"),
        ({"qps": [54]}, "QP 54"),
        ({"qps": [3]}, "QP -2"),
        ({"qps": [22, 22]}, "twice"),
        ({"anchor": "HM"}, "'HM' is none of the methods"),
        (sequence_keys(frames=6), "has 5 frames"),
        ({"sequences": [{"file": "nope_64x64_30.yuv"}]}, "does not exist"),
        ({"sequences": [{"file": "clip_64x64_30_8bit.yuv"}] * 2}, "one name"),
        ({"sequences": [{"sequence": "Nonsense"}], "root": "."}, "sequences list"),
        ({"sequences": [{"sequence": "Cactus"}]}, "'root'"),
        ({"sequences": [{"sequence": "Cactus"}], "root": "."}, "is not under"),
        (layout_keys(scale=1), "down-sample"),
        (layout_keys(scale=100), "1/100"),
    ],
)
def test_what_would_fail_later_is_refused_now(planned, change, words):
    with pytest.raises(InputError) as error:
        planned(**change)
    assert words in str(error.value)


def test_a_refusal_names_the_experiment(place):
    text = (
        "name: t\nsequences: [{file: x.yuv}]\ncodecs: [{codec: x265}]\nlayouts: [{layout: crs}]\n"
    )
    with pytest.raises(InputError, match=r"^'some\.yaml': 'x\.yuv' does not exist"):
        rd.plan_experiment(text, "some.yaml", Path())


def test_a_sequence_of_a_catalogue_is_found_under_root(planned, tmp_path):
    catalogue = tmp_path / "mine.yaml"
    catalogue.write_text(
        "sequences: [{name: Street, class: own, file: street.yuv, width: 64, height: 64,"
        " fps: 29.97, bit_depth: 8, frames: 2}]\n"
    )
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "street.yuv").write_bytes(bytes(64 * 64 * 3 // 2 * 3))
    change = {"catalogue": str(catalogue), "root": str(tmp_path)}
    sequence = planned(sequences=[{"sequence": "Street"}], **change)[0].sequence
    assert (sequence.name, sequence.class_name, sequence.frames) == ("Street", "own", 2)
    assert sequence.source.fps == Fraction(30000, 1001)


def test_configs_reach_the_layout(planned):
    encodes = planned(configs=["AI", "RA"])
    assert {e.job.layout.config for e in encodes} == {Config.AI, Config.RA}
