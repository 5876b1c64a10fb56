"""The fast choice: from one encode with the codec's fastest preset, and from resampling alone.

The pass gives what coding costs in each GOP (MSE of Y). What down- and up-sampling costs needs no
encode: the undistorted LR frames go through the enhancer. Where the second is far below the first,
the detail that LR frames lose is lost anyway, and their bits are saved.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from codecpipe.adaptive.gops import gop_ranges
from codecpipe.adaptive.modes import ANCHOR, Mode
from codecpipe.adaptive.trial import Bench
from codecpipe.decoding import DecodedFrame
from codecpipe.enhancer import DecodedVideo
from codecpipe.format import Frame, convert_depth
from codecpipe.metrics.psnr import psnr_frames
from codecpipe.programs.frames import counted
from codecpipe.video.resample import downsample, plan_size


def fast_choices(bench: Bench) -> tuple[int, ...]:
    """A mode index for each GOP; whether it gains is not checked."""
    job, coding = bench.job, coding_mse(bench)
    scales = sorted({mode.scale for mode in job.modes if mode.is_lr and threshold(mode)})
    resampling = {k: resampling_mse(bench, k) for k in scales}
    choices = []
    for gop in gop_ranges(job.frames, job.layout.gop):
        by_scale = {k: _mean(values, gop) for k, values in resampling.items()}
        choices.append(choose(_mean(coding, gop), by_scale, job.modes))
    return tuple(choices)


def coding_mse(bench: Bench) -> tuple[float, ...]:
    """MSE of Y of each frame of the anchor at the codec's fastest preset."""
    fast = replace(bench.job.options, preset=bench.codec.fast_preset)
    return bench.try_out(replace(bench.job.whole(ANCHOR), options=fast), "fast").mse


def resampling_mse(bench: Bench, scale: Fraction) -> tuple[float, ...]:
    """MSE of Y of each frame, scaled down and restored without any coding."""
    source, job = bench.source, bench.job
    depth = bench.codec.coded_depth(source.fmt.bit_depth)
    fmt = source.fmt.with_depth(depth)
    plan = plan_size(fmt.width, fmt.height, scale)
    whole = range(job.frames)
    wanted = (convert_depth(f, source.fmt.bit_depth, depth) for f in source.frames(whole))
    low = downsample(wanted, fmt, plan, job.kernel, limits=bench.limits)
    video = DecodedVideo(
        frames=_as_decoded(low, scale, job.qp),
        scales=(scale,) * job.frames,
        fmt=fmt,
        lr_fmt=fmt.with_size(plan.lr_width, plan.lr_height),
        size_plan=plan,
        fps=source.fps,
        config=job.config,
        layout="uniform",
        limits=bench.limits,
        count=lambda run: bench.times.add("decide", run),
        codec=bench.codec.name,
        kernel=job.kernel,
    )
    enhancer = bench.enhancer
    restored = counted(enhancer.restore(video), job.frames, f"enhancer {enhancer.name}")
    measured = psnr_frames(source.frames(whole), source.fmt, test=restored, test_fmt=fmt)
    return tuple(one.mse[0] for one in measured)


def choose(coding: float, resampling: Mapping[Fraction, float], modes: Sequence[Mode]) -> int:
    """Index of the mode for a GOP with this MSE of coding and these of resampling, by scale.

    Of the modes whose resampling MSE is below `THRESHOLDS` times the coding MSE the one comes first
    that leaves the most of that room; the anchor where there is none.
    """
    best, least = 0, 1.0
    for index, mode in enumerate(modes):
        if not mode.is_lr:
            continue
        room = threshold(mode) * coding
        used = resampling[mode.scale] / room if room else math.inf
        if used < least:
            best, least = index, used
    return best


def threshold(mode: Mode) -> float:
    """The most that resampling MSE may be of coding MSE; between the scales known, the lower."""
    known = THRESHOLDS[mode.layout]
    return next((theta for k, theta in known if mode.scale <= k), 0.0)


THRESHOLDS = {"uniform": ((Fraction(2), 0.28),), "crs": ((Fraction(2), 0.22),)}
"""By layout, (largest scale, the most that resampling MSE may be of coding MSE).

Found by ``benchmarks/adaptive_thresholds.py`` on 17 clips (640x360 to 960x540, none of them used
for results; x265 medium against its ultrafast, LDP, GOP 16, Lanczos, QP 27 to 47, 170 GOPs): the
largest ones below which 95 % of the GOPs gain. They err to full size: of 46 GOPs that gain in
uniform k2 they find 30 and take one that loses. At a scale of 4 too few gained (6 of 170) for a
threshold, so that the fast choice never takes one above 2.
"""


def _as_decoded(frames: Iterable[Frame], scale: Fraction, qp: int) -> Iterator[DecodedFrame]:
    for index, frame in enumerate(frames):
        yield DecodedFrame(index, frame, scale, key=False, picture_type="P", qp=qp)


def _mean(values: Sequence[float], gop: range) -> float:
    return math.fsum(values[gop.start : gop.stop]) / len(gop)
