"""What CRS costs on the device that is here: frames a second, memory, share of its FLOP limit.

    python benchmarks/enhancing.py [--variants tiny,small,full] [--sizes 416x240,1280x720]
        [--device auto] [--precision auto] [--frames 4] [--threads 2] [--compile] [--profile]
        [--matching coarse]

Untrained networks, which cost the same as trained ones, luma and chroma, on random pictures held in
memory: a key, then LR frames (x265 is not run). A warm-up frame is not counted; it makes the key's
features, whose time is the column "key". The limit is what a large matrix product reaches on the
same device in the same precision. FLOPs are counted by torch (a multiply and an add are two), with
those of matching where it is exact. Memory is the peak above what there was
before: on CUDA of torch's allocator, on a CPU of the process. Prints a Markdown table.
"""

import argparse
import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

import numpy as np
import torch
from peak_memory import peak_memory
from torch.utils.flop_counter import FlopCounterMode

from codecpipe.decoding import DecodedFrame
from codecpipe.format import VideoFormat
from codecpipe.video.resample import plan_size
from enhancers.crs.config import MATCHING, CrsConfig
from enhancers.crs.method import METHOD
from enhancers.crs.network import Crs
from enhancers.engine.device import Device, choose_device, inference_mode
from enhancers.engine.memory import free_bytes
from enhancers.engine.options import EngineOptions, parse_tile
from enhancers.engine.planes import PLANES
from enhancers.engine.runner import RunContext
from enhancers.network_config import Group
from enhancers.window.frames import Restoration
from enhancers.window.runner import PlaneRunner

HEAD = (
    *("variant", "size", "matching", "tiles", "frames/s", "CPU s a frame", "key [s]"),
    *("peak [MiB]", "TFLOP a frame", "TFLOP/s", "of the limit"),
)


