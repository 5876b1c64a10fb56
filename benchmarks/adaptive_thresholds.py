"""Where `codecpipe.adaptive.fast.THRESHOLDS` come from: rows of what each mode gains in each GOP.

    python benchmarks/adaptive_thresholds.py CLIP... -o rows.csv [--frames 32] [--gop 16] [--jobs 1]
    python benchmarks/adaptive_thresholds.py --fit rows.csv

A row is one GOP of one clip at one QP in one mode: MSE of Y of the anchor at the fastest preset,
MSE of Y of resampling alone, and the cost in dB a frame against the anchor's (below 0: it gains).
x265 medium, LDP, Lanczos. The clips must be none that results are reported of.
"""

import argparse
import csv
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from codecpipe.adaptive.decide import rd_cost, slope
from codecpipe.adaptive.fast import coding_mse, resampling_mse
from codecpipe.adaptive.gops import gop_ranges
from codecpipe.adaptive.job import AdaptiveJob
from codecpipe.adaptive.modes import default_modes
from codecpipe.adaptive.trial import Bench
from codecpipe.codec import CodecOptions
from codecpipe.layout import Config, LayoutOptions
from codecpipe.programs.process import Limits
from codecpipe.video.resample import Filter
from codecpipe.video.source import open_source
from encoders import get_codec
from enhancers import get_enhancer

QPS = (27, 32, 37, 42, 47)
HEAD = ("clip", "qp", "gop", "mode", "scale", "coding_mse", "resampling_mse", "cost_db")


def rows(clip: Path, qp: int, frames: int, gop: int) -> list[tuple[object, ...]]:
    codec, enhancer = get_codec("x265"), get_enhancer("lanczos")
    with open_source(clip) as source, tempfile.TemporaryDirectory() as folder:
        job = AdaptiveJob(
            frames=min(frames, len(source)),
            config=Config.LDP,
            layout=LayoutOptions(gop=gop),
            qp=qp,
            modes=default_modes(source.fmt),
            options=CodecOptions("medium"),
            kernel=Filter.BICUBIC,
            enhancer="lanczos",
        )
        bench = Bench(source, job, codec, enhancer, Path(folder), Limits())
        coding = coding_mse(bench)
        scales = {mode.scale for mode in job.modes if mode.is_lr}
        resampling = {k: resampling_mse(bench, k) for k in scales}
        trials = [bench.try_out(job.whole(mode), mode.label) for mode in job.modes]
        beside = [bench.try_out(job.neighbour(q), str(q)) for q in (qp - 2, qp + 2)]
        lambda_ = slope([trial.total for trial in (trials[0], *beside)])
        found: list[tuple[object, ...]] = []
        if lambda_ is None:
            return found
        for at, part in enumerate(gop_ranges(job.frames, gop)):
            cut, count = slice(part.start, part.stop), len(part)
            anchor = rd_cost(trials[0].over(part), lambda_)
            for mode, trial in zip(job.modes[1:], trials[1:], strict=True):
                found.append(
                    (
                        *(clip.stem, qp, at, mode.layout, float(mode.scale)),
                        sum(coding[cut]) / count,
                        sum(resampling[mode.scale][cut]) / count,
                        (rd_cost(trial.over(part), lambda_) - anchor) / count,
                    )
                )
    return found


def measure(clips: Sequence[Path], out: Path, frames: int, gop: int, jobs: int) -> None:
    # All QPs of a clip in turn, so that a broken-off run has something of many clips.
    tasks = [(clip, qp) for qp in QPS for clip in clips]
    with out.open("w", newline="") as file, ProcessPoolExecutor(jobs) as pool:
        writer = csv.writer(file)
        writer.writerow(HEAD)
        waiting = [pool.submit(rows, clip, qp, frames, gop) for clip, qp in tasks]
        for (clip, qp), done in zip(tasks, waiting, strict=True):
            writer.writerows(done.result())
            file.flush()
            print(clip.stem, qp, file=sys.stderr, flush=True)


def fit(path: Path, share: float = 0.95, least: int = 10) -> None:
    """The largest threshold below which that share of the GOPs gains; 0 where too few are."""
    with path.open(newline="") as file:
        table = list(csv.DictReader(file))
    for mode in sorted({(row["mode"], row["scale"]) for row in table}):
        found = sorted(
            (float(row["resampling_mse"]) / float(row["coding_mse"]), float(row["cost_db"]))
            for row in table
            if (row["mode"], row["scale"]) == mode
        )
        best, kept = 0.0, 0
        for count, (ratio, _) in enumerate(found, 1):
            gaining = sum(cost < 0 for _, cost in found[:count])
            if count >= least and gaining >= share * count:
                best, kept = ratio, count
        mean = sum(cost for _, cost in found[:kept]) / max(kept, 1)
        gain = sum(cost < 0 for _, cost in found)
        print(
            f"{mode[0]} k{float(mode[1]):g}: threshold {best:.3f}, {kept} of {len(found)} GOPs,"
            f" mean cost {mean:+.3f} dB a frame; {gain} GOPs would gain"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", nargs="*", type=Path)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--frames", type=int, default=32)
    parser.add_argument("--gop", type=int, default=16)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--fit", type=Path)
    given = parser.parse_args()
    if given.fit:
        fit(given.fit)
    elif given.clips and given.output:
        measure(given.clips, given.output, given.frames, given.gop, given.jobs)
    else:
        parser.error("give clips and -o FILE, or --fit FILE")


if __name__ == "__main__":
    main()
