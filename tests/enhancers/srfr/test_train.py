"""SRFR in training: the recurrence, what is frozen, stages, resuming, refusals."""

from pathlib import Path
from typing import Any

import pytest
import torch
from kits.training import (
    SRFR_NETWORK,
    fake_dataset,
    kind_of,
    plan,
    srfr_plan,
    srfr_task,
    tds_dataset,
)
from torch import Tensor, nn

from codecpipe.errors import InputError
from enhancers.srfr.config import SrfrConfig
from enhancers.srfr.network import Srfr
from enhancers.srfr.samples import Sample
from enhancers.srfr.train import freezing_of, recurrence
from enhancers.training.cache import open_datasets
from enhancers.training.checkpoint import load_checkpoint
from enhancers.training.data import stacked
from enhancers.training.metrics import read_metrics
from enhancers.training.plan import Planes
from enhancers.training.run import Outcome, train
from enhancers.training.selection import select
from enhancers.training.stopping import Stopping
from enhancers.weights.file import read_weights


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tds_dataset(tmp_path_factory.mktemp("dataset"))


def run(data: Path, folder: Path, resume: bool = False, **changes: Any) -> tuple[Outcome, list]:
    said: list[str] = []
    plan = srfr_plan(**{"planes": "y", **changes})
    return train(plan, kind_of(plan), [data], folder, resume=resume, say=said.append), said


# --- the two calls of a step ----------------------------------------------------------------------


