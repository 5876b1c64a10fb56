"""The documentation's pages: the site builds, and the files that they name are there."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
from kits.documents import ROOT

import codecpipe
import experiments
from experiments.commands.main import COMMANDS

PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")),
    ROOT / "benchmarks" / "README.md",
    *sorted(p for p in (ROOT / "docs").rglob("*.md") if "_build" not in p.parts),
]
FOLDERS = "bdrate|benchmarks|codecpipe|docs|encoders|enhancers|experiments|tests"
IN_CODE = re.compile(rf"`((?:{FOLDERS})/[\w./-]*)`")
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")
IMAGE = re.compile(r'<img src="([^"]+)"')
WIDTHS = {ROOT / "README.md": 110}
WIDTH = 120
# They name files that a reader makes; tests of their own run them.
WALKS = ("adding-a-codec.md", "adding-a-network.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_a_page_names_are_there(page: Path):
    text = page.read_text(encoding="utf-8")
    named = [ROOT / name for name in IN_CODE.findall(text) if page.name not in WALKS]
    named = [path for path in named if "_build" not in path.parts]  # `make docs` makes it
    links = [*LINK.findall(text), *IMAGE.findall(text)]
    linked = [page.parent / name for name in links if "://" not in name]
    assert [str(path) for path in (*named, *linked) if not path.exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_lines_of_prose_wrap_at_one_width(page: Path):
    fenced, width = False, WIDTHS.get(page, WIDTH)
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fenced ^= line.startswith("```")
        if not fenced and not line.lstrip().startswith(("|", "<", "[", "![")):
            assert len(line) <= width, (
                f"{page.relative_to(ROOT)}:{number} has {len(line)} characters"
            )


def test_the_site_builds_without_a_warning(tmp_path: Path):
    for package in ("sphinx", "myst_parser", "sphinx_click", "furo"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"the site needs {package}: pip install -e '.[docs]'")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-b", "html"]
    done = subprocess.run(
        [*command, "-d", tmp_path / "doctrees", ROOT / "docs", tmp_path / "html"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    api = (tmp_path / "html" / "reference" / "api.html").read_text(encoding="utf-8")
    for name in (*codecpipe.__all__, *experiments.__all__):  # which autodoc does not find by itself
        assert name.startswith("__") or f'.{name}"' in api, name
    commands = (tmp_path / "html" / "reference" / "commands.html").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f'id="codecpipe-{name}"' not in commands] == []
