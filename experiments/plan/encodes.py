"""From an experiment to its rate points: what to encode, what to restore, and under which keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from pathlib import Path

import codecpipe
from codecpipe.adaptive.job import AdaptiveJob
from codecpipe.adaptive.modes import ADAPTIVE, ANCHOR
from codecpipe.codec import Codec, CodecOf, CodecOptions
from codecpipe.digest import digest
from codecpipe.errors import InputError
from codecpipe.format import VideoFormat
from codecpipe.job import EncodeJob
from codecpipe.layout import Config, LayoutOptions, make_layout
from codecpipe.programs.ffmpeg import ffmpeg_version
from codecpipe.video.resample import plan_size
from enhancers import check_enhancer, enhancer_weights
from experiments.plan.sequences import PlannedSequence, open_sequences
from experiments.spec.experiment import Experiment
from experiments.spec.parts import CodecPart, EnhancerPart, LayoutPart, gop_frames

Weights = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PlannedPoint:
    """One rate point: an encode and an enhancer ("" where there is nothing to restore)."""

    key: str
    enhancer: str
    method: str
    is_anchor: bool
    weights: Weights = ()
    """Name and SHA-256 of those that the enhancer restores with."""


@dataclass(frozen=True)
class PlannedEncode:
    """One ``.cpv`` file to write and the points that come from it."""

    key: str
    sequence: PlannedSequence
    codec: str
    codec_label: str
    job: EncodeJob
    """The job; for layout adaptive that of its anchor, under the name adaptive."""
    points: tuple[PlannedPoint, ...]
    shared: tuple[tuple[str, str], ...] = ()
    """Name and key of each of its streams that other files have too, see
    `experiments.plan.sharing`.
    """
    adaptive: AdaptiveJob | None = None

    @property
    def lr_videos(self) -> list[tuple[Fraction, str]]:
        """Scale and layout of its LR frames; of an adaptive file those of each mode."""
        if self.adaptive is None:
            return [(self.job.layout.options.scale, self.job.layout.name)]
        return [(mode.scale, mode.layout) for mode in self.adaptive.modes if mode.is_lr]


@dataclass(frozen=True)
class Cell:
    """One cell of an experiment's product of lists, which gives one file."""

    experiment: Experiment
    folder: Path
    """The experiment file's, which its paths are relative to."""
    sequence: PlannedSequence
    part: CodecPart
    codec: Codec
    config: Config
    layout: LayoutPart
    qp: int
    chooser: EnhancerPart | None
    """The enhancer by whose result layout adaptive chooses its modes; None for other layouts."""


def plan(experiment: Experiment, folder: Path, codec_of: CodecOf) -> tuple[PlannedEncode, ...]:
    """All encodes of an experiment; nothing is coded, but everything is checked.

    `folder` is the experiment file's, which its paths are relative to.

    Raises:
        InputError: a file is missing or unfit, a codec cannot do what is asked of it, there is no
            anchor, a name is unknown.
    """
    own = (enhancer for layout in experiment.layouts for enhancer in layout.enhancers or ())
    for enhancer in (*experiment.enhancers, *own):
        check_enhancer(str(enhancer.choice))
    planned: dict[str, PlannedEncode] = {}
    for cell in _cells(experiment, folder, codec_of):
        encode = _encode(cell)
        if encode.key in planned:
            raise InputError(
                f"'{cell.layout.label}' at QP {cell.qp} is asked for twice: remove one"
            )
        planned[encode.key] = encode
    encodes = tuple(planned.values())
    methods = {point.method for encode in encodes for point in encode.points}
    if experiment.anchor not in methods:
        raise InputError(
            f"the anchor '{experiment.anchor}' is none of the methods: choose one of"
            f" {', '.join(sorted(methods))}"
        )
    return encodes


def _cells(experiment: Experiment, folder: Path, codec_of: CodecOf) -> Iterator[Cell]:
    layouts = list(experiment.layouts)
    if experiment.anchor == "anchor" and all(part.label != "anchor" for part in layouts):
        layouts.insert(0, LayoutPart(layout="anchor"))
    sequences = open_sequences(experiment, folder)
    lists = (sequences, experiment.codecs, experiment.configs, layouts)
    for sequence, part, config, layout in product(*lists):
        # An adaptive file is made for one enhancer, any other for all of them.
        choosers = _enhancers(experiment, layout) if layout.layout == ADAPTIVE else (None,)
        for qp, chooser in product(layout.qps or part.qps or experiment.qps, choosers):
            yield Cell(
                experiment=experiment,
                folder=folder,
                sequence=sequence,
                part=part,
                codec=codec_of(part.codec),
                config=config,
                layout=layout,
                qp=qp,
                chooser=chooser,
            )


def _enhancers(experiment: Experiment, layout: LayoutPart) -> tuple[EnhancerPart, ...]:
    return layout.enhancers or experiment.enhancers


