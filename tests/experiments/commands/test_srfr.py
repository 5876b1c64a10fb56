"""SRFR from a clip to restored video on the command line: x265, layout tds, AI and LDP."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from kits.engine import weights_file
from kits.networks import HEIGHT, WIDTH, clip, ran, refused
from kits.srfr_video import srfr_file

from enhancers.weights.file import weights_sha256
from experiments.commands.decode import enhance_command
from experiments.commands.main import main
from experiments.commands.weights import weights_command

FRAMES = 9


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("srfr")
    source = str(clip(folder / f"a_{WIDTH}x{HEIGHT}_30.yuv", FRAMES))
    srfr_file(folder / "w.safetensors")
    srfr_file(folder / "untrained.safetensors", spread=0)
    srfr_file(folder / "rgb.safetensors", spread=0, groups=("rgb",))
    weights_file(folder / "crs.safetensors")
    for name, more in (
        ("ai", ("--layout", "tds", "--group", "5", "--config", "AI")),
        ("ldp", ("--layout", "tds", "--group", "5", "--config", "LDP")),
        ("uniform", ("--layout", "uniform")),
    ):
        out = ("-o", str(folder / f"{name}.cpv"), "--preset", "ultrafast")
        done = ran(main, "encode", source, *out, *more)
        assert done.exit_code == 0, done.output
    return folder


def _planes(path: Path) -> np.ndarray:
    return np.fromfile(path, np.uint8).reshape(FRAMES, HEIGHT * 3 // 2, WIDTH).astype(int)


@pytest.mark.codec
@pytest.mark.parametrize("config", ["ai", "ldp"])
def test_decoding_with_srfr(place: Path, tmp_path: Path, config: str) -> None:
    """Boundaries at 0, 4, 5 and 8 are as decoded; untrained networks give bicubic elsewhere."""
    file, out = str(place / f"{config}.cpv"), {}
    for name, enhancer in (
        ("bicubic", "bicubic"),
        ("w", f"srfr:{place / 'w.safetensors'}"),
        ("untrained", f"srfr:{place / 'untrained.safetensors'}"),
        ("rgb", f"srfr:{place / 'rgb.safetensors'}"),
    ):
        path = tmp_path / f"{name}.yuv"
        done = ran(main, "decode", file, "-o", str(path), "--enhancer", enhancer)
        assert done.exit_code == 0, done.output
        out[name] = _planes(path)
    inner = (slice(None), slice(4, HEIGHT - 4), slice(4, WIDTH - 4))
    for name in ("untrained", "rgb"):
        assert np.abs(out[name] - out["bicubic"])[inner].max() <= 2
        assert np.abs(out[name] - out["bicubic"])[inner].mean() < 0.25
    for index in range(FRAMES):
        same = np.array_equal(out["w"][index], out["bicubic"][index])
        assert same == (index in (0, 4, 5, 8))


@pytest.mark.codec
def test_enhance_says_what_it_did_and_decode_gives_the_same(place: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.yuv", tmp_path / "two.yuv"
    file, weights = str(place / "ldp.cpv"), str(place / "w.safetensors")
    named = ("--enhancer", "srfr", "--weights", weights, "--device", "cpu")
    done = ran(enhance_command, file, "-o", str(one), *named)
    assert done.exit_code == 0, done.output
    digest = weights_sha256(Path(weights))[:8]
    assert f"5 restored by w.safetensors ({digest}) on cpu, fp32, whole frames, " in done.output
    done = ran(main, "decode", file, "-o", str(two), "--enhancer", f"srfr:{weights}")
    assert done.exit_code == 0, done.output
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.codec
def test_what_cannot_be_enhanced_is_refused(place: Path, tmp_path: Path) -> None:
    out = ("-o", str(tmp_path / "x.yuv"), "--enhancer")
    tds, uniform, weights = (str(place / name) for name in ("ldp.cpv", "uniform.cpv", "w"))
    weights += ".safetensors"
    for arguments, words in (
        ((uniform, *out, f"srfr:{weights}"), "key frames at full size, which layout uniform has"),
        ((tds, *out, f"srfr:{place / 'crs.safetensors'}"), "are for crs, not for srfr"),
        ((tds, *out, f"crs:{weights}"), "are for srfr, not for crs"),
        ((tds, *out, "srfr-full"), "there are no weights of srfr-full for x265 LDP, k = 2"),
        ((tds, *out, f"srfr:{weights} without PSA"), "trained with all parts, not without PSA"),
        ((tds, *out, "srfr:nope"), "there are no weights 'nope'"),
    ):
        assert words in refused(enhance_command, *arguments)
        assert list(tmp_path.iterdir()) == []


@pytest.mark.codec
def test_rd_has_srfr_beside_a_filter(place: Path, tmp_path: Path) -> None:
    file, run = place / "e.yaml", tmp_path / "run"
    file.write_text(
        f"""
name: with networks
sequences: [{{file: a_{WIDTH}x{HEIGHT}_30.yuv}}]
codecs: [{{codec: x265, preset: ultrafast}}]
configs: [LDP]
layouts: [{{layout: anchor}}, {{layout: tds, group: 5}}]
enhancers: [bicubic, {{enhancer: "srfr:w.safetensors", name: SRFR}}]
qps: [32]
"""
    )
    done = ran(main, "rd", str(file), "-o", str(run), "--jobs", "1")
    assert done.exit_code == 0, done.output
    points = pd.read_csv(run / "points.csv", keep_default_na=False)
    sha256 = weights_sha256(place / "w.safetensors")
    assert list(points["weights_sha256"]) == ["", "", sha256]
    assert list(points["enhancer"]) == ["", "bicubic", "srfr:w.safetensors"]
    assert points["psnr_y"].iloc[1] != points["psnr_y"].iloc[2]


def test_weights_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from enhancers.weights.registry import load_registry

    path = srfr_file(tmp_path / "w.safetensors", groups=("rgb",), without=("MTA",))
    entry = {
        **{"name": "mine", "file": path.name, "sha256": weights_sha256(path), "method": "srfr"},
        **{"variant": "tiny", "codec": "x265", "config": "LDP", "scale": 2, "layouts": ["tds"]},
        **{"qps": [32, 37, 42, 47], "remark": "of a test", "without": ["MTA"]},
    }
    registry = tmp_path / "registry.yaml"
    registry.write_text(yaml.safe_dump({"weights": [entry]}))
    monkeypatch.setattr(
        "experiments.commands.weights.load_registry", lambda: load_registry(registry)
    )
    monkeypatch.setenv("COLUMNS", "200")
    (document,) = json.loads(ran(weights_command, "list", "--json").output)
    assert (document["method"], document["planes"]) == ("srfr", ["rgb"])
    done = ran(weights_command, "list", "--long")
    assert done.exit_code == 0, done.output
    for word in ("mine", "srfr", "RGB", "without", "MTA", "tds"):
        assert word in done.output
