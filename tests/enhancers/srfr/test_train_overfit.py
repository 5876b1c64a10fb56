"""SRFR from a coded group to networks that restore it; its other makes learn, too."""

from pathlib import Path
from typing import Any

import pytest
from kits.training import coded_dataset, kind_of

from enhancers.srfr.plan import SrfrPlan
from enhancers.training.metrics import read_metrics
from enhancers.training.run import train

SETTINGS: dict[str, Any] = {
    "datasets": ["."],
    "method": "srfr",
    "variant": "tiny",
    "loss": "charbonnier",
    "learning_rate": 3e-3,
    "clip_norm": 0.1,
    "schedule": "cosine",
    "patch": 32,
    "batch": 1,
    "ema": 0.9,
    "device": "cpu",
}
MAKES: dict[str, dict[str, Any]] = {
    "rgb": {"planes": "rgb"},
    "uv": {"planes": "uv"},
    "plain": {"network": {"without": ["IQEM", "MTA", "PSA"]}},
    "tsa": {"network": {"fusion": "tsa"}},
    "MTA alone": {"network": {"without": ["PSA"]}},
    "PSA alone": {"network": {"without": ["MTA"]}},
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A group of five frames, 96×64, coded at QP 20 in layout tds."""
    return coded_dataset(tmp_path_factory.mktemp("tds"), "LDP", layout="tds", frames=5)


def trained(data: Path, run: Path, **changes: Any) -> list[dict[str, str]]:
    plan = SrfrPlan.model_validate({**SETTINGS, "planes": "y", **changes})
    train(plan, kind_of(plan), [data], run, say=lambda line: None)
    return read_metrics(run / plan.planes[0] / "metrics.csv")


@pytest.mark.codec
def test_a_group_is_overfitted(data: Path, tmp_path: Path) -> None:
    """3 dB over bicubic on the luma of all three frames, each restored by the recurrence."""
    steps = 75
    validation = {"every": steps, "frames": 3}
    row = trained(data, tmp_path, steps=steps, warmup=15, validation=validation)[-1]
    assert int(row["step"]) == steps
    assert float(row["gain_bicubic_qp20"]) > 3
    assert float(row["gain_lanczos_qp20"]) > 1.5


@pytest.mark.codec
@pytest.mark.parametrize("name", list(MAKES))
def test_every_make_learns(name: str, data: Path, tmp_path: Path) -> None:
    """The loss falls from what bicubic has, on patches of a quarter of the size."""
    changes = {"warmup": 3, "log_every": 4, "validation": {"every": 16, "frames": 1, "crop": 32}}
    rows = trained(data, tmp_path, steps=16, patch=16, batch=2, **changes, **MAKES[name])
    losses = [float(row["loss"]) for row in rows if row["loss"]]
    assert len(losses) == 4
    assert min(losses[2:]) < losses[0]
