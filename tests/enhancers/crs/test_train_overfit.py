"""The whole path from a coded GOP to a network that restores it: each configuration overfits."""

from pathlib import Path
from typing import Any

import pytest
from kits.training import coded_dataset, kind_of

from enhancers.training.metrics import read_metrics
from enhancers.training.plan import TrainingPlan
from enhancers.training.run import train

CASES = {
    # configuration, parts left out, batch, steps: what passes 3 dB with some room
    "LDP": ("LDP", (), 1, 60),
    "RA": ("RA", (), 1, 50),
    "LDP without MAN": ("LDP", ("MAN",), 1, 40),
    "LDP without TCN": ("LDP", ("TCN",), 2, 90),
}


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: coded_dataset(tmp_path_factory.mktemp(name), name) for name in ("LDP", "RA")}


@pytest.mark.codec
@pytest.mark.parametrize("name", list(CASES))
def test_a_gop_is_overfitted(name: str, datasets: dict[str, Path], tmp_path: Path) -> None:
    """3 dB over bicubic on the luma of one GOP, 96×64 at QP 20, by a tiny network."""
    config, without, batch, steps = CASES[name]
    settings: dict[str, Any] = {
        "datasets": ["."],
        "method": "crs",
        "variant": "tiny",
        "planes": "y",
        "network": {"without": without},
        "patch": 32,
        "batch": batch,
        "steps": steps,
        "learning_rate": 3e-3,
        "schedule": "cosine",
        "warmup": 5,
        "ema": 0.9,
        "device": "cpu",
        "validation": {"every": steps, "frames": 8},
    }
    plan = TrainingPlan.model_validate(settings)
    train(plan, kind_of(plan), [datasets[config]], tmp_path / "run", say=lambda line: None)
    row = read_metrics(tmp_path / "run" / "y" / "metrics.csv")[-1]
    assert int(row["step"]) == steps
    assert float(row["gain_bicubic_qp20"]) > 3
    assert float(row["gain_lanczos_qp20"]) > 1