def _encode(cell: Cell) -> PlannedEncode:
    adaptive = _adaptive_job(cell, cell.chooser) if cell.chooser else None
    job = adaptive.whole(ANCHOR) if adaptive else _ordinary_job(cell)
    if adaptive:  # for code that only asks for the configuration
        job = replace(job, layout=replace(job.layout, name=ADAPTIVE))
    fmt = cell.sequence.source.fmt
    job.check(cell.codec)
    cell.codec.coded_depth(fmt.bit_depth)
    has_lr = any(stream.scale != 1 for stream in job.layout.streams)
    if has_lr:
        plan_size(fmt.width, fmt.height, job.layout.options.scale)
    encode = PlannedEncode(
        key=_key(cell, job, adaptive=adaptive, has_lr=has_lr),
        sequence=cell.sequence,
        codec=cell.part.codec,
        codec_label=cell.part.label,
        job=job,
        points=(),
        adaptive=adaptive,
    )
    restorers: tuple[EnhancerPart | None, ...] = (cell.chooser,)
    if has_lr and not adaptive:
        restorers = _enhancers(cell.experiment, cell.layout)
    return replace(encode, points=tuple(_point(cell, encode, one) for one in restorers))


def _options(cell: Cell) -> CodecOptions:
    source, codec = cell.sequence.source, cell.codec
    cfg = codec.cfg_for(source.name, cell.sequence.class_name, source.fmt)
    return codec.resolve(cell.part.options(cfg))


def _layout_options(cell: Cell) -> LayoutOptions:
    fps, mini_gop = cell.sequence.source.fps, cell.codec.mini_gop(cell.config)
    gop = gop_frames((cell.layout, cell.experiment), cell.config, fps, mini_gop)
    return cell.layout.options(gop)


def _ordinary_job(cell: Cell) -> EncodeJob:
    name, frames = cell.layout.layout, cell.sequence.frames
    made = make_layout(name, frames, config=cell.config, options=_layout_options(cell))
    kernel = cell.layout.kernel or cell.experiment.kernel
    return EncodeJob(layout=made, qp=cell.qp, options=_options(cell), kernel=kernel)


def _adaptive_job(cell: Cell, chooser: EnhancerPart) -> AdaptiveJob:
    fmt = cell.sequence.source.fmt
    job = AdaptiveJob(
        frames=cell.sequence.frames,
        config=cell.config,
        layout=_layout_options(cell),
        qp=cell.qp,
        modes=cell.layout.candidate_modes(fmt),
        options=_options(cell),
        kernel=cell.layout.kernel or cell.experiment.kernel,
        enhancer=str(chooser.choice.portable),
        fast=cell.layout.fast,
    )
    job.check(cell.codec, fmt)
    enhancer = str(chooser.choice.within(cell.folder))
    low = [(mode.scale, mode.layout) for mode in job.modes if mode.is_lr]
    return replace(job, weights=weights_for(enhancer, cell.codec.name, cell.config, low))


def _adaptive_key(job: AdaptiveJob) -> dict[str, object]:
    """The facts by which adaptive files of one configuration differ, as parts of a key."""
    return {
        "modes": job.modes,
        "fast": job.fast,
        "enhancer": job.enhancer,
        "kernel": job.kernel,
        "weights": [sha256 for _, sha256 in job.weights],
    }


def _key(cell: Cell, job: EncodeJob, adaptive: AdaptiveJob | None, has_lr: bool) -> str:
    sequence, source = cell.sequence, cell.sequence.source
    own = {
        "samples_sha256": source.sha256(sequence.frames),
        "sequence": sequence.name,
        "class": sequence.class_name,
        "temporal_subsample": sequence.step if sequence.step > 1 else None,
        "codec_label": cell.part.label,
        "kernel": job.kernel if has_lr else None,
        "adaptive": _adaptive_key(adaptive) if adaptive else None,
    }
    name, version = cell.codec.name, cell.codec.version()
    return digest(file_facts(job, name, version, source.fmt, source.fps) | own)


def file_facts(
    job: EncodeJob, codec: str, codec_version: str, fmt: VideoFormat, fps: Fraction
) -> dict[str, object]:
    """The facts besides the source's samples that determine a ``.cpv`` file, for its key."""
    return {
        "codecpipe": codecpipe.__version__,
        "format": fmt,
        "fps": fps,
        "frames": job.layout.frames,
        "codec": codec,
        "codec_version": codec_version,
        "ffmpeg": ffmpeg_version(),
        "codec_options": job.options,
        "layout": job.layout.name,
        "layout_options": job.layout.options,
        "config": job.layout.config,
        "qp": job.qp,
        "kernel": job.kernel,
    }


def _point(cell: Cell, encode: PlannedEncode, restorer: EnhancerPart | None) -> PlannedPoint:
    enhancer, portable, method, weights = "", "", cell.layout.label, Weights()
    if restorer:
        enhancer = str(restorer.choice.within(cell.folder))
        portable = str(restorer.choice.portable)
        method = f"{method} + {restorer.label}"
        weights = (
            encode.adaptive.weights
            if encode.adaptive
            else weights_for(enhancer, cell.codec.name, cell.config, encode.lr_videos)
        )
    facts = {
        "encode": encode.key,
        "enhancer": portable,
        "metrics": sorted(set(cell.experiment.metrics)),
        "method": method,
        "weights": [sha256 for _, sha256 in weights],
    }
    return PlannedPoint(
        key=digest(facts),
        enhancer=enhancer,
        method=method,
        is_anchor=method == cell.experiment.anchor,
        weights=weights,
    )


def weights_for(
    enhancer: str, codec: str, config: Config, videos: Sequence[tuple[Fraction, str]]
) -> Weights:
    """Weights for LR frames of these scales and layouts, each once; none for a filter.

    Raises:
        InputError: none fit.
    """
    found = (
        enhancer_weights(enhancer, codec, config=config.value, scale=scale, layout=layout)
        for scale, layout in videos
    )
    return tuple(dict.fromkeys((one.name, one.sha256) for one in found if one))
