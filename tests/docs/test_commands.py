"""Every command of the README and the tutorials runs, or says what it needs."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from kits.documents import DOCUMENTS, ROOT, Block, blocks

MARKED = [block for document in DOCUMENTS for block in blocks(document) if block.marker]


@pytest.mark.codec
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_commands_run_word_for_word_in_their_order(document: Path, tmp_path: Path):
    if not (Path(sys.prefix) / "bin" / "activate").is_file():
        pytest.skip("the commands of the documents activate .venv: these tests run outside of one")
    for found in ROOT.iterdir():  # a checkout, without what runs leave in it
        if found.name not in (".venv", "runs", ".git"):
            (tmp_path / found.name).symlink_to(found)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    script = tmp_path.with_name(f"{tmp_path.name}.sh")
    to_run = [block for block in blocks(document) if not block.marker]
    script.write_text("\n".join(_traced(block) for block in to_run), encoding="utf-8")
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",  # two threads on a busy core wait for each other
        "PATH": os.pathsep.join((sysconfig.get_path("scripts"), os.environ["PATH"])),
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def _traced(block: Block) -> str:
    return f"echo '== {block.name}' >&2\n{block.text}"


@pytest.mark.parametrize("block", MARKED, ids=lambda block: block.name)
def test_a_command_that_is_marked_says_what_it_needs(block: Block):
    pytest.skip(f"{block.name} {block.marker}")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_are_in_blocks_that_are_run(document: Path):
    plain = [block for block in blocks(document, "") if "codecpipe " in block.text]
    assert not plain, f"{plain[0].name}: begin the block with ```sh"
