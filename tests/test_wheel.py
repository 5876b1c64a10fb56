"""The wheel holds what the packages read, and nothing else."""

import shutil
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

import codecpipe

ROOT = Path(__file__).parents[1]
PACKAGES = ("bdrate", "codecpipe", "encoders", "enhancers", "experiments")


def _tracked() -> list[str]:
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("what a wheel must hold: this is no git checkout")
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of a copy of the checkout, so that nothing of an earlier build is in it."""
    source, built = (tmp_path_factory.mktemp(name) for name in ("source", "built"))
    for name in _tracked():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", built, source],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def _info(wheel: zipfile.ZipFile, name: str) -> bytes:
    return wheel.read(f"codecpipe-{codecpipe.__version__}.dist-info/{name}")


def test_the_wheel_holds_every_tracked_file_of_the_packages_and_no_other(wheel):
    expected = {name for name in _tracked() if name.split("/")[0] in PACKAGES}
    assert len(expected) > 300
    folders = {name.rpartition("/")[0] for name in expected if not name.endswith(".py")}
    assert {f"experiments/shipped/{name}" for name in ("ctc", "demo", "papers")} <= folders
    assert {"experiments/report/templates", "enhancers/weights"} <= folders
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == expected


def test_the_wheel_has_the_version_of_the_package_and_a_command_that_is_in_it(wheel):
    assert message_from_bytes(_info(wheel, "METADATA"))["Version"] == codecpipe.__version__
    assert b"codecpipe = experiments.commands.main:run" in _info(wheel, "entry_points.txt")
    assert set(_info(wheel, "top_level.txt").decode().split()) == set(PACKAGES)
