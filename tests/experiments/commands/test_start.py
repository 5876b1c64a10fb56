"""What a start of the command imports: seconds that everybody waits for, whatever is asked."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SLOW = ("torch", "dask", "distributed", "matplotlib", "pandas", "scipy", "pydantic", "rich", "yaml")
CURVE = "rate_kbps,psnr_y\n90.33,27.95\n181.03,31.17\n332.99,34.44\n547.79,38.11\n"


def _python(code: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _loaded(folder: Path, *arguments: str) -> set[str]:
    """Which of the slow libraries a command has imported when it ends."""
    code = (
        "import atexit, json, sys\n"
        f"said = lambda: [name for name in {SLOW!r} if name in sys.modules]\n"
        "atexit.register(lambda: print(json.dumps(said())))\n"
        "from experiments.commands.main import run\n"
        "run()\n"
    )
    done = _python(code, *arguments, folder=folder)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_import_nothing_slow(tmp_path, option):
    assert _loaded(tmp_path, option) == set()


def test_bdrate_imports_what_its_numbers_need_and_no_more(tmp_path):
    (tmp_path / "a.csv").write_text(CURVE)
    assert _loaded(tmp_path, "bdrate", "a.csv", "a.csv") == {"scipy", "rich"}
    assert _loaded(tmp_path, "bdrate", "a.csv", "a.csv", "--format", "csv") == {"scipy"}
    plot = ("--plot", "bd.png")
    assert "matplotlib" in _loaded(tmp_path, "bdrate", "a.csv", "a.csv", *plot)


@pytest.mark.parametrize("module", ["codecpipe", "experiments", "experiments.commands.options"])
def test_packages_import_nothing_slow_before_it_is_asked_for(tmp_path, module):
    done = _python(
        f"import sys, {module}; print([m for m in {(*SLOW, 'numpy')!r} if m in sys.modules])",
        folder=tmp_path,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_every_command_of_the_list_can_be_loaded():
    from experiments.commands.main import COMMANDS, LazyGroup, main

    assert isinstance(main, LazyGroup)
    for name in COMMANDS:
        command = main.get_command(None, name)
        assert command is not None
        assert command.name == name
    assert main.get_command(None, "nope") is None


def test_control_c_while_a_command_is_being_imported_is_one_sentence(tmp_path):
    code = (
        "import importlib, os, signal\n"
        "from experiments.commands.main import run\n"
        "importlib.import_module = lambda _: os.kill(os.getpid(), signal.SIGINT)\n"
        "run()\n"
    )
    done = _python(code, "rd", "x.yaml", "-o", "run", folder=tmp_path)
    assert done.returncode == 130
    assert done.stderr.strip().startswith("codecpipe: stopped; ")


def test_an_error_before_any_library_is_loaded_is_one_sentence(tmp_path):
    done = _python(
        "from experiments.commands.main import run; run()", "nope", "--x", folder=tmp_path
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "codecpipe: No such command 'nope' (see 'codecpipe --help')\n"