class Adding(nn.Module):
    """Gives the picture, its neighbours and the QPs, each with a weight of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(1.0))

    def forward(self, pictures: Tensor, qp: Tensor) -> Tensor:
        a, c, b = pictures.unbind(1)
        return self.weight * (0.1 * a + 0.5 * c + 0.4 * b) + 1e-4 * qp[:, 2, None, None, None]


def batch_of(weights: tuple[float, ...] = (1.0, 0.0)) -> Sample[Tensor]:
    torch.manual_seed(3)
    count = len(weights)
    return Sample(
        first=torch.rand(count, 3, 1, 4, 4),
        first_qp=torch.tensor([[32.0, 27, 31]] * count),
        second=torch.rand(count, 2, 1, 4, 4),
        second_qp=torch.tensor([[32.0, 28, 27]] * count),
        targets=torch.rand(count, 2, 1, 4, 4),
        weight=torch.tensor(weights),
    )


def test_before_unrolling_the_source_is_the_middle_frame() -> None:
    batch, network = batch_of(), Adding()
    a, c, b = batch.first.unbind(1)
    middle = 0.1 * a + 0.5 * c + 0.4 * b + 31e-4
    second = 0.1 * batch.second[:, 0] + 0.5 * batch.second[:, 1] + 27e-4
    forced = recurrence(network, batch, unrolled=False)
    torch.testing.assert_close(forced[:, 0], middle)
    torch.testing.assert_close(forced[:, 1], second + 0.4 * batch.targets[:, 0])
    unrolled = recurrence(network, batch, unrolled=True)
    torch.testing.assert_close(unrolled[:, 0], middle)
    torch.testing.assert_close(unrolled[:, 1], second + 0.4 * middle.clamp(0, 1))
    # Gradients of the second frame go through the first.
    (through,) = torch.autograd.grad(unrolled[:, 1].sum(), network.weight)
    (direct,) = torch.autograd.grad(forced[:, 1].sum(), network.weight)
    inner = (middle - 31e-4).sum() * 0.4
    outer = (second - 27e-4 + 0.4 * middle).sum()
    torch.testing.assert_close(through, (inner + outer).detach())
    assert abs((direct - through).item()) > 1


def test_the_loss_is_the_mean_of_the_frames_that_there_are(data: Path) -> None:
    """Each by the Charbonnier loss; the second call of a group of one frame is not counted."""
    method = srfr_task(srfr_plan(loss="charbonnier", unroll_from=10), data)
    batch, network = batch_of((1.0, 0.0)), Adding()
    both = recurrence(network, batch, unrolled=False)
    charbonnier = torch.sqrt((both - batch.targets) ** 2 + 1e-6)
    expected = (charbonnier[0].mean((1, 2, 3)).sum() + charbonnier[1, 0].mean()) / 3
    torch.testing.assert_close(method.loss(network, batch, 9), expected)
    unrolled = method.loss(network, batch, 10)
    assert unrolled.item() != pytest.approx(expected.item(), rel=1e-6)


# --- what trains ----------------------------------------------------------------------------------


def test_frozen_parts_and_layers_that_are_thawed(data: Path) -> None:
    plan = srfr_plan(freeze=["features", "align"], thaw_at=5)
    network = Srfr(SrfrConfig.from_dict(SRFR_NETWORK))
    freezing = freezing_of(network, plan)
    higher = {id(w) for layer in network.align.higher_layers() for w in layer.parameters()}
    frozen = {id(w) for p in (network.features, network.align) for w in p.parameters()}
    assert higher < frozen
    for step, trains in ((4, set()), (5, higher)):
        freezing.apply(step, 1)
        fixed = {id(w) for w in network.parameters() if not w.requires_grad}
        assert fixed == frozen - trains
    # Several processes have their gradients computed, and dropped until then.
    freezing.apply(0, 2)
    assert all(w.requires_grad for w in freezing.early)
    for step, left in ((4, False), (5, True)):
        for weights in network.parameters():
            weights.grad = torch.ones_like(weights)
        freezing.drop(step)
        assert all((w.grad is not None) == left for w in freezing.early)
        assert all(w.grad is not None for w in network.fusion.parameters())


def test_frozen_weights_stay_until_they_are_thawed(data: Path, tmp_path: Path) -> None:
    """And a run that was stopped in between goes on bit for bit, unrolling included."""
    changes: dict[str, Any] = {
        **{"steps": 8, "freeze": ["align", "features"], "thaw_at": 4, "unroll_from": 5},
        **{"learning_rate": 1e-3, "validation": {"every": 8, "frames": 1, "crop": 32}},
    }
    outcome, _ = run(data, tmp_path / "whole", **changes)
    assert outcome.finished
    asked = iter(range(1, 100))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stopping, "is_due", property(lambda _: next(asked) >= 3))
        run(data, tmp_path / "parts", **changes)
    early = load_checkpoint(tmp_path / "parts" / "y" / "last.ckpt")
    assert early.step == 3
    run(data, tmp_path / "parts", resume=True, **changes)
    ended = [load_checkpoint(tmp_path / name / "y" / "last.ckpt") for name in ("whole", "parts")]
    assert all(one.equal(ended[1].network[key]) for key, one in ended[0].network.items())
    torch.manual_seed(0)
    start = Srfr(SrfrConfig.from_dict(SRFR_NETWORK)).state_dict()
    moved = [
        {key for key in start if not start[key].equal(state.network[key])}
        for state in (early, ended[0])
    ]
    assert {key.partition(".")[0] for key in moved[0]} == {"fusion", "reconstruct"}
    thawed = {key.split(".")[1] for key in moved[1] if key.startswith("align.")}
    assert thawed == {"level_1", "cascade"}
    assert not any(key.startswith("features.") for key in moved[1])


def test_the_second_stage_takes_over_what_is_shared(data: Path, tmp_path: Path) -> None:
    first = {**SRFR_NETWORK, "without": ["MTA", "IQEM"]}
    run(data, tmp_path / "a", steps=2, network=first)
    weights = tmp_path / "a" / "weights-y.safetensors"
    changes: dict[str, Any] = {"init": str(weights), "learning_rate": 1e-12, "steps": 1}
    _, said = run(data, tmp_path / "b", **changes)
    assert "features taken over, align taken over, fusion: " in said[0]
    assert "reconstruct new" in said[0]
    assert "tensors of the file left out" in said[0]
    before = load_checkpoint(tmp_path / "a" / "y" / "last.ckpt").ema
    after = load_checkpoint(tmp_path / "b" / "y" / "last.ckpt").network
    shared = {k for k in before if k in after and before[k].shape == after[k].shape}
    assert any(key.startswith("fusion.") for key in shared)
    assert all(torch.allclose(before[key], after[key], atol=1e-8) for key in shared)
    with pytest.raises(InputError, match="no weights for uv that this network could take over"):
        run(data, tmp_path / "c", **changes, planes="uv")
    crs = plan(planes="y", steps=1)
    train(crs, kind_of(crs), [data], tmp_path / "d", say=lambda line: None)
    alien = str(tmp_path / "d" / "weights-y.safetensors")
    with pytest.raises(InputError, match="weights of crs, not of srfr"):
        run(data, tmp_path / "e", steps=1, init=alien)


# --- weights --------------------------------------------------------------------------------------


@pytest.mark.parametrize("planes", ["rgb", "y"])
def test_weights_of_a_run(data: Path, tmp_path: Path, planes: str) -> None:
    outcome, _ = run(data, tmp_path, planes=planes, steps=1)
    assert outcome.weights == tmp_path / f"weights-{planes}.safetensors"
    # RGB alone is a whole file, luma alone a part of one.
    tensors, meta = read_weights(outcome.weights, parts=planes == "y")
    network = Srfr(SrfrConfig.from_dict(meta.configs[planes]))
    network.load_state_dict({k.partition(".")[2]: v for k, v in tensors.items()})
    assert (meta.method, meta.layout, meta.config, meta.scale) == ("srfr", "tds", "LDP", 2)
    assert set(meta.configs) == {planes}
    assert meta.training[planes]["unroll_from"] == 0
    assert "gain_lanczos_qp42" in meta.metrics[planes]


def test_metrics_of_a_run(data: Path, tmp_path: Path) -> None:
    run(data, tmp_path, planes="uv", steps=2, learning_rate=1e-9)
    row = read_metrics(tmp_path / "uv" / "metrics.csv")[-1]
    assert abs(float(row["gain_bicubic_qp32"])) < 0.5


# --- which data -----------------------------------------------------------------------------------


def test_configurations_may_be_mixed(tmp_path: Path) -> None:
    """AI, LDP and RA, and groups of different lengths; CRS's rules stay CRS's."""
    folders = [
        tds_dataset(tmp_path / "a", config="AI"),
        tds_dataset(tmp_path / "b", clips=(("three", "train", "wood"),), qps=(32,)),
        fake_dataset(tmp_path / "c", config="RA", clips=(("four", "train", "sea"),), qps=(32,)),
    ]
    found = select(open_datasets(folders), srfr_plan())
    assert found.names("config") == ("AI", "LDP", "RA")
    method = kind_of(srfr_plan()).make(srfr_plan(), Planes.Y, found)
    batch = stacked([method.sample(number) for number in range(12)])
    assert batch[0].shape == (12, 3, 1, 32, 32)
    with pytest.raises(InputError, match="choose with 'configs'"):
        kind_of(plan()).check(plan(), found)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"network": {"planes": 2}}, "follows from the datasets and 'planes'"),
        ({"network": {"chanels": 2}}, "no option 'chanels'"),
        ({"patch": 64}, "smaller than a 'patch'"),
        ({"key_margin": 12}, "multiple of 8"),
    ],
)
def test_what_cannot_be_trained(data: Path, tmp_path: Path, changes: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        run(data, tmp_path / "run", **changes)
    assert not (tmp_path / "run").exists()


def test_frames_without_a_key_on_either_side(tmp_path: Path) -> None:
    data = fake_dataset(tmp_path, keys=(0,))
    with pytest.raises(InputError, match="layout tds"):
        kind_of(srfr_plan()).check(srfr_plan(), select(open_datasets([data]), srfr_plan()))