def main() -> None:
    args = _arguments()
    if args.threads:
        torch.set_num_threads(args.threads)
    options = EngineOptions(args.device, args.precision, parse_tile(args.tile), args.compile)
    device = choose_device(options)
    limit = flop_limit(device)
    threads = "" if device.is_cuda else f", {torch.get_num_threads()} threads"
    print(f"{device}{threads}, torch {torch.__version__}; limit {limit / 1e12:.3f} TFLOP/s\n")
    print(f"| {' | '.join(HEAD)} |\n|{' --- |' * len(HEAD)}", flush=True)
    for size in args.sizes.split(","):
        width, height = (int(side) for side in size.split("x"))
        for variant in args.variants.split(","):
            configs = {
                group: replace(METHOD.config(variant, planes=len(planes)), matching=args.matching)
                for group, planes in PLANES.items()
            }
            row = measure(configs, width, height, device, options, args.frames, limit, args.profile)
            row = (variant, *row)
            print(f"| {' | '.join(row)} |", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variants", default="tiny,small,full")
    parser.add_argument("--sizes", default="416x240,1280x720")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--tile", default="auto")
    parser.add_argument("--matching", choices=MATCHING, default="exact")
    parser.add_argument("--frames", type=int, default=4)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--profile", action="store_true", help="Where the time goes, too.")
    return parser.parse_args()


def flop_limit(device: Device, seconds: float = 1.0) -> float:
    """FLOP/s of the best of several large matrix products in the device's precision."""
    side = 8192 if device.is_cuda else 1536
    kind = device.autocast or torch.float32
    a, b = (torch.randn(side, side, device=device.torch_device, dtype=kind) for _ in range(2))
    best, started = 0.0, time.monotonic()
    while time.monotonic() - started < seconds or best == 0.0:
        began = time.monotonic()
        a @ b
        _wait(device)
        best = max(best, 2 * side**3 / (time.monotonic() - began))
    return best


def measure(
    configs: Mapping[Group, CrsConfig],
    width: int,
    height: int,
    device: Device,
    options: EngineOptions,
    frames: int,
    limit: float,
    profiled: bool,
) -> tuple[str, ...]:
    items = list(_items(width, height, frames + 1))
    fmt, lr_fmt = _formats(width, height)
    with peak_memory(device) as peak:
        runners = []
        for group, config in configs.items():
            network = Crs(config).eval().requires_grad_(False)
            network.to(device.torch_device, memory_format=device.memory_format)
            if options.compile:
                for part in network.compiled_parts():
                    part.compile()
            free = free_bytes(device.torch_device)
            context = RunContext(fmt, lr_fmt, device, options.tile, free)
            runners.append(PlaneRunner(network, group, context))

        def restore(item: Restoration) -> None:
            with inference_mode(device):
                for runner in runners:
                    runner.restore(item, lambda frame: frame.lr_copy if frame.key else frame.frame)
            _wait(device)

        began = time.monotonic()
        restore(items[0])
        first_s = time.monotonic() - began
        with _profile(profiled):
            began, cpu = time.monotonic(), time.process_time()
            for item in items[1:]:
                restore(item)
            wall_s = (time.monotonic() - began) / frames
            cpu_s = (time.process_time() - cpu) / frames
    flop = sum(flops(config, lr_fmt, group) for group, config in configs.items())
    return (
        *(f"{width}×{height}", configs["y"].matching, str(len(runners[0].tiles))),
        *(f"{1 / wall_s:.2f}", f"{cpu_s:.2f}", f"{first_s - wall_s:.2f}", f"{peak[0] / 2**20:.0f}"),
        *(f"{flop / 1e12:.3f}", f"{flop / wall_s / 1e12:.3f}", f"{flop / wall_s / limit:.0%}"),
    )


def flops(config: CrsConfig, lr_fmt: VideoFormat, group: str) -> float:
    """FLOPs of one restored frame without its key: one frame's features and the synthesis.

    Convolutions are counted at a small size and scaled; the matching is counted by its sizes.
    """
    rows, columns = lr_fmt.plane_shapes[0 if group == "y" else 1]
    side = 32
    with torch.inference_mode():
        network = Crs(config).eval()
        picture, qp = torch.rand(1, config.planes, side, side), torch.tensor([32.0])
        key = torch.rand(1, config.planes, side * config.scale, side * config.scale)
        keys = [network.key_features(key, picture, qp)] * config.keys
        with FlopCounterMode(display=False) as counter:
            one = network.lr_features(picture, qp)
            network.synthesize([one] * config.window, picture, keys, qp)
    small = counter.get_total_flops() - _matching(config, side, side)
    scaled = small * rows * columns / side**2
    return scaled + (_matching(config, rows, columns) if config.matching == "exact" else 0)


def _matching(config: CrsConfig, rows: int, columns: int) -> float:
    """FLOPs of comparing all 3×3 patches of the query's grid with all of each key's."""
    if config.matching != "exact":
        return 0.0
    grid = rows * columns * config.scale**2 / 16
    return 2.0 * grid**2 * 9 * config.channels * config.keys


def _formats(width: int, height: int) -> tuple[VideoFormat, VideoFormat]:
    plan = plan_size(width, height, Fraction(2))
    fmt = VideoFormat(width, height)
    return fmt, fmt.with_size(plan.lr_width, plan.lr_height)


def _items(width: int, height: int, count: int) -> Iterator[Restoration]:
    fmt, lr_fmt = _formats(width, height)
    random = np.random.default_rng(1)

    def picture(of: VideoFormat) -> np.ndarray:
        return random.integers(0, 255, of.frame_samples, dtype=np.uint8)

    key = DecodedFrame(0, picture(fmt), Fraction(1), True, "I", 32, picture(lr_fmt))
    known = [key]
    for index in range(1, count + 1):
        known.append(DecodedFrame(index, picture(lr_fmt), Fraction(2), False, "P", 27))
        window = tuple(known[max(0, at)] for at in range(index - 2, index + 1))
        yield Restoration(known[index], window, (key,))


def _wait(device: Device) -> None:
    if device.is_cuda:
        torch.cuda.synchronize(device.torch_device)


@contextlib.contextmanager
def _profile(wanted: bool) -> Iterator[None]:
    if not wanted:
        yield
        return
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profiler:
        yield
    print(profiler.key_averages().table(sort_by="self_cpu_time_total", row_limit=18))


if __name__ == "__main__":
    main()
