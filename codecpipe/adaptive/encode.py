"""From a source to an adaptive ``.cpv`` file."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from codecpipe.adaptive.decide import RatePoint, cheapest, floored, rate_floor, rd_cost, slope
from codecpipe.adaptive.fast import fast_choices
from codecpipe.adaptive.file import write_adaptive
from codecpipe.adaptive.gops import Segment, gop_ranges, segments_of
from codecpipe.adaptive.job import AdaptiveJob
from codecpipe.adaptive.manifest import (
    AdaptiveLayoutRecord,
    AdaptiveManifest,
    ModeRecord,
    SegmentRecord,
    part_name,
)
from codecpipe.adaptive.trial import Bench, Trial
from codecpipe.codec import Codec
from codecpipe.cpv.records import weights_records
from codecpipe.encoding import Encoded
from codecpipe.enhancer import Enhancer
from codecpipe.errors import InputError
from codecpipe.job import FrameSource
from codecpipe.programs.process import Limits
from codecpipe.programs.times import Times
from codecpipe.streams import StreamStore

NEIGHBOUR_QP = 2
"""How far the anchor's rate points are from each other that give the price of a bit."""
NO_SLOPE = (
    "more bits do not make the anchor better at this QP, so that bits have no price:"
    " all GOPs stay with the anchor"
)
UNCHECKED = "the modes were chosen in the fast way: whether they gain was not checked"


@dataclass(frozen=True)
class AdaptiveEncoded:
    """The written file, its manifest, and the times of its making."""

    path: Path
    manifest: AdaptiveManifest
    container_bytes: int
    times: Times
    """Here "encode" has all encodes that were made to decide, "decide" their restoring."""
    logs: Mapping[str, str]
    """The encoders' messages by mode and stream, and ``decision``: the choice explained."""
    choices: tuple[int, ...]
    """A mode index for each GOP."""


@dataclass(frozen=True)
class _Coded:
    """The parts of a file, ready to be written."""

    choices: tuple[int, ...]
    parts: tuple[Encoded, ...]
    notes: tuple[str, ...] = ()


def encode_adaptive(
    source: FrameSource,
    codec: Codec,
    job: AdaptiveJob,
    enhancer: Enhancer,
    out: Path,
    *,
    work_dir: Path | None = None,
    limits: Limits | None = None,
    store: StreamStore | None = None,
) -> AdaptiveEncoded:
    """Choose a mode for each GOP, code the source so, and write ``out``, whole or not at all.

    Each candidate is coded over the whole sequence, decoded, restored by ``enhancer`` and measured.
    The cheapest modes by `codecpipe.adaptive.decide` (those of enough bits, see `rate_floor` there)
    are coded and measured as well, and written if they truly cost less than every mode alone;
    otherwise the best of those is written, which is the anchor's own encode where nothing is
    better. So no file costs more than the anchor's by more than the signalling, which is the same
    for all. With `job.fast` nothing of this is checked. The `store` has encodes of the whole
    sequence, see `codecpipe.encoding.encode`.

    Raises:
        InputError: the codec, the size or the depth do not allow a mode; nothing was run then.
        ToolError: a program failed.
    """
    job.check(codec, source.fmt)
    with tempfile.TemporaryDirectory(prefix="codecpipe-", dir=work_dir) as folder:
        bench = Bench(
            source=source,
            job=job,
            codec=codec,
            enhancer=enhancer,
            folder=Path(folder).resolve(),
            limits=limits or Limits(),
            store=store,
        )
        coded = _fast(bench) if job.fast else _full(bench)
        manifest = _manifest(job, coded)
        paths = [part.path for part in coded.parts]
        size = write_adaptive(out, manifest, choices=coded.choices, parts=paths)
    return AdaptiveEncoded(
        path=out,
        manifest=manifest,
        container_bytes=size - manifest.stream_bytes,
        times=bench.times,
        logs=bench.logs,
        choices=coded.choices,
    )


