"""Arrows between the packages point one way, and the core names no codec."""

import ast
import graphlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from encoders import CODECS, get_codec
from encoders.ffmpeg_codec import FFmpegCodec
from encoders.reference.codec import ReferenceCodec
from enhancers.methods import METHODS
from experiments.commands.main import COMMANDS

ROOT = Path(__file__).parents[1]
SLOW = ("torch", "safetensors", "pytorch_lightning")


def _codec_names() -> re.Pattern[str]:
    """Names of codecs, of their libraries and programs, and of the formats that they write."""
    long, words = set(), {"h265", "av1"}
    for name in CODECS:
        codec = get_codec(name)
        found = {name, type(codec).__name__}
        if isinstance(codec, FFmpegCodec):
            found.add(codec.encoder)
            words.add(codec.container)
        if isinstance(codec, ReferenceCodec):
            software = codec.software
            found |= {software.variable, software.encoder, software.decoder, software.joiner}
        # Short ones (HM) are part of other words, and are looked for as words only.
        words |= {one.lower() for one in found if len(one) < 4}
        long |= {one.lower() for one in found if len(one) >= 4}
    return re.compile("|".join([*sorted(long), rf"\b(?:{'|'.join(sorted(words))})\b"]))


CODEC_NAMES = _codec_names()


def _names_a_codec(text: str) -> bool:
    """Whether a codec is named, also in parts (``svt-av1``)."""
    text = text.lower()
    return bool(CODEC_NAMES.search(text) or CODEC_NAMES.search(re.sub(r"[-. ]", "", text)))


# Standards by name are none of the core's business; sequences' own names and classes are data.
CORE = sorted(p for p in (ROOT / "codecpipe").rglob("*.py"))


def test_import_linter_contract() -> None:
    tool = Path(sys.executable).parent / "lint-imports"
    if not tool.exists():
        pytest.skip("import-linter is not installed (pip install -e .[dev])")
    done = subprocess.run(
        [tool, "--no-cache"],
        cwd=ROOT,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Contracts: [1-9]\d* kept, 0 broken", done.stdout)


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports inside functions and those for type checking alone count, too."""
    grimp = pytest.importorskip("grimp", reason="it comes with import-linter")
    packages = ("bdrate", "codecpipe", "encoders", "enhancers", "experiments")
    graph = grimp.build_graph(*packages, cache_dir=None)
    arrows = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    assert len(arrows) > 300
    graphlib.TopologicalSorter(arrows).prepare()  # names the circle, if there is one


def _said(tree: ast.Module) -> list[str]:
    """Identifiers and strings of a module's code; docstrings are for people."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    words: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            # A string that stands alone documents what is above it.
            if id(node) not in docstrings:
                words.append(node.value)
        elif isinstance(node, ast.Name):
            words.append(node.id)
        elif isinstance(node, ast.Attribute):
            words.append(node.attr)
        elif isinstance(node, ast.alias | ast.FunctionDef | ast.ClassDef):
            words.append(node.name)
    return words


@pytest.mark.parametrize("path", CORE, ids=lambda p: str(p.relative_to(ROOT)))
def test_core_names_no_codec(path: Path) -> None:
    tree = ast.parse(path.read_text())
    loose = {
        node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }
    named = [w for w in _said(tree) if w not in loose and _names_a_codec(w)]
    assert not named


def test_scan_would_find_a_codec() -> None:
    assert all(map(_names_a_codec, CODECS))
    assert all(map(_names_a_codec, ["libx265", "VVenC", "svt-av1", "an hm stream", "TAppEncoder"]))
    assert not any(map(_names_a_codec, ["rhm", "codec", "obus", "encoder"]))
    tree = ast.parse('"""x265 in a docstring."""\nkind = "x265"\n')
    assert [w for w in _said(tree) if _names_a_codec(w)] == ["x265"]


FRAMEWORK = [
    path
    for name in ("engine", "window", "training", "weights")
    for path in sorted((ROOT / "enhancers" / name).rglob("*.py"))
]


@pytest.mark.parametrize("path", FRAMEWORK, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_framework_of_enhancers_names_no_method(path: Path) -> None:
    """Neither in code nor in docstrings: what it must know of a method is handed in."""
    names = re.compile("|".join(METHODS), re.IGNORECASE)
    assert {"crs", "srfr"} <= METHODS.keys()
    found = [line for line in path.read_text().splitlines() if names.search(line)]
    assert found == []


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


def test_core_looks_nothing_up_by_itself() -> None:
    ours = {"encoders", "enhancers", "experiments", "bdrate", "cli"}
    assert {path: _imports(path) & ours for path in CORE if _imports(path) & ours} == {}


def test_nothing_imports_the_command_line() -> None:
    """import-linter looks at packages only, and cli.py is a module."""
    packages = ("bdrate", "codecpipe", "encoders", "enhancers", "experiments")
    files = [path for name in packages for path in (ROOT / name).rglob("*.py")]
    assert len(files) > 40
    assert [path for path in files if "cli" in _imports(path)] == []


@pytest.mark.parametrize(
    "module", ["codecpipe.encoding", "codecpipe.decoding", "encoders", "bdrate"]
)
def test_light_modules_do_not_load_torch(module: str) -> None:
    """torch takes seconds to import; encoding, decoding and BD-rates do without it."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, {module}; print('torch' in sys.modules)"],
        cwd=ROOT,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == "False"


def test_no_command_loads_torch_before_it_is_run() -> None:
    modules = sorted({f"experiments.commands.{lazy.module}" for lazy in COMMANDS.values()})
    assert len(modules) > 10
    code = f"import sys, {', '.join(modules)}\nprint([m for m in {SLOW!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == "[]"
