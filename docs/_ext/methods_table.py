"""The README's table of networks, made of ``codecpipe methods --json``.

    python docs/_ext/methods_table.py

writes it between the README's markers; a test compares.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

README = Path(__file__).resolve().parents[2] / "README.md"
BLOCK = re.compile(r"(?<=<!-- methods -->\n).*?(?=<!-- /methods -->)", re.DOTALL)
HEAD = (
    "| network | variant | planes | parameters | kMAC/pixel | layouts | weights that come along |"
)


def method_rows() -> list[dict[str, Any]]:
    """What the command prints for networks at k = 2."""
    start = "from experiments.commands.main import run; run()"
    command = [sys.executable, "-c", start, "methods", "--json"]
    done = subprocess.run(command, cwd=README.parent, stdout=subprocess.PIPE, text=True, check=True)
    return [row for row in json.loads(done.stdout) if row["scale"] == 2]


def methods_table(rows: list[dict[str, Any]]) -> str:
    """The table in Markdown."""
    lines = [HEAD, "|" + " --- |" * (HEAD.count("|") - 1)]
    for row in rows:
        cells = (
            f"`{row['name']}`",
            row["variant"],
            ", ".join(row["planes"]),
            f"{row['parameters']:,}",
            f"{row['kmac_per_pixel']:,.1f}",
            ", ".join(f"`{layout}`" for layout in row["layouts"]),
            ", ".join(f"`{name}`" for name in row["weights"]) or "–",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    table = methods_table(method_rows())
    README.write_text(
        BLOCK.sub(lambda _: table, README.read_text(encoding="utf-8")), encoding="utf-8"
    )
