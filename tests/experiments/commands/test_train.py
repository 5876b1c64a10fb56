"""``codecpipe train`` as a user starts it: a run, a signal, going on, and mistakes."""

import signal
import subprocess
import time
from pathlib import Path

import pytest
import yaml
from kits.commands import COMMAND, forked
from kits.training import TINY, fake_dataset

from enhancers.training.metrics import read_metrics


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fake_dataset(tmp_path / "data")
    settings = {**TINY, "datasets": ["data"], "planes": "y"}
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(settings))
    return tmp_path


def test_a_run_is_stopped_and_goes_on(folder: Path) -> None:
    """Into the folder that is named after the file."""
    run = folder / "runs" / "small"
    long = ("train", "small.yaml", "--steps", "100000")
    process = subprocess.Popen(
        [*COMMAND, *long],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    metrics = run / "y" / "metrics.csv"
    until = time.monotonic() + 120
    while not (metrics.exists() and len(read_metrics(metrics)) > 3):
        assert time.monotonic() < until
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "on the CPU" in out.splitlines()[0]
    assert "'codecpipe train small.yaml -o runs/small --resume' goes on there" in err
    assert "Lightning" not in out + err
    assert "Warning" not in out + err
    assert "💡" not in out + err
    done = int(read_metrics(metrics)[-1]["step"])
    ran = forked(*long[:3], done + 2, "--resume", cwd=folder)
    assert ran.code == 0, ran.err
    assert f"step {done} of {done + 2}" in ran.out
    assert "weights: runs/small/weights-y.safetensors" in ran.out
    assert ran.err == ""
    assert int(read_metrics(metrics)[-1]["step"]) == done + 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none.yaml",), "'none.yaml' cannot be read"),
        (("small.yaml", "--dataset", "other"), "there is no dataset 'other'"),
        (("small.yaml", "--max-minutes", "0"), "--max-minutes"),
    ],
)
def test_mistakes_are_one_sentence(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    ran = forked("train", *arguments, cwd=folder)
    assert ran.code != 0
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not (folder / "runs").exists()