def _full(bench: Bench) -> _Coded:
    job = bench.job
    trials = [bench.try_out(job.whole(mode), _file_label(mode.label)) for mode in job.modes]
    curve = _anchor_curve(bench, trials[0])
    lambda_ = slope(list(curve.values()))
    ranges = gop_ranges(job.frames, job.layout.gop)
    if lambda_ is None:
        bench.logs["decision"] = NO_SLOPE
        return _Coded((0,) * len(ranges), (trials[0].encoded,), (NO_SLOPE,))
    fine, coarse = min(curve), max(curve)
    floor = rate_floor(curve[coarse], curve[fine], coarse - fine)

    def costs_over(frames: range) -> tuple[float, ...]:
        points = [trial.over(frames) for trial in trials]
        costs = [rd_cost(point, lambda_) for point in points]
        return floored(costs, [point.bits for point in points], floor=floor, exempt=(0, best))

    single = [rd_cost(trial.total, lambda_) for trial in trials]
    best = min(range(len(single)), key=lambda mode: single[mode])
    costs = [costs_over(gop) for gop in ranges]
    starts = [0.0] * len(trials)
    if len(ranges) > 1:
        starts = [
            lambda_ * bench.start_bits(job.whole(mode), trial.encoded.manifest)
            for mode, trial in zip(job.modes, trials, strict=True)
        ]
    choices = cheapest(costs, starts)
    coded, mixed = _Coded((best,) * len(ranges), (trials[best].encoded,)), None
    if len(set(choices)) > 1:
        parts = [
            bench.try_out(job.part(segment), _segment_label(job, segment), segment.first)
            for segment in segments_of(choices, job.frames, job.layout.gop)
        ]
        bits = sum(part.total.bits for part in parts)
        mixed = rd_cost(RatePoint(bits, sum(part.total.psnr_db for part in parts)), lambda_)
        if mixed < single[best]:
            coded = _Coded(choices, tuple(part.encoded for part in parts))
    lines = [f"lambda {lambda_:.6g} dB per bit; costs in dB against the anchor's, lower is better"]
    lines += _report(job, costs, single=single, choices=choices)
    if mixed is not None:
        lines.append(f"these choices, coded: {mixed - single[0]:+.3f}")
    lines.append(f"written: {', '.join(job.modes[choice].label for choice in coded.choices)}\n")
    bench.logs["decision"] = "\n".join(lines)
    return coded


def _fast(bench: Bench) -> _Coded:
    job, choices = bench.job, fast_choices(bench)
    parts = [
        bench.code(job.part(segment), _segment_label(job, segment), segment.first)
        for segment in segments_of(choices, job.frames, job.layout.gop)
    ]
    return _Coded(choices, tuple(parts), (UNCHECKED,))


def _anchor_curve(bench: Bench, anchor: Trial) -> dict[int, RatePoint]:
    """The anchor at this QP and the two beside it, as far as the codec has them, by QP."""
    job = bench.job
    points = {job.qp: anchor.total}
    for qp in (job.qp - NEIGHBOUR_QP, job.qp + NEIGHBOUR_QP):
        at = job.neighbour(qp)
        try:
            at.resolved(bench.codec).check(bench.codec)
        except InputError:
            continue  # the end of the codec's range: the other neighbour says it alone
        points[qp] = bench.try_out(at, f"anchor-QP{qp}").total
    return points


def _file_label(label: str) -> str:
    return label.translate(str.maketrans(" /δ", "-_d"))


def _segment_label(job: AdaptiveJob, segment: Segment) -> str:
    return f"{_file_label(job.modes[segment.mode].label)}-from{segment.first}"


def _manifest(job: AdaptiveJob, coded: _Coded) -> AdaptiveManifest:
    manifests = [part.manifest for part in coded.parts]
    segments = segments_of(coded.choices, job.frames, job.layout.gop)
    said = chain.from_iterable(manifest.notes for manifest in manifests)
    return AdaptiveManifest(
        sequence=manifests[0].sequence.model_copy(update={"frames": job.frames}),
        layout=AdaptiveLayoutRecord(
            name="adaptive",
            config=job.config,
            qp=job.qp,
            gop=job.layout.gop,
            kernel=job.kernel,
            fast=job.fast,
            candidates=tuple(
                ModeRecord(layout=m.layout, scale=str(m.scale), delta_qp=m.delta_qp)  # type: ignore[arg-type]
                for m in job.modes
            ),
        ),
        codec=manifests[0].codec,
        segments=tuple(
            SegmentRecord(
                file=part_name(index),
                first=segment.first,
                frames=segment.frames,
                mode=segment.mode,
                stream_bytes=manifest.stream_bytes,
            )
            for index, (segment, manifest) in enumerate(zip(segments, manifests, strict=True))
        ),
        enhancer=job.enhancer,
        weights=weights_records(job.weights),
        notes=tuple(dict.fromkeys((*coded.notes, *said))),
    )


def _report(
    job: AdaptiveJob,
    costs: Sequence[Sequence[float]],
    single: Sequence[float],
    choices: Sequence[int],
) -> Iterator[str]:
    """Lines that explain the choice of each GOP by costs in dB against the anchor's."""
    labels = [mode.label for mode in job.modes]

    def shown(row: Sequence[float]) -> str:
        return ", ".join(f"{n} {c - row[0]:+.3f}" for n, c in zip(labels, row, strict=True))

    for gop, (row, choice) in enumerate(zip(costs, choices, strict=True)):
        yield f"GOP {gop}: {shown(row)}: {labels[choice]}"
    yield f"whole sequence: {shown(single)}"
