"""What the SRFR variants are and cost: the tables in docs/enhancers/srfr.md.

    python benchmarks/srfr_size.py                                 # parameters and operations
    python benchmarks/srfr_size.py --time tiny,small --sizes 832x480 [--device auto]
        [--precision auto] [--tile auto] [--repeat 2] [--threads 2]

GFLOP by formula (`enhancers.srfr.cost`, tested against PyTorch's counter) of one restored 4:2:0
picture, luma and chroma. ``--time`` restores random pictures with untrained networks, which cost
the same as trained ones, in the tiles that the engine would cut; the shortest of ``--repeat`` runs
counts, after one that warms up. Memory is the peak above what there was before, weights not
counted: on CUDA of torch's allocator, on a CPU of the process.
"""

import argparse
import math
import time
from fractions import Fraction

import numpy as np
import torch
from peak_memory import peak_memory
from tabulate import tabulate

from codecpipe.decoding import DecodedFrame
from codecpipe.format import VideoFormat
from enhancers.engine.device import Device, choose_device, inference_mode
from enhancers.engine.memory import free_bytes
from enhancers.engine.options import EngineOptions, parse_tile
from enhancers.engine.planes import PLANES
from enhancers.engine.runner import RunContext
from enhancers.srfr.config import VARIANTS, SrfrConfig
from enhancers.srfr.cost import cost
from enhancers.srfr.method import METHOD
from enhancers.srfr.network import Srfr
from enhancers.srfr.runner import SrfrRunner

KINDS = {
    "MTSA, IQEM": {},
    "without PSA": {"without": ("PSA",)},
    "without MTA": {"without": ("MTA",)},
    "without MTA, PSA": {"without": ("MTA", "PSA")},
    "without IQEM, MTA, PSA": {"without": ("IQEM", "MTA", "PSA")},
    "TSA, IQEM": {"fusion": "tsa"},
    "TSA, without IQEM": {"fusion": "tsa", "without": ("IQEM",)},
}
SHOWN = ((416, 240), (832, 480), (1920, 1080))
HEAD = ("variant", "size", "tiles", "s a picture", "CPU s", "peak [MiB]", "TFLOP/s")


def main() -> None:
    args = _arguments()
    sizes = [(int(w), int(h)) for w, h in (size.split("x") for size in args.sizes.split(","))]
    if not args.time:
        print(sizes_table())
        return
    if args.threads:
        torch.set_num_threads(args.threads)
    options = EngineOptions(args.device, args.precision, parse_tile(args.tile), False)
    device = choose_device(options)
    threads = "" if device.is_cuda else f", {torch.get_num_threads()} threads"
    print(f"{device}{threads}, torch {torch.__version__}\n")
    print(f"| {' | '.join(HEAD)} |\n|{' --- |' * len(HEAD)}", flush=True)
    for width, height in sizes:
        for variant in args.time.split(","):
            row = measure(variant, width, height, device, options, args.repeat)
            print(f"| {' | '.join(row)} |", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--time", help=f"Variants to time, of {', '.join(VARIANTS)}.")
    parser.add_argument("--sizes", default="832x480,1920x1080")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--tile", default="auto")
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--threads", type=int)
    return parser.parse_args()


def sizes_table() -> str:
    """Parameters of both networks, and operations of a picture at the sizes of `SHOWN`."""
    heads = ["variant", "parts", "parameters Y", "UV"]
    heads += [f"{width}×{height} [GFLOP]" for width, height in SHOWN]
    rows = []
    for name in VARIANTS:
        for kind, options in KINDS.items():
            configs = [METHOD.config(name, planes=planes, **options) for planes in (1, 2)]
            cells = [f"{parameters(config):,}" for config in configs]
            cells += [f"{flops(configs, *size) / 1e9:,.1f}" for size in SHOWN]
            rows.append([name, kind, *cells])
    return tabulate(rows, heads, tablefmt="github", disable_numparse=True)


def parameters(config: SrfrConfig) -> int:
    with torch.device("meta"):
        return sum(p.numel() for p in Srfr(config).parameters())


def flops(configs: list[SrfrConfig], width: int, height: int) -> int:
    """Of luma's network and chroma's, for one 4:2:0 picture."""
    return sum(cost(c, height // c.planes, width // c.planes) for c in configs)


def measure(
    variant: str, width: int, height: int, device: Device, options: EngineOptions, repeat: int
) -> tuple[str, ...]:
    fmt = VideoFormat(width, height)
    lr_fmt = fmt.with_size(width // 2, height // 2)
    boundary, lr, later = _pictures(fmt, lr_fmt)
    configs = [METHOD.config(variant, planes=len(planes)) for planes in PLANES.values()]
    runners = []
    for group, config in zip(PLANES, configs, strict=True):
        network = Srfr(config).eval().requires_grad_(False)
        network.to(device.torch_device, memory_format=device.memory_format)
        free = free_bytes(device.torch_device)
        context = RunContext(fmt, lr_fmt, device, options.tile, free)
        runners.append(SrfrRunner(network, group, context))
    wall_s = cpu_s = math.inf
    with peak_memory(device) as peak:
        for at in range(repeat + 1):
            began, cpu = time.monotonic(), time.process_time()
            with inference_mode(device):
                for runner in runners:
                    runner.restore(boundary, later, lr)
            if device.is_cuda:
                torch.cuda.synchronize(device.torch_device)
            if at:
                wall_s = min(wall_s, time.monotonic() - began)
                cpu_s = min(cpu_s, time.process_time() - cpu)
    rate = flops(configs, width, height) / wall_s / 1e12
    tiles = " + ".join(str(len(runner.tiles)) for runner in runners)
    found = (f"{wall_s:.2f}", f"{cpu_s:.2f}", f"{peak[0] / 2**20:.0f}", f"{rate:.3f}")
    return (variant, f"{width}×{height}", tiles, *found)


def _pictures(fmt: VideoFormat, lr_fmt: VideoFormat) -> list[DecodedFrame]:
    """A boundary, an LR frame and the next boundary."""
    random = np.random.default_rng(1)
    made = []
    for index, (of, scale) in enumerate(((fmt, 1), (lr_fmt, 2), (fmt, 1))):
        samples = random.integers(0, 255, of.frame_samples, dtype=np.uint8)
        made.append(DecodedFrame(index, samples, Fraction(scale), scale == 1, "I", 32))
    return made


if __name__ == "__main__":
    main()
