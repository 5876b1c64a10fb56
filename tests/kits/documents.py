"""Commands in the documentation: fenced ``sh`` blocks of Markdown files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (
    ROOT / "README.md",
    ROOT / "docs" / "start.md",
    *sorted((ROOT / "docs" / "tutorials").glob("*.md")),
)
"""Those whose commands a reader is meant to type from the first to the last."""
MARKER = re.compile(r"# ((?:needs|takes|installs) .+)")
_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block of commands."""

    document: Path
    line: int
    """Line of the fence, from 1."""
    text: str

    @property
    def marker(self) -> str | None:
        """Why no test runs it, as its first line says (``# needs VTM``); None: a test does."""
        found = MARKER.fullmatch(self.text.split("\n", 1)[0])
        return found[1] if found else None

    @property
    def name(self) -> str:
        """Document and line."""
        return f"{self.document.relative_to(ROOT)}:{self.line}"


def blocks(document: Path, language: str = "sh") -> list[Block]:
    """The blocks of one language in their order."""
    text = document.read_text(encoding="utf-8")
    return [
        Block(document, text[: found.start()].count("\n") + 1, found[2])
        for found in _FENCE.finditer(text)
        if found[1] == language
    ]
