"""The settings that must not change when a run is taken up again, of each method."""

from pathlib import Path

import pytest
from kits.training import fake_dataset, kind_of, plan, srfr_plan, tds_dataset

from enhancers.training.cache import open_datasets
from enhancers.training.job import Job
from enhancers.training.plan import Planes, TrainingPlan
from enhancers.training.selection import select

SETTINGS = {
    "batch": 2,
    "clip_norm": None,
    "codecs": None,
    "configs": None,
    "data": "f061d300954bd3ff74938877",
    "ema": 0.999,
    "key_margin": 8,
    "learning_rate": 0.0001,
    "loss": "l1",
    "method": "crs",
    "network": {
        "causal": True,
        "channels": 4,
        "deform_groups": 1,
        "fusion_blocks": 1,
        "fusion_blocks_hr": 1,
        "keys": 1,
        "man_blocks": 1,
        "matching": "exact",
        "msn_blocks": 1,
        "planes": 1,
        "qp_conditioning": True,
        "scale": 2,
        "tcn_blocks": 1,
        "window": 3,
        "without": [],
    },
    "patch": 16,
    "planes": "y",
    "precision": "32",
    "qps": None,
    "schedule": "constant",
    "seed": 0,
    "variant": "tiny",
    "warmup": 0,
}


def settings_of(plan: TrainingPlan, data: Path, planes: Planes) -> dict[str, object]:
    selection = select(open_datasets([data]), plan)
    return Job(plan, kind_of(plan), planes, selection, Path("run"), "").fixed_settings


@pytest.mark.parametrize("planes", [Planes.Y, Planes.UV])
def test_settings_of_a_crs_run(tmp_path: Path, planes: Planes) -> None:
    data = fake_dataset(tmp_path)
    number = {"planes": planes.number}
    expected = {**SETTINGS, "planes": planes.value, "network": {**SETTINGS["network"], **number}}  # type: ignore[dict-item]
    assert settings_of(plan(), data, planes) == expected
    cosine = settings_of(plan(schedule="cosine", steps={"y": 5, "uv": 3}), data, planes)
    steps = 5 if planes is Planes.Y else 3
    assert cosine == {**expected, "schedule": "cosine", "steps": steps}


def test_settings_of_a_srfr_run(tmp_path: Path) -> None:
    data = tds_dataset(tmp_path)
    found = settings_of(srfr_plan(freeze="align", thaw_at=3, unroll_from=2), data, Planes.Y)
    assert found["freeze"] == ["align"]
    assert (found["thaw_at"], found["unroll_from"]) == (3, 2)
    assert "key_margin" not in found
