"""From an experiment to its rate points: what to encode, what to restore, and under which keys."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import codecpipe
from codecpipe.codec import Codec, CodecOptions
from codecpipe.errors import InputError
from codecpipe.ffmpeg import ffmpeg_version
from codecpipe.job import EncodeJob
from codecpipe.layout import Config, default_gop, make_layout
from codecpipe.resample import plan_size
from experiments.schema import CodecPart, Experiment, LayoutPart
from experiments.sequences import PlannedSequence, open_sequences

CodecOf = Callable[[str], Codec]


@dataclass(frozen=True)
class PlannedPoint:
    """One rate point: an encode and an enhancer ("" where there is nothing to restore)."""

    key: str
    enhancer: str
    method: str
    is_anchor: bool


@dataclass(frozen=True)
class PlannedEncode:
    """One ``.cpv`` file to write and the points that come from it."""

    key: str
    sequence: PlannedSequence
    codec: str
    codec_label: str
    job: EncodeJob
    points: tuple[PlannedPoint, ...]


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
    for name in experiment.enhancers:
        if name not in enhancers:
            raise InputError(f"there is no enhancer '{name}': choose one of {', '.join(enhancers)}")
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
                        encode = _encode(experiment, sequence, part, codec, config, layout, qp)
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


def _encode(
    experiment: Experiment,
    sequence: PlannedSequence,
    part: CodecPart,
    codec: Codec,
    config: Config,
    layout: LayoutPart,
    qp: int,
) -> PlannedEncode:
    gop = experiment.gop
    if gop is None:
        gop = default_gop(config, sequence.source.fps, codec.mini_gop(config))
    source = sequence.source
    options = CodecOptions(
        part.preset,
        tuple((key, str(value)) for key, value in part.extra.items()),
        part.threads,
        codec.cfg_for(source.name, sequence.class_name, source.fmt),
    )
    job = EncodeJob(
        make_layout(layout.layout, sequence.frames, config, layout.options(gop)),
        qp,
        codec.resolve(options),
        experiment.kernel,
    )
    for stream in job.layout.streams:
        codec.check(job.settings(stream, job.options))
        if stream.leads and job.layout.options.inject:
            codec.check(job.settings(stream, job.options, injected=True))
    fmt = sequence.source.fmt
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
        }
    )
    enhancers = experiment.enhancers if is_lr else ("",)
    points = []
    for enhancer in enhancers:
        method = f"{layout.label} + {enhancer}" if enhancer else layout.label
        point = _key(
            {
                "encode": key,
                "enhancer": enhancer,
                "metrics": sorted(set(experiment.metrics)),
                "method": method,
            }
        )
        points.append(PlannedPoint(point, enhancer, method, method == experiment.anchor))
    return PlannedEncode(key, sequence, part.codec, part.label, job, tuple(points))


def _key(content: dict[str, object]) -> str:
    text = json.dumps(content, sort_keys=True, default=list)
    return hashlib.sha256(text.encode()).hexdigest()[:24]
