"""Time and memory of planning and listing 10,000 rate points.

    python benchmarks/planning.py

Makes 25 clips of 300 frames, plans a sweep of 10,500 points over them and lists it, as
``codecpipe rd --dry-run`` does, in a process of its own.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

CLIPS, FRAMES, SIDE = 25, 300, 64


def main() -> None:
    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for clip in range(CLIPS):
            samples = random.integers(0, 256, SIDE * SIDE * 3 // 2 * FRAMES, dtype=np.uint8)
            (folder / f"clip{clip}_{SIDE}x{SIDE}_50.yuv").write_bytes(samples.tobytes())
        files = "\n".join(f"  - {{file: clip{clip}_{SIDE}x{SIDE}_50.yuv}}" for clip in range(CLIPS))
        layouts = "\n".join(
            f"  - {{layout: {layout}, delta_qp: {delta}}}"
            for layout in ("crs", "tds")
            for delta in range(10)
        )
        (folder / "sweep.yaml").write_text(
            f"name: planning\nsequences:\n{files}\nlayouts:\n{layouts}\n"
            "codecs: [{codec: x265}, {codec: vvenc, preset: faster}]\n"
            "qps: [22, 24, 27, 29, 32, 34, 37, 39, 42, 47]\n"
        )
        code = "from experiments.commands.main import run; run()"
        command = [sys.executable, "-c", code, "rd", "sweep.yaml"]
        started = time.monotonic()
        done = subprocess.run(
            [*command, "-o", "run", "--dry-run"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        out = done.stdout
        wall_s = time.monotonic() - started
    if done.returncode:
        sys.exit(done.stderr)
    lines = out.splitlines()
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{lines[0]}: {wall_s:.1f} s, {peak_mb:.0f} MB, {len(lines)} lines")
    print(lines[-1])


if __name__ == "__main__":
    main()
