"""Whole runs with networks of hardly any size: resuming, stopping, weights, metrics, refusals."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from kits.training import NETWORK, fake_dataset, kind_of, plan

from codecpipe.errors import InputError
from enhancers.crs.config import CrsConfig
from enhancers.crs.network import Crs
from enhancers.training.checkpoint import Checkpoint, load_checkpoint
from enhancers.training.export import join_weights
from enhancers.training.metrics import read_metrics
from enhancers.training.plan import Planes
from enhancers.training.run import Outcome, train
from enhancers.training.stopping import Stopping
from enhancers.weights.file import read_weights


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fake_dataset(tmp_path_factory.mktemp("dataset"))


def run(data: Path, folder: Path, resume: bool = False, **changes: Any) -> Outcome:
    said: list[str] = []
    made = plan(**changes)
    return train(made, kind_of(made), [data], folder, resume=resume, say=said.append)


def same(one: Checkpoint, other: Checkpoint) -> bool:
    alike = all(
        a[key].equal(b[key])
        for a, b in ((one.network, other.network), (one.ema, other.ema))
        for key in a
    )
    states = [checkpoint.optimizer["state"] for checkpoint in (one, other)]
    return alike and all(
        states[0][at][key].equal(states[1][at][key]) for at in states[0] for key in states[0][at]
    )


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_resumed_weights_are_bit_for_bit_those_of_one_run(
    data: Path, tmp_path: Path, schedule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes: dict[str, Any] = {"steps": 20, "planes": "y", "schedule": schedule, "warmup": 3}
    changes["validation"] = {"every": 20, "frames": 1, "crop": 32}
    changes["learning_rate"] = 1e-3
    whole = run(data, tmp_path / "whole", **changes)
    assert whole.finished
    # The other run is ended by a signal after step 10.
    asked = iter(range(1, 100))
    with monkeypatch.context() as patch:
        patch.setattr(Stopping, "is_due", property(lambda _: next(asked) >= 10))
        first = run(data, tmp_path / "parts", **changes)
    assert not first.finished
    assert first.steps == {Planes.Y: 10}
    second = run(data, tmp_path / "parts", resume=True, **changes)
    assert second.finished
    ended = [load_checkpoint(tmp_path / name / "y" / "last.ckpt") for name in ("whole", "parts")]
    assert ended[0].step == ended[1].step == 20
    assert same(*ended)
    start = Crs(CrsConfig.from_dict(ended[0].fixed_settings["network"])).state_dict()
    assert not all(ended[0].network[key].equal(start[key]) for key in start)


def test_both_networks_and_their_files(data: Path, tmp_path: Path) -> None:
    outcome = run(data, tmp_path / "run", steps={"y": 4, "uv": 2})
    assert outcome.finished
    assert outcome.steps == {Planes.Y: 4, Planes.UV: 2}
    assert outcome.weights == tmp_path / "run" / "weights.safetensors"
    tensors, meta = read_weights(outcome.weights)
    for planes, config in (("y", meta.config_y), ("uv", meta.config_uv)):
        network = Crs(CrsConfig.from_dict(config))
        own = {
            key.removeprefix(f"{planes}."): value
            for key, value in tensors.items()
            if key.startswith(f"{planes}.")
        }
        network.load_state_dict(own)
        ema = load_checkpoint(tmp_path / "run" / planes / "last.ckpt").ema
        assert all(own[key].equal(ema[key]) for key in ema)
    assert meta.config_uv["planes"] == 2
    assert (meta.codec, meta.config, meta.layout, meta.scale) == ("x265", "LDP", "crs", 2)
    assert meta.qps == (32, 42)
    clips = {clip["name"]: clip for clip in meta.training["clips"]}
    assert clips["one"]["licence"] == "CC0"
    assert clips["one"]["sha256"] == "hash of one"
    assert clips["two"]["split"] == "validation"
    assert meta.training["y"]["steps"] == 4
    assert meta.training["uv"]["patches"] == 4
    assert "gain_lanczos_qp42" in meta.metrics["uv"]


def test_metrics_file(data: Path, tmp_path: Path) -> None:
    run(data, tmp_path, planes="y")
    rows = read_metrics(tmp_path / "y" / "metrics.csv")
    assert [int(row["step"]) for row in rows] == [1, 2, 2, 3, 4, 4]
    last = rows[-1]
    for qp in (32, 42):
        gain = float(last[f"psnr_qp{qp}"]) - float(last[f"bicubic_qp{qp}"])
        assert float(last[f"gain_bicubic_qp{qp}"]) == pytest.approx(gain, abs=1e-5)
    assert last["loss"] == ""
    assert float(rows[0]["rate"]) == pytest.approx(1e-4)
    # Rows that a run wrote after its last checkpoint are not there twice.
    run(data, tmp_path, planes="y", resume=True, steps=6)
    steps = [int(row["step"]) for row in read_metrics(tmp_path / "y" / "metrics.csv")]
    assert steps == [1, 2, 2, 3, 4, 4, 5, 6, 6]


def test_a_new_network_is_bicubic(data: Path, tmp_path: Path) -> None:
    """And stays there as good as without training."""
    run(data, tmp_path, planes="y", steps=1, learning_rate=1e-9)
    row = read_metrics(tmp_path / "y" / "metrics.csv")[-1]
    assert abs(float(row["gain_bicubic_qp32"])) < 0.5


def test_two_keys_and_parts_left_out(tmp_path: Path) -> None:
    both = fake_dataset(tmp_path / "d", config="RA", qps=(32,))
    run(both, tmp_path / "a", planes="uv", steps=2)
    config = load_checkpoint(tmp_path / "a" / "uv" / "last.ckpt").fixed_settings["network"]
    assert (config["keys"], config["causal"], config["planes"]) == (2, False, 2)
    without = {**NETWORK, "without": ["TCN"]}
    run(both, tmp_path / "b", planes="y", steps=2, network=without)
    run(both, tmp_path / "c", planes="y", steps=2, network={**without, "without": ["MAN"]})


def test_start_from_weights(data: Path, tmp_path: Path) -> None:
    run(data, tmp_path / "a", planes="y", steps=3)
    weights = tmp_path / "a" / "weights-y.safetensors"
    changes: dict[str, Any] = {"planes": "y", "init": str(weights), "learning_rate": 1e-12}
    run(data, tmp_path / "b", steps=1, **changes)
    before = load_checkpoint(tmp_path / "a" / "y" / "last.ckpt").ema
    after = load_checkpoint(tmp_path / "b" / "y" / "last.ckpt").network
    assert all(torch.allclose(before[key], after[key], atol=1e-8) for key in before)
    with pytest.raises(InputError, match="no weights for y of this configuration"):
        run(data, tmp_path / "c", **{**changes, "network": {**NETWORK, "channels": 8}})
    with pytest.raises(InputError, match="no weights for uv of"):
        run(data, tmp_path / "c", **{**changes, "planes": "uv"})


def test_joining_refuses_what_does_not_fit(data: Path, tmp_path: Path) -> None:
    run(data, tmp_path / "a", planes="y", steps=1)
    run(data, tmp_path / "b", planes="uv", steps=1, variant="small")
    luma, chroma = tmp_path / "a" / "weights-y.safetensors", tmp_path / "b/weights-uv.safetensors"
    with pytest.raises(InputError, match=r"differ in variant .tiny, small."):
        join_weights(luma, chroma, tmp_path / "both.safetensors")
    with pytest.raises(InputError, match="no weights for uv"):
        join_weights(luma, luma, tmp_path / "both.safetensors")


def test_a_run_is_not_overwritten_or_mixed(data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no checkpoint"):
        run(data, tmp_path, resume=True)
    run(data, tmp_path, planes="y", steps=1)
    with pytest.raises(InputError, match="give --resume"):
        run(data, tmp_path, planes="y", steps=1)
    for changes, key in (
        ({"batch": 4}, "batch"),
        ({"qps": [42]}, "data"),
        ({"network": {**NETWORK, "channels": 8}}, "network"),
        ({"schedule": "cosine"}, "schedule"),
    ):
        with pytest.raises(InputError, match=f"another '{key}'"):
            run(data, tmp_path, resume=True, **{"planes": "y", "steps": 2, **changes})
    (tmp_path / "y" / "last.ckpt").write_bytes(b"PK cut off")
    with pytest.raises(InputError, match="damaged"):
        run(data, tmp_path, resume=True, planes="y", steps=2)


def test_a_loss_that_is_no_number_ends_the_run(data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lower 'learning_rate'"):
        run(data, tmp_path, planes="y", steps=30, learning_rate=1e30)
    rows = read_metrics(tmp_path / "y" / "metrics.csv")
    assert all(math.isfinite(float(row["loss"])) for row in rows if row["loss"])
    assert len(rows) < 30


def test_time_is_shared_by_what_is_left(data: Path, tmp_path: Path) -> None:
    said: list[str] = []
    made = plan(steps=10_000, validation={"every": 10_000, "frames": 1})
    outcome = train(
        made,
        kind_of(made),
        [data],
        tmp_path,
        max_minutes=3 / 60,
        say=said.append,
        interval_s=0.2,
    )
    assert not outcome.finished
    assert not outcome.by_signal
    assert all(step > 0 for step in outcome.steps.values())
    assert outcome.weights is not None
    seconds = [load_checkpoint(tmp_path / p / "last.ckpt").seconds for p in ("y", "uv")]
    assert seconds[0] > seconds[1]
    assert any("steps/s" in line and "left" in line for line in said)
    assert "on the CPU" in said[0]
    assert "float32" in said[0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"network": {"keys": 2}}, "follows from the datasets"),
        ({"network": {"chanels": 2}}, "no option 'chanels'"),
        ({"batch": 3, "devices": 2}, "cannot be shared by 2 devices"),
        ({"precision": "16-mixed"}, "a CPU has no"),
        ({"patch": 64}, "smaller than a 'patch'"),
    ],
)
def test_what_cannot_be_trained(data: Path, tmp_path: Path, changes: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        run(data, tmp_path / "run", **changes)
    assert not (tmp_path / "run").exists()


def test_settings_are_kept(data: Path, tmp_path: Path) -> None:
    run(data, tmp_path, planes="y", steps=1)
    assert "learning_rate: 0.0001" in (tmp_path / "train.yaml").read_text()
    assert json.loads((tmp_path / "y" / "baselines.json").read_text())["bicubic"]
