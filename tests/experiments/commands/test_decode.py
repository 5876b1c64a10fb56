"""``enhance``, ``weights``, ``decode --enhancer`` and ``rd`` with networks, on the command line."""

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml
from kits.engine import weights_file
from kits.networks import HEIGHT, WIDTH, clip, ran, refused

from codecpipe.opening import open_cpv
from enhancers.weights.file import weights_sha256
from experiments.commands.decode import decode_command, enhance_command
from experiments.commands.main import main
from experiments.commands.weights import weights_command

FRAMES = 5


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("enhance")
    clip(folder / f"a_{WIDTH}x{HEIGHT}_30.yuv", FRAMES)
    weights_file(folder / "w.safetensors")
    weights_file(folder / "other.safetensors", spread=0.08)
    for layout in ("crs", "uniform"):
        done = ran(
            main,
            *("encode", str(folder / f"a_{WIDTH}x{HEIGHT}_30.yuv"), "-o"),
            *(str(folder / f"{layout}.cpv"), "--layout", layout, "--preset", "ultrafast"),
        )
        assert done.exit_code == 0, done.output
    return folder


@pytest.mark.codec
def test_enhance_says_what_it_did_and_decode_gives_the_same(place: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.yuv", tmp_path / "two.yuv"
    file, weights = str(place / "crs.cpv"), str(place / "w.safetensors")
    done = ran(enhance_command, file, "-o", str(one), "--weights", weights, "--device", "cpu")
    assert done.exit_code == 0, done.output
    digest = weights_sha256(Path(weights))[:8]
    assert f"{FRAMES} frames, {WIDTH}x{HEIGHT}, 8 bit; " in done.output
    assert f"4 restored by w.safetensors ({digest}) on cpu, fp32, " in done.output
    assert "whole frames, " in done.output
    assert done.output.rstrip().endswith("frames/s")
    done = ran(main, "decode", file, "-o", str(two), "--enhancer", f"crs:{weights}")
    assert done.exit_code == 0, done.output
    assert one.read_bytes() == two.read_bytes()
    tiled = ran(
        *(enhance_command, file, "-o", str(tmp_path / "t.y4m"), "--enhancer", f"crs:{weights}"),
        *("--tile", "64", "--precision", "bf16"),
    )
    assert tiled.exit_code == 0, tiled.output
    assert "cpu, bf16" in tiled.output


@pytest.mark.codec
def test_enhance_is_another_name_of_decode_and_says_so_once(place: Path, tmp_path: Path) -> None:
    file, weights = str(place / "crs.cpv"), str(place / "w.safetensors")
    said = {}
    for name in ("decode", "enhance"):
        named = ("--enhancer", "crs", "--weights", weights, "--precision", "fp32", "--tile", "none")
        done = ran(main, name, file, "-o", str(tmp_path / f"{name}.yuv"), *named)
        assert done.exit_code == 0, done.output
        assert "4 restored by w.safetensors" in done.stdout
        said[name] = done.stderr
    assert said["decode"] == ""
    assert said["enhance"].count("'enhance' is another name of 'decode'") == 1
    one, two = (tmp_path / f"{name}.yuv" for name in said)
    assert one.read_bytes() == two.read_bytes()
    # What it restores with where nothing is named is the one difference.
    unnamed = ran(main, "enhance", file, "-o", str(tmp_path / "x.yuv"), "--weights", weights)
    assert "4 restored by w.safetensors" in unnamed.output


@pytest.mark.codec
def test_what_cannot_be_enhanced_is_refused(place: Path, tmp_path: Path) -> None:
    out = ("-o", str(tmp_path / "x.yuv"))
    file, weights = str(place / "crs.cpv"), str(place / "w.safetensors")
    for arguments, words in (
        ((file, *out, "--enhancer", "crs:nope"), "there are no weights 'nope'"),
        ((file, *out, "--weights", weights, "--tile", "7"), "no size of a tile"),
        ((file, *out, "--enhancer", f"crs:{weights}", "--weights", weights), "weights already"),
        ((file, *out, "--weights", weights, "--precision", "fp16", "--device", "cpu"), "fp16"),
        ((file, *out, "--enhancer", "lanczos", "--device", "cuda"), "does not run on a GPU"),
        ((file, *out, "--enhancer", "lanczos", "--tile", "64"), "no network: leave --tile out"),
        ((file, *out, "--enhancer", "bicubic", "--compile"), "no network: leave --compile out"),
        ((str(place / "uniform.cpv"), *out, "--weights", weights), "needs key frames"),
        ((file, *out, "--weights", weights, "--enhancer", "crs without TCN"), "with all parts"),
    ):
        assert words in refused(enhance_command, *arguments)
        assert list(tmp_path.iterdir()) == []
    for named in (("--weights", weights), ("--tile", "64"), ("--precision", "bf16")):
        said = refused(decode_command, file, *out, *named)
        assert said.startswith(("--weights does not say", "lanczos is no network"))
    assert list(tmp_path.iterdir()) == []


EXPERIMENT = f"""
name: with a network
sequences: [{{file: a_{WIDTH}x{HEIGHT}_30.yuv}}]
codecs: [{{codec: x265, preset: ultrafast}}]
configs: [LDP]
layouts: [{{layout: anchor}}, {{layout: crs}}]
enhancers: [bicubic, {{enhancer: "crs:w.safetensors", name: mine}}]
qps: [32]
"""


@pytest.mark.codec
def test_rd_has_the_weights_in_keys_and_results(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, run = place / "e.yaml", tmp_path / "run"
    file.write_text(EXPERIMENT)
    done = ran(main, "rd", str(file), "-o", str(run), "--jobs", "1")
    assert done.exit_code == 0, done.output
    points = pd.read_csv(run / "points.csv", keep_default_na=False).set_index("method")
    sha256 = weights_sha256(place / "w.safetensors")
    assert list(points["weights_sha256"]) == ["", "", sha256]
    network = points.loc["crs k2 δ5 + mine"]
    assert (network["enhancer"], network["weights"]) == ("crs:w.safetensors", "w.safetensors")
    assert network["enhance_s"] > 0
    assert str(place) not in (run / "points.csv").read_text()
    # The same by an option, relative to the folder that one is in.
    monkeypatch.chdir(place)
    plain = tmp_path / "plain"
    (place / "p.yaml").write_text(EXPERIMENT.replace("enhancers: [", "enhancers: [lanczos] # "))
    named = ("--enhancer", "bicubic", "--enhancer", "crs:w.safetensors")
    done = ran(main, "rd", "p.yaml", "-o", str(plain), "--jobs", "1", *named)
    assert done.exit_code == 0, done.output
    found = pd.read_csv(plain / "points.csv").set_index("method")["psnr_y"]
    assert found["crs k2 δ5 + crs:w.safetensors"] == network["psnr_y"]
    assert found["crs k2 δ5 + bicubic"] == points.loc["crs k2 δ5 + bicubic", "psnr_y"]
    # Other weights under the same name are another point; the filters' points stay.
    (place / "w2.yaml").write_text(EXPERIMENT.replace("w.safetensors", "other.safetensors"))
    done = ran(main, "rd", str(place / "w2.yaml"), "-o", str(run), "--jobs", "1")
    assert done.exit_code == 0, done.output
    again = pd.read_csv(run / "points.csv", keep_default_na=False).set_index("method")
    kept = again["point"] == points["point"]
    assert list(kept) == [True, True, False]
    assert again.loc["crs k2 δ5 + mine", "psnr_y"] != network["psnr_y"]


def test_rd_refuses_at_planning_what_has_no_weights(place: Path, tmp_path: Path) -> None:
    file = place / "none.yaml"
    for change, words in (
        (("crs:w.safetensors", "crs-full"), "there are no weights of crs-full for x265 LDP, k = 2"),
        (("crs:w.safetensors", "crs:none.safetensors"), "there are no weights"),
        (("layout: crs", "layout: uniform"), "needs key frames"),
        (("layout: crs", "layout: crs, scale: 3/2"), "k = 3/2"),
    ):
        file.write_text(EXPERIMENT.replace(*change))
        said = refused(main, "rd", str(file), "-o", str(tmp_path / "run"))
        assert words in said
    assert not (tmp_path / "run").exists()


@pytest.mark.codec
def test_an_adaptive_file_keeps_the_weights_it_was_made_for(place: Path, tmp_path: Path) -> None:
    source, out = str(place / f"a_{WIDTH}x{HEIGHT}_30.yuv"), tmp_path / "a.cpv"
    weights = place / "w.safetensors"
    done = ran(
        main,
        *("encode", source, "-o", str(out), "--layout", "adaptive", "--modes", "crs 2"),
        *("--enhancer", f"crs:{weights}", "--preset", "ultrafast", "--gop", "3"),
    )
    assert done.exit_code == 0, done.output
    with open_cpv(out) as file:
        manifest = file.manifest
    assert manifest.enhancer == "crs:w.safetensors"
    (record,) = manifest.weights
    assert (record.name, record.sha256) == ("w.safetensors", weights_sha256(weights))
    # A path out of a file is not opened.
    said = refused(main, "decode", str(out), "-o", str(tmp_path / "x.yuv"))
    assert "w.safetensors, which do not come with codecpipe: name their file" in said
    named = ("--enhancer", f"crs:{weights}")
    done = ran(main, "decode", str(out), "-o", str(tmp_path / "x.yuv"), *named)
    assert done.exit_code == 0, done.output


def _registered(folder: Path) -> Path:
    path = weights_file(folder / "w.safetensors")
    entry = {
        **{"name": "crs-tiny-x265", "file": path.name, "sha256": weights_sha256(path)},
        **{"method": "crs", "variant": "tiny", "codec": "x265", "config": "LDP", "scale": 2},
        **{"layouts": ["crs"], "qps": [32, 37, 42, 47], "remark": "of a test"},
    }
    (folder / "registry.yaml").write_text(yaml.safe_dump({"weights": [entry]}))
    return folder / "registry.yaml"


def test_weights_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from enhancers.weights.registry import load_registry

    registry = _registered(tmp_path)
    monkeypatch.setattr(
        "experiments.commands.weights.load_registry", lambda: load_registry(registry)
    )
    done = ran(weights_command, "list", "--long")
    assert done.exit_code == 0, done.output
    for word in ("crs-tiny-x265", "tiny", "x265", "LDP", "32–47", "of a test", "SHA-256"):
        assert word in done.output
    (document,) = json.loads(ran(weights_command, "list", "--json").output)
    assert document["sha256"] == weights_sha256(tmp_path / "w.safetensors")
    assert (document["qps"], document["scale"]) == ([32, 37, 42, 47], 2)


def test_an_empty_registry_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.commands.weights.load_registry", tuple)
    assert "no weights come with this version" in ran(weights_command, "list").output
    assert json.loads(ran(weights_command, "list", "--json").output) == []
