"""Which weights a video gets: by the registry, by name, by path; and what is said otherwise."""

from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from kits.engine import weights_file

from codecpipe.errors import InputError
from enhancers import ENHANCERS, check_enhancer, enhancer_weights, get_enhancer, wants_gpu
from enhancers.names import parse_choice
from enhancers.weights.file import weights_sha256
from enhancers.weights.registry import REGISTRY, load_registry
from enhancers.weights.resolve import WeightsQuery, resolve


def _entry(path: Path, **changes: object) -> dict[str, object]:
    return {
        **{"name": path.stem, "file": path.name, "sha256": weights_sha256(path), "method": "crs"},
        **{"variant": "tiny", "codec": "x265", "config": "LDP", "layouts": ["crs"], "scale": 2},
        **{"qps": [32, 37, 42, 47], "remark": "random"},
        **changes,
    }


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("registry")
    tiny = weights_file(folder / "t.safetensors")
    small = weights_file(folder / "s.safetensors", variant="small")
    vvenc = weights_file(folder / "v.safetensors", codec="vvenc")
    plain = weights_file(folder / "p.safetensors", without=("TCN",))
    listed = [
        _entry(tiny),
        _entry(small, variant="small"),
        _entry(vvenc, codec="vvenc,x264"),
        _entry(plain, without=["TCN"]),
    ]
    path = folder / "registry.yaml"
    path.write_text(yaml.safe_dump({"weights": listed}))
    return path


ORDER = ("full", "small", "tiny")


def wanted(**changes: object) -> WeightsQuery:
    plain = {
        **{"method": "crs", "variants": ORDER, "named": "", "without": (), "codec": "x265"},
        **{"config": "LDP", "scale": Fraction(2)},
    }
    return WeightsQuery(**{**plain, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "s"),  # the best variant
        ({"variants": ("tiny",)}, "t"),
        ({"codec": "vvenc"}, "v"),
        ({"codec": "x264"}, "v"),
        ({"without": ("TCN",)}, "p"),
        ({"named": "t"}, "t"),
        ({"named": "t", "codec": "hm", "config": "RA"}, "t"),  # whatever the codec
        ({"named": "p"}, "p"),
    ],
)
def test_the_right_weights_are_found(registry: Path, changes: dict[str, object], name: str) -> None:
    found = resolve(wanted(**changes), registry)
    assert found.name == name
    assert found.path == registry.parent / f"{name}.safetensors"
    assert found.sha256 == weights_sha256(found.path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"variants": ("full",)},
            "no weights of crs-full for x265 LDP, k = 2: choose among t, s",
        ),
        ({"codec": "hm"}, "no weights of crs for hm LDP"),
        ({"config": "RA"}, "for x265 RA.*codecpipe train"),
        ({"config": "LDB"}, "for x265 LDB"),
        ({"scale": Fraction(3, 2)}, "k = 3/2"),
        ({"scale": Fraction(4), "named": "t"}, "for k = 2, and this video has k = 4"),
        ({"without": ("MAN",)}, "no weights of crs without MAN"),
        ({"without": ("MAN",), "named": "t"}, "trained with all parts, not without MAN"),
        ({"named": "nope"}, "there are no weights 'nope': choose among t, s, v, p"),
        ({"method": "other", "named": "t"}, "for crs, not for other"),
    ],
)
def test_what_does_not_fit_is_refused(
    registry: Path, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        resolve(wanted(**changes), registry)


def test_a_file_that_was_exchanged_is_refused(tmp_path: Path) -> None:
    path = weights_file(tmp_path / "t.safetensors")
    registry = tmp_path / "registry.yaml"
    registry.write_text(yaml.safe_dump({"weights": [_entry(path)]}))
    weights_file(path, spread=0.1)
    with pytest.raises(InputError, match="not the file that codecpipe came with"):
        resolve(wanted(), registry)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("weights: 3", "'weights' is 3|'weights' is not a list"),
        ("[", "not valid YAML in line 1"),
        ("weights: [{name: a}]", "'weights.a.file' is missing"),
    ],
)
def test_a_broken_registry_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "registry.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        load_registry(path)


def test_a_registry_stays_in_its_folder_and_has_each_name_once(registry: Path) -> None:
    entries = yaml.safe_load(registry.read_text())["weights"]
    for changed, words in (
        ([{**entries[0], "file": "../t.safetensors"}], "not in the folder"),
        ([entries[0], entries[0]], "'t' twice"),
        ([{**entries[0], "scale": "two"}], "'weights.t.scale' is 'two'"),
    ):
        path = registry.with_name("changed.yaml")
        path.write_text(yaml.safe_dump({"weights": changed}))
        with pytest.raises(InputError, match=words):
            load_registry(path)


def test_what_comes_along_is_whole() -> None:
    """Every file of the registry is there, is the one meant, under 20 MB, and says the same."""
    files = {path.name for path in REGISTRY.parent.glob("*.safetensors")}
    entries = load_registry()
    assert {entry.path.name for entry in entries} == files
    for entry in entries:
        entry.check()
        meta = entry.meta()
        assert entry.path.stat().st_size < 20e6
        said = (entry.method, entry.variant, entry.codec, entry.config, entry.scale, entry.qps)
        assert said == (
            *(meta.method, meta.variant, meta.codec, meta.config, meta.scale, meta.qps),
        )
        assert sorted(entry.without) == sorted(meta.without)
        assert meta.training.get("clips"), "it must be known what they were trained on"


def test_names_of_enhancers() -> None:
    networks = ("srfr", "srfr-full", "srfr-small", "srfr-tiny", "srfr:mine", "srfr without PSA")
    for name in (
        *networks,
        "crs",
        "crs-full",
        "crs-small",
        "crs-tiny",
        "crs:mine",
        "crs without MAN,TCN",
    ):
        check_enhancer(name)
        assert wants_gpu(name)
        assert get_enhancer(name).name == name
    assert not wants_gpu("lanczos")
    assert {"crs", "crs-full", "crs-small", "crs-tiny"} < set(ENHANCERS)
    for name, words in (
        ("crs:", "names no weights"),
        ("crs-tiny:mine", "write crs:mine"),
        ("lanczos:mine", "lanczos has no weights"),
        ("crs without NO", "choose among MAN, TCN"),
        ("src:mine", "no enhancer 'src'"),
    ):
        with pytest.raises(InputError, match=words):
            check_enhancer(name)


def test_paths_are_taken_from_a_folder_and_left_out_of_results(tmp_path: Path) -> None:
    choice = parse_choice("crs:some/w.safetensors without TCN")
    assert (choice.base, choice.weights) == ("crs", "some/w.safetensors")
    assert str(choice.within(tmp_path)) == f"crs:{tmp_path}/some/w.safetensors without TCN"
    assert str(choice.within(tmp_path).portable) == "crs:w.safetensors without TCN"
    assert parse_choice("crs:name").within(tmp_path) == parse_choice("crs:name")
    assert parse_choice("crs").portable == parse_choice("crs")


def test_identity_is_the_weights_and_filters_have_none(tmp_path: Path) -> None:
    path = weights_file(tmp_path / "w.safetensors")
    ask = ("x265", "LDP", Fraction(2))
    assert enhancer_weights("lanczos", *ask) is None
    found = enhancer_weights(f"crs:{path}", *ask)
    assert found is not None
    assert (found.name, found.sha256) == ("w.safetensors", weights_sha256(path))
