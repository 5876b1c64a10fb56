"""What a start of the command costs: CPU seconds as multiples of `python -c "import click"`.

    python benchmarks/start.py [ROUNDS]

User and system time of child processes; each round runs all of them in turn, so that the ratio is
taken on one machine in one state. The medians must stay below the limits.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
START = "from experiments.commands.main import run; run()"
CURVE = "rate_kbps,psnr_y\n90.33,27.95\n181.03,31.17\n332.99,34.44\n547.79,38.11\n"
CHILDREN = {
    "import click": ("import click",),
    "codecpipe --version": (START, "--version"),
    "codecpipe --help": (START, "--help"),
    "codecpipe bdrate a.csv b.csv": (START, "bdrate", "a.csv", "b.csv"),
}
LIMITS = {
    "codecpipe --version": 9,
    "codecpipe --help": 9,
    "codecpipe bdrate a.csv b.csv": 25,
}


def cpu_s(arguments: tuple[str, ...], folder: Path) -> float:
    """User and system seconds of a Python process with these arguments."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-c", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    taken: dict[str, list[float]] = {name: [] for name in CHILDREN}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a.csv", "b.csv"):
            (Path(folder) / name).write_text(CURVE)
        for arguments in CHILDREN.values():
            cpu_s(arguments, Path(folder))  # reads the files into memory and writes the .pyc
        for _ in range(rounds):
            for name, arguments in CHILDREN.items():
                taken[name].append(cpu_s(arguments, Path(folder)))
    base = statistics.median(taken["import click"])
    missed = False
    for name, seconds in taken.items():
        ratio = statistics.median(seconds) / base
        limit = LIMITS.get(name)
        missed |= limit is not None and ratio > limit
        said = f" (limit {limit})" if limit else ""
        print(f"{name:30} {statistics.median(seconds):6.3f} s  {ratio:5.1f} times{said}")
    sys.exit(missed)


if __name__ == "__main__":
    main()
