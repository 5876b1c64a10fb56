"""What two workers gain over one, and what the scheduler adds, on a sweep of 108 rate points.

    python benchmarks/scaling.py [--experiment FILE] [--pin]

Runs the sweep afresh on one worker, then on two; with ``--loop`` also in a plain loop without Dask.
One worker's decoder, encoder and Python work at once, on more than one core if there are more;
``--pin`` gives a run on one worker and one core, too: what a machine of one core would take.
What the scheduler adds is the time of the workers in which no job ran, from before they were
started until after they were stopped.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

from codecpipe.programs.process import Limits
from encoders import get_codec
from enhancers import get_enhancer
from experiments.plan.encodes import PlannedEncode
from experiments.rd import plan_experiment
from experiments.run import provenance
from experiments.run.cluster import Workers, client_of, environment
from experiments.run.jobs import work
from experiments.run.point import JobContext
from experiments.run.runner import run
from experiments.run.schedule import Schedule
from experiments.run.store import RunFolder
from experiments.shipped.find import clip_folder

SWEEP = """
name: scaling
sequences: [{file: bikes.mp4, frames: 9}]
codecs: [{codec: vvenc, preset: slow}]
layouts:
  - {layout: uniform}
  - {layout: uniform, delta_qp: 2}
  - {layout: crs}
  - {layout: crs, delta_qp: 2}
enhancers: [bicubic, lanczos]
qps: [22, 25, 27, 29, 32, 34, 37, 39, 42, 44, 46, 47]
"""


def context_of(folder: RunFolder, encodes: tuple[PlannedEncode, ...]) -> JobContext:
    return JobContext(
        folder=folder.path.absolute(),
        metrics=("psnr",),
        limits=Limits(),
        codec_of=get_codec,
        enhancer_of=get_enhancer,
        versions=provenance.codec_versions(encodes, get_codec),
        environment=environment(),
    )


def plain(encodes: tuple[PlannedEncode, ...], out: Path) -> float:
    """Wall seconds of the jobs in a loop."""
    started = time.monotonic()
    with RunFolder(out) as folder:
        schedule, context = Schedule(encodes, folder), context_of(folder, encodes)
        while (job := schedule.next()) is not None:
            result = work(job, context)
            assert not result.failure, result.message
            schedule.done(job, result.wall_s)
    return time.monotonic() - started


def distributed(encodes: tuple[PlannedEncode, ...], out: Path, jobs: int) -> tuple[float, float]:
    """Wall seconds on so many workers, and the sum of their jobs' seconds."""
    started = time.monotonic()
    with RunFolder(out) as folder:
        schedule, context = Schedule(encodes, folder), context_of(folder, encodes)
        with client_of(Workers(jobs=jobs), 1, folder.work_dir.absolute()) as client:
            outcome = run(schedule, context, client)
    assert not outcome.failed, outcome.failed
    return time.monotonic() - started, outcome.core_s


def on_one_core(encodes: tuple[PlannedEncode, ...], out: Path) -> tuple[float, float]:
    """As `distributed` with one worker; all its processes share one core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        return distributed(encodes, out, 1)
    finally:
        os.sched_setaffinity(0, cores)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--experiment", type=Path, help="default: VVenC on the demo's clip")
    parser.add_argument("--loop", action="store_true", help="the same jobs in a plain loop, too")
    parser.add_argument("--pin", action="store_true", help="one worker on one core, too")
    options = parser.parse_args()
    path = options.experiment
    text = path.read_text(encoding="utf-8") if path else SWEEP
    base = path.parent if path else clip_folder()
    encodes = plan_experiment(text, str(path or "scaling"), base).encodes
    points = sum(len(planned.points) for planned in encodes)
    print(f"{points} rate points from {len(encodes)} files", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        if options.loop:
            print(f"plain loop   {plain(encodes, Path(folder) / 'loop'):7.1f} s", flush=True)
        core_s = 0.0
        if options.pin:
            core_s, core_jobs_s = on_one_core(encodes, Path(folder) / "core")
            print(f"one core     {core_s:7.1f} s, its jobs {core_jobs_s:.1f} s", flush=True)
        one_s, one_jobs_s = distributed(encodes, Path(folder) / "one", 1)
        print(f"one worker   {one_s:7.1f} s, its jobs {one_jobs_s:.1f} s", flush=True)
        two_s, two_jobs_s = distributed(encodes, Path(folder) / "two", 2)
        print(f"two workers  {two_s:7.1f} s, their jobs {two_jobs_s:.1f} s")
    print(f"two workers are {one_s / two_s:.2f} times as fast as one")
    if core_s:
        print(f"two workers are {core_s / two_s:.2f} times as fast as one on one core")
    print(f"no job ran in {100 * (1 - two_jobs_s / (2 * two_s)):.1f} % of two workers' time")


if __name__ == "__main__":
    main()
