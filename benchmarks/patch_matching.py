"""Patch matching: exact in blocks, coarse to fine, and the matrix of all pairs, in one run.

    python benchmarks/patch_matching.py [--grid HxW …] [--device cuda] [--threads N]

Prints a Markdown table. Each measurement is made in a process of its own, on the same features:
two pictures that are low-pass noise of all sizes, one moved, turned and enlarged a little against
the other with a patch moving otherwise, through random convolutions as an untrained network has
them. Time: the quickest of --repeat runs; on a busy machine see the CPU time, with --threads 1.
Memory: peak above what was there before, of the process (Linux) or of the GPU. "Equal" and "lost":
share of positions that are those of the exact mode, and affinity given up against it on average.
The matrix is left out where it takes more than --matrix-gib.
"""

import argparse
import ctypes
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from enhancers.matching.match import Match, affinity_at, find_matches
from enhancers.matching.patches import unit_patches

GRIDS = ("60x104", "120x208", "180x320", "270x480")  # of 416×240 to 1920×1080 pictures


def picture(height: int, width: int, generator: torch.Generator) -> Tensor:
    """[1, 3, H, W]: noise of all sizes, with amplitudes in proportion to the sizes."""
    out = torch.zeros(1, 3, height, width)
    for size in (128, 64, 32, 16, 8, 4, 2):
        shape = (1, 3, height // size + 3, width // size + 3)
        layer = torch.randn(shape, generator=generator)
        layer = F.interpolate(layer, scale_factor=size, mode="bicubic")
        out += size / 128 * layer[:, :, :height, :width]
    return out


def moved(key: Tensor) -> Tensor:
    """Turned by 1°, 1 % larger, shifted by (5.5, -9.3) samples; a patch of it moves otherwise."""
    height, width = key.shape[2:]
    turn = torch.tensor(torch.pi / 180)
    c, s = torch.cos(turn) / 1.01, torch.sin(turn) / 1.01
    shift_x, shift_y = -9.3 * 2 / width, 5.5 * 2 / height
    rows = [[c, -s * height / width, shift_x], [s * width / height, c, shift_y]]
    grid = F.affine_grid(torch.tensor([rows]), list(key.shape), align_corners=False)
    out = F.grid_sample(key, grid, padding_mode="reflection", align_corners=False)
    h, w = height // 4, width // 4
    out[:, :, h : 2 * h, w : 2 * w] = key[:, :, h + 12 : 2 * h + 12, w + 31 : 2 * w + 31]
    return out


def features(height: int, width: int, channels: int) -> tuple[Tensor, Tensor]:
    """Query and key, [1, F, h, w] each."""
    generator = torch.Generator().manual_seed(1)
    first = torch.randn(channels, 3, 5, 5, generator=generator) / 5
    second = torch.randn(channels, channels, 3, 3, generator=generator) / (3 * channels**0.5)
    key = picture(4 * height, 4 * width, generator)
    out = []
    for each in (moved(key), key):
        noisy = each + 0.01 * torch.randn(each.shape, generator=generator)
        half = F.conv2d(noisy, first, stride=2, padding=2).relu()
        out.append(F.conv2d(half, second, stride=2, padding=1))
    return out[0], out[1]


def matrix(query: Tensor, key: Tensor) -> Match:
    """The naive way: all affinities at once, then the arg-max."""
    affinities = torch.bmm(unit_patches(query).transpose(1, 2), unit_patches(key))
    best = affinities.max(2)
    sizes = [(each.shape[2], each.shape[3]) for each in (query, key)]
    return Match(best.indices, best.values, sizes[0], sizes[1])


MODES: dict[str, Callable[[Tensor, Tensor], Match]] = {
    "exact": find_matches,
    "coarse": lambda query, key: find_matches(query, key, "coarse"),
    "matrix": matrix,
}


def status_bytes(name: str) -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) << 10
    raise SystemExit("peak memory on a CPU is read from Linux's /proc")


def measure(mode: str, height: int, width: int, options: argparse.Namespace) -> None:
    """One row: seconds and peak bytes to stdout as JSON, positions to the file --out."""
    torch.set_num_threads(options.threads or torch.get_num_threads())
    on_gpu = torch.device(options.device).type == "cuda"
    query, key = (each.to(options.device) for each in features(height, width, options.channels))
    MODES[mode](query[..., :16, :16], key[..., :16, :16])  # libraries load what they load
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
    else:
        ctypes.CDLL(None).malloc_trim(0)  # what is freed is kept otherwise, and reused unseen
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # VmHWM starts anew
        before = status_bytes("VmRSS")
    seconds, cpu = [], []
    with torch.no_grad():
        for _ in range(options.repeat):
            started, used = time.perf_counter(), time.process_time()
            match = MODES[mode](query, key)
            if on_gpu:
                torch.cuda.synchronize()
            seconds.append(time.perf_counter() - started)
            cpu.append(time.process_time() - used)
    peak = torch.cuda.max_memory_allocated() if on_gpu else status_bytes("VmHWM")
    affinity = affinity_at(query, key, match.position)
    torch.save({"position": match.position.cpu(), "affinity": affinity.cpu()}, options.out)
    print(json.dumps({"seconds": min(seconds), "cpu": min(cpu), "bytes": peak - before}))


def table(options: argparse.Namespace) -> None:
    print(f"{options.device}, F = {options.channels}, torch {torch.__version__}\n")
    print(
        "| grid | pairs × 4 bytes | mode | time | CPU time | peak memory | equal | affinity lost |"
    )
    print("|---|---:|---|---:|---:|---:|---:|---:|", flush=True)
    for grid in options.grid:
        height, width = map(int, grid.split("x"))
        gib = (height * width) ** 2 * 4 / 2**30
        modes = [mode for mode in MODES if mode != "matrix" or gib <= options.matrix_gib]
        with tempfile.TemporaryDirectory() as folder:
            exact = Path(folder) / "exact"
            for mode in modes:
                out = Path(folder) / mode
                passed = [f"--device={options.device}", f"--channels={options.channels}"]
                passed += [f"--threads={options.threads}", f"--repeat={options.repeat}"]
                one = [sys.executable, __file__, "--one", mode, "--grid", grid, "--out", str(out)]
                done = subprocess.run([*one, *passed], check=True, stdout=subprocess.PIPE)
                got = json.loads(done.stdout)
                due, found = torch.load(exact), torch.load(out)
                equal = (due["position"] == found["position"]).double().mean()
                lost = (due["affinity"] - found["affinity"]).mean()
                times = f"{got['seconds']:.3f} s | {got['cpu']:.3f} s"
                print(
                    f"| {height}×{width} | {gib:.2f} GiB | {mode} | {times} "
                    f"| {got['bytes'] / 2**20:.0f} MiB | {100 * equal:.2f} % | {lost:.5f} |",
                    flush=True,
                )
        if "matrix" not in modes:
            print(
                f"| {height}×{width} | {gib:.2f} GiB | matrix | does not fit | | | | |", flush=True
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--grid", nargs="+", default=GRIDS, help=f"default: {' '.join(GRIDS)}")
    parser.add_argument("--4k", action="store_true", dest="large", help="540x960, too")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--channels", type=int, default=16)
    parser.add_argument("--threads", type=int, default=0, help="default: torch's")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--matrix-gib", type=float, default=8, help="the largest matrix to try")
    parser.add_argument("--one", choices=MODES, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.large:
        options.grid = [*options.grid, "540x960"]
    if options.one:
        measure(options.one, *map(int, options.grid[0].split("x")), options)
    else:
        table(options)


if __name__ == "__main__":
    main()
