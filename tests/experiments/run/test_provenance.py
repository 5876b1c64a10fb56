"""The commit in results is that of codecpipe, never that of a repository around it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ASK = "from experiments.run.provenance import git_commit; print(git_commit())"


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    done = subprocess.run(
        ["git", "-C", str(folder), *who, *words], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A user's repository with one commit, which ignores ``.venv``."""
    folder = tmp_path_factory.mktemp("theirs")
    (folder / ".gitignore").write_text(".venv\n__pycache__\n")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "theirs")
    return folder


def installed(to: Path) -> Path:
    """A copy of the packages, as a wheel has them."""
    for name in ("bdrate", "codecpipe", "encoders", "enhancers", "experiments"):
        skip = shutil.ignore_patterns("__pycache__", "*.safetensors")
        shutil.copytree(ROOT / name, to / name, ignore=skip)
    return to


def commit_seen_by(packages: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=packages,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(packages), "HOME": str(packages)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("folder", [".venv/lib/site-packages", "vendored"])
def test_a_copy_that_the_repository_does_not_track_has_no_commit(repository, folder):
    assert commit_seen_by(installed(repository / folder)) == "None"


def test_a_copy_that_the_repository_tracks_has_its_commit(repository):
    packages = installed(repository / "tracked")
    git(repository, "add", "tracked")
    git(repository, "commit", "-qm", "codecpipe")
    assert commit_seen_by(packages) == git(repository, "rev-parse", "HEAD")
    changed = packages / "codecpipe" / "errors.py"
    changed.write_text(changed.read_text() + "\n")
    assert commit_seen_by(packages) == f"{git(repository, 'rev-parse', 'HEAD')}-dirty"
