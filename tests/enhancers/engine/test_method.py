"""A method as a value: its configurations, what it needs, and methods that are not there yet."""

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
from kits.engine import weights_file

import enhancers
from codecpipe.errors import InputError
from enhancers import enhancer_weights, get_enhancer, load
from enhancers.engine.enhancer import NetworkEnhancer
from enhancers.engine.method import Chunks, Method, Window, loaded
from enhancers.methods import METHODS
from enhancers.network_config import PLANE_COUNT, NetworkConfig
from enhancers.window.config import WindowConfig

CRS, SRFR = METHODS["crs"], METHODS["srfr"]


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda method: method.name)
def test_what_a_method_names_is_there(method):
    assert METHODS[method.name] is method
    for reference in (method.network, method.restoring, method.training):
        assert callable(getattr(loaded(reference), "run", loaded(reference)))
    for variant in method.variants:
        for scale in method.scales:
            changes = {"scale": scale} if isinstance(method.config(variant), WindowConfig) else {}
            for planes in method.planes:
                assert method.config(variant, planes=PLANE_COUNT[planes])
            assert method.config(variant, **changes)


def test_the_window_that_is_declared_is_the_networks():
    for config in CRS.variants.values():
        assert CRS.temporal == Window(config.window, keys=2)


def test_unknown_variants_and_fields_are_refused():
    with pytest.raises(InputError, match="CRS has no variant 'huge': choose one of full, small"):
        CRS.config("huge")
    with pytest.raises(InputError, match="SRFR has no option 'scale'"):
        SRFR.config("tiny", scale=2)


@pytest.mark.parametrize(
    ("method", "layout", "without", "said"),
    [
        (CRS, "crs", (), None),
        (CRS, "tds", (), None),
        (CRS, "uniform", (), "layout crs or tds, or use weights trained without TCN$"),
        (CRS, "uniform", ("MAN",), "key frames at full size, which layout uniform has not"),
        (CRS, "uniform", ("MAN", "TCN"), None),
        (SRFR, "uniform", ("PSA",), "key frames.*code in layout tds or crs$"),
        (SRFR, "tds", (), None),
        (CRS, "mosaic", (), "crs does not restore layout mosaic: code in layout crs or tds or"),
        (replace(CRS, needs_keys=False), "uniform", (), None),
    ],
)
def test_layouts_of_a_method(method, layout, without, said):
    if said is None:
        method.check_layout(layout, without)
        return
    with pytest.raises(InputError, match=said):
        method.check_layout(layout, without)


def test_a_plan_asks_for_weights_that_the_layout_will_do_for(tmp_path):
    plain = weights_file(tmp_path / "plain.safetensors", without=("TCN",))
    whole = weights_file(tmp_path / "whole.safetensors")
    assert enhancer_weights(f"crs:{plain}", "x265", "LDP", 2, "uniform").path == plain
    with pytest.raises(InputError, match="needs key frames"):
        enhancer_weights(f"crs:{whole}", "x265", "LDP", 2, "uniform")


def test_an_enhancer_by_name_or_by_the_path_of_its_weights(tmp_path):
    path = weights_file(tmp_path / "w.safetensors")
    assert load("lanczos").name == "lanczos"
    assert load("crs without TCN").without == ("TCN",)
    for name in (path, str(path), f"crs:{path}"):
        found = load(name)
        assert isinstance(found, NetworkEnhancer)
        assert (found.name, found.method, found.weights) == (f"crs:{path}", CRS, str(path))
    with pytest.raises(InputError, match="there are no weights"):
        load(tmp_path / "none.safetensors")
    with pytest.raises(InputError, match="no enhancer 'magic'"):
        load("magic")


def test_weights_of_a_method_that_is_not_known_here(tmp_path, monkeypatch):
    path = weights_file(tmp_path / "w.safetensors")
    monkeypatch.setattr(enhancers, "METHODS", {"srfr": SRFR})
    with pytest.raises(InputError, match="weights of the method 'crs', which this version"):
        load(path)
    with pytest.raises(InputError, match="choose one of bicubic, lanczos, srfr, srfr-full"):
        get_enhancer("crs-full")


# --- methods to come: each can be said ------------------------------------------------------------


@dataclass(frozen=True)
class Sizes(NetworkConfig):
    channels: int = 64

    method: ClassVar[str] = "later"
    parts: ClassVar[tuple[str, ...]] = ("REFINE",)


def declared(**facts) -> Method:
    plain = {
        "name": "later",
        "title": "a method to come",
        "variants": {"base": Sizes()},
        "network": "later.network:Later",
        "restoring": "later.restore:LATER",
        "training": "later.train:LaterKind",
        "cost": lambda config, height, width: 0,
        "layouts": ("uniform",),
        "tiles": "approximate",
    }
    return Method(**{**plain, **facts})


LATER = {
    "seven frames to one, no keys": declared(temporal=Window(7), scales=(2, 4)),
    "a sequence in chunks": declared(temporal=Chunks(30, overlap=2), tiles="impossible"),
    "a single picture": declared(temporal=Window(1), tiles="exact", planes=("rgb",)),
    "all layouts, with keys where there are some": declared(
        temporal=Window(3, keys=2), layouts=("crs", "tds", "uniform")
    ),
}


@pytest.mark.parametrize("name", LATER)
def test_networks_without_key_frames_take_uniform(name):
    method = LATER[name]
    method.check_layout("uniform", ())
    assert not method.needs_keys_without(())
    assert method.config("base", channels=8).channels == 8
    assert method.parts == ("REFINE",)
