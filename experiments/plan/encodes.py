"""From an experiment to its rate points: what to encode, what to restore, and under which keys."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import codecpipe
from codecpipe.adaptive.job import AdaptiveJob
from codecpipe.adaptive.modes import ADAPTIVE
from codecpipe.codec import Codec, CodecOptions
from codecpipe.errors import InputError
from codecpipe.job import EncodeJob
from codecpipe.layout import Config, make_layout
from codecpipe.programs.ffmpeg import ffmpeg_version
from codecpipe.video.resample import plan_size
from enhancers import check_enhancer, enhancer_weights
from enhancers.names import EnhancerChoice
from experiments.plan.adaptive import adaptive_job, key_of, stand_in
from experiments.plan.sequences import PlannedSequence, open_sequences
from experiments.spec.experiment import CodecPart, EnhancerPart, Experiment, LayoutPart

CodecOf = Callable[[str], Codec]


Weights = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PlannedPoint:
    """One rate point: an encode and an enhancer ("" where there is nothing to restore).

    ``weights``: name and SHA-256 of those that the enhancer restores with.
    """

    key: str
    enhancer: str
    method: str
    is_anchor: bool
    weights: Weights = ()


@dataclass(frozen=True)
class PlannedEncode:
    """One ``.cpv`` file to write and the points that come from it.

    ``shared``: name and key of each of its streams that other files have too, see
    `experiments.plan.sharing`. ``adaptive``: the job of layout adaptive; ``job`` stands in for it.
    """

    key: str
    sequence: PlannedSequence
    codec: str
    codec_label: str
    job: EncodeJob
    points: tuple[PlannedPoint, ...]
    shared: tuple[tuple[str, str], ...] = ()
    adaptive: AdaptiveJob | None = None


def plan(
    experiment: Experiment,
    folder: Path,
    codec_of: CodecOf,
    enhancers: Sequence[str],
    cache_dir: Path | None = None,
) -> tuple[PlannedEncode, ...]:
    """All encodes of an experiment; nothing is coded, but everything is checked.

    ``folder``: of the experiment file, which its paths are relative to. ``enhancers``: the names
    that exist.

    Raises:
        InputError: a file is missing or unfit, a codec cannot do what is asked of it, there is no
            anchor, a name is unknown.
    """
    own = (enhancer for layout in experiment.layouts for enhancer in layout.enhancers or ())
    for enhancer in (*experiment.enhancers, *own):
        if (name := enhancer.choice.base) not in enhancers:
            raise InputError(f"there is no enhancer '{name}': choose one of {', '.join(enhancers)}")
        check_enhancer(str(enhancer.choice))
    layouts = list(experiment.layouts)
    if experiment.anchor == "anchor" and all(part.label != "anchor" for part in layouts):
        layouts.insert(0, LayoutPart(layout="anchor"))
    sequences = open_sequences(experiment, folder, cache_dir)
    planned: dict[str, PlannedEncode] = {}
    for sequence in sequences:
        for part in experiment.codecs:
            codec = codec_of(part.codec)
            for config in experiment.configs:
                for layout in layouts:
                    for qp in layout.qps or part.qps or experiment.qps:
                        made = _encodes(
                            experiment, folder, sequence, part, codec, config, layout, qp
                        )
                        for encode in made:
                            if encode.key in planned:
                                raise InputError(
                                    f"'{layout.label}' at QP {qp} is asked for twice: remove one"
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


def _encodes(
    experiment: Experiment,
    folder: Path,
    sequence: PlannedSequence,
    part: CodecPart,
    codec: Codec,
    config: Config,
    layout: LayoutPart,
    qp: int,
) -> list[PlannedEncode]:
    """One file for all enhancers; of layout adaptive one for each, as it chooses by its result."""
    if layout.layout != ADAPTIVE:
        return [_encode(experiment, folder, sequence, part, codec, config, layout, qp)]
    return [
        _encode(experiment, folder, sequence, part, codec, config, layout, qp, enhancer)
        for enhancer in layout.enhancers or experiment.enhancers
    ]


def _encode(
    experiment: Experiment,
    folder: Path,
    sequence: PlannedSequence,
    part: CodecPart,
    codec: Codec,
    config: Config,
    layout: LayoutPart,
    qp: int,
    enhancer: EnhancerPart | None = None,
) -> PlannedEncode:
    gop = experiment.gop_for(layout, config, sequence.source.fps, codec.mini_gop(config))
    source = sequence.source
    options = CodecOptions(
        part.preset,
        tuple((key, str(value)) for key, value in part.extra.items()),
        part.threads,
        codec.cfg_for(source.name, sequence.class_name, source.fmt),
    )
    fmt, kernel = source.fmt, layout.kernel or experiment.kernel
    adaptive, chosen_by = None, Weights()
    if enhancer is not None:
        adaptive = adaptive_job(
            layout,
            fmt=fmt,
            frames=sequence.frames,
            config=config,
            gop=gop,
            qp=qp,
            options=codec.resolve(options),
            kernel=kernel,
            enhancer=str(enhancer.choice.portable),
        )
        adaptive.check(codec, fmt)
        modes = [(mode.scale, mode.layout) for mode in adaptive.modes if mode.is_lr]
        chosen_by = weights_for(enhancer.choice.within(folder), codec, config, modes)
        adaptive = replace(adaptive, weights=chosen_by)
        job = stand_in(adaptive)
    else:
        made = make_layout(layout.layout, sequence.frames, config, layout.options(gop))
        job = EncodeJob(made, qp, codec.resolve(options), kernel)
    for stream in job.layout.streams:
        codec.check(job.settings(stream, job.options))
        if stream.leads and job.layout.options.inject:
            codec.check(job.settings(stream, job.options, injected=True))
    codec.coded_depth(fmt.bit_depth)
    is_lr = any(stream.scale != 1 for stream in job.layout.streams)
    if is_lr:
        plan_size(fmt.width, fmt.height, job.layout.options.scale)
    key = _key(
        {
            "codecpipe": codecpipe.__version__,
            "source": sequence.source.sha256(sequence.frames),
            "name": sequence.name,
            "class": sequence.class_name,
            "format": [fmt.size, fmt.pix_fmt, str(sequence.source.fps), sequence.frames],
            "codec": [codec.name, part.label, codec.version(), ffmpeg_version()],
            "options": [job.options.preset, job.options.extra, job.options.threads],
            "layout": [layout.layout, config.value, str(job.layout.options), qp],
            "kernel": job.kernel.value if is_lr else "",
            # Only where there is one: the keys of all other points stay as they were.
            **({"cfg": job.options.cfg} if job.options.cfg else {}),
            **({"temporal_subsample": sequence.step} if sequence.step > 1 else {}),
            **({"lr_offsets": layout.lr_offsets} if layout.lr_offsets else {}),
            **({"adaptive": key_of(adaptive)} if adaptive else {}),
            **({"weights": [sha256 for _, sha256 in chosen_by]} if chosen_by else {}),
        }
    )
    every = layout.enhancers or experiment.enhancers
    restorers = (enhancer,) if enhancer else every if is_lr else ()
    scale = job.layout.options.scale
    points = []
    for restorer in restorers or (None,):
        method = layout.label + (f" + {restorer.label}" if restorer else "")
        weights = chosen_by
        if restorer and not adaptive:
            where = restorer.choice.within(folder)
            weights = weights_for(where, codec, config, [(scale, job.layout.name)])
        point = _key(
            {
                "encode": key,
                "enhancer": str(restorer.choice.portable) if restorer else "",
                "metrics": sorted(set(experiment.metrics)),
                "method": method,
                **({"weights": [sha256 for _, sha256 in weights]} if weights else {}),
            }
        )
        name = str(restorer.choice.within(folder)) if restorer else ""
        points.append(PlannedPoint(point, name, method, method == experiment.anchor, weights))
    return PlannedEncode(
        *(key, sequence, part.codec, part.label, job, tuple(points)), adaptive=adaptive
    )


def weights_for(
    choice: EnhancerChoice, codec: Codec, config: Config, videos: Sequence[tuple[Fraction, str]]
) -> Weights:
    """Weights for LR frames of these scales and layouts, each once; none for a filter.

    Raises:
        InputError: none fit.
    """
    found = (
        enhancer_weights(str(choice), codec.name, config.value, scale, layout)
        for scale, layout in videos
    )
    return tuple(dict.fromkeys((one.name, one.sha256) for one in found if one))


def _key(content: dict[str, object]) -> str:
    text = json.dumps(content, sort_keys=True, default=list)
    return hashlib.sha256(text.encode()).hexdigest()[:24]
