"""A method that is not there: docs/adding-a-network.md, word for word, from its code to a video."""

import importlib
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from kits.networks import HEIGHT, WIDTH, clip, ran

import enhancers
from codecpipe.format import VideoFormat
from codecpipe.opening import open_decoder
from encoders import get_codec
from enhancers.methods import METHODS
from enhancers.training.metrics import read_metrics
from enhancers.weights.file import read_meta, read_weights
from experiments.commands import methods
from experiments.commands.main import main

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-network.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FRAMES = 3


def blocks() -> dict[str, str]:
    """The page's blocks by the file that their first line names; the commands as ``console``."""
    found = {}
    for kind, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        name = kind if kind == "console" else text.partition("\n")[0].removeprefix("# ")
        found[name] = text
    return found


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: the method's folder beside the others, registered, and two clips."""
    for name, text in blocks().items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "enhancers" / "plain" / "__init__.py").touch()
    clip(tmp_path / f"a_{WIDTH}x{HEIGHT}_30.yuv", FRAMES)
    clip(tmp_path / f"b_{WIDTH}x{HEIGHT}_30.yuv", FRAMES)
    monkeypatch.setattr(enhancers, "__path__", [*enhancers.__path__, str(tmp_path / "enhancers")])
    _, line = blocks()["enhancers/methods.py"].split("\n\n")
    assert line.strip() == '"plain": PLAIN,'
    plain = importlib.import_module("enhancers.plain.method").METHOD
    for module in (enhancers, importlib.import_module("enhancers.methods")):
        monkeypatch.setattr(module, "METHODS", {**METHODS, "plain": plain})
    # The others' rows are in tests/experiments/commands/test_methods.py, and take long to count.
    monkeypatch.setattr(methods, "METHODS", {"plain": plain})
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("enhancers.plain")]:
        del sys.modules[name]


def command(line: str) -> None:
    program, *arguments = line.split()
    assert program == "codecpipe"
    done = ran(main, *arguments)
    assert done.exit_code == 0, (line, done.output, done.exception)


@pytest.mark.codec
def test_a_made_up_method_is_trained_and_restores(place: Path) -> None:
    for line in blocks()["console"].splitlines():
        command(line)
    losses = [float(r["loss"]) for r in read_metrics(place / "run/y/metrics.csv") if r["loss"]]
    assert len(losses) == 1, "the mean of the last steps"
    meta = read_meta(place / "run" / "weights.safetensors")
    assert (meta.method, meta.layout, meta.variant) == ("plain", "uniform", "small")
    assert (meta.training["y"]["steps"], meta.training["uv"]["steps"]) == (20, 20)
    # It did learn something, and the restored video is what the network makes of the LR frames.
    tensors, _ = read_weights(place / "run" / "weights.safetensors")
    assert tensors["y.residual.weight"].abs().max() > 1e-3
    fmt = VideoFormat(WIDTH, HEIGHT)
    out = np.fromfile(place / "a.yuv", np.uint8).reshape(FRAMES, fmt.frame_samples)
    config = importlib.import_module("enhancers.plain.method").PlainConfig
    luma = importlib.import_module("enhancers.plain.network").Plain(config(planes=1))
    assert meta.config_y == luma.config.to_dict()
    luma.load_state_dict({k[2:]: v for k, v in tensors.items() if k.startswith("y.")})
    with open_decoder(place / "a.cpv", get_codec) as opened:
        (decoder,) = opened.decoders()
        for restored, decoded in zip(out, decoder.frames(), strict=True):
            assert not decoded.key
            low = torch.from_numpy(decoder.lr_fmt.planes(decoded.frame)[0] / np.float32(255))
            with torch.no_grad():
                made = luma.synthesize([], low[None, None], [], torch.tensor([32.0]))
            shown = (made[0, 0].clamp(0, 1) * 255).round().numpy()
            assert np.array_equal(fmt.planes(restored)[0], shown)


def test_a_made_up_method_is_in_the_table(place: Path) -> None:
    rows = json.loads(ran(main, "methods", "--json").output)
    found = [row for row in rows if row["name"] == "plain"]
    assert found == [
        {
            "name": "plain",
            "variant": "small",
            "planes": ["y", "uv"],
            "scale": scale,
            "parameters": (9 + 1) + (9 * 4 + 2),
            "kmac_per_pixel": (9 + 9 * 4 / 4) / 1000,
            "needs_keys": False,
            "layouts": ["uniform", "crs", "tds"],
            "tiles": "exact",
            "weights": [],
        }
        for scale in (2, 4)
    ]
    assert "plain" in ran(main, "methods").output


def test_the_code_of_the_page_is_short() -> None:
    code = [text for name, text in blocks().items() if name.startswith("enhancers/")]
    assert sum(text.count("\n") for text in code) <= 60
