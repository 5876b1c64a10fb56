"""Layout adaptive in experiments: its part of the file, and the job that comes of it."""

from dataclasses import replace
from typing import Any

from codecpipe.adaptive.job import AdaptiveJob
from codecpipe.adaptive.modes import ADAPTIVE, ANCHOR
from codecpipe.codec import CodecOptions
from codecpipe.cpv.manifest import CodedPart
from codecpipe.format import VideoFormat
from codecpipe.job import EncodeJob
from codecpipe.layout import Config
from codecpipe.video.resample import Filter
from experiments.spec.parts import LayoutPart


def adaptive_job(
    part: LayoutPart,
    *,
    fmt: VideoFormat,
    frames: int,
    config: Config,
    gop: int,
    qp: int,
    options: CodecOptions,
    kernel: Filter,
    enhancer: str,
) -> AdaptiveJob:
    """The job of a layout part; ``options`` are the resolved ones.

    Raises:
        InputError: the size allows no mode.
    """
    return AdaptiveJob(
        *(frames, config, part.options(gop), qp, part.candidate_modes(fmt)),
        *(options, kernel, enhancer, part.fast),
    )


def stand_in(job: AdaptiveJob) -> EncodeJob:
    """What an adaptive job is to those who only ask for its configuration: its anchor's job."""
    whole = job.whole(ANCHOR)
    return replace(whole, layout=replace(whole.layout, name=ADAPTIVE))


def key_of(job: AdaptiveJob) -> dict[str, Any]:
    """What tells one adaptive file of the same configuration from another."""
    modes = [(mode.layout, str(mode.scale), mode.delta_qp) for mode in job.modes]
    return {"modes": modes, "fast": job.fast, "enhancer": job.enhancer, "kernel": job.kernel.value}


def encodes_in(job: AdaptiveJob) -> int:
    """About how many encodes of the whole sequence it takes, for estimates of time."""
    return 2 if job.fast else len(job.modes) + 3


def mixed_settings(parts: tuple[CodedPart, ...]) -> dict[str, Any]:
    """``scale``, ``delta_qp`` and ``lr_keys`` of a file of one or several parts.

    Of an adaptive file the largest scale in it, with its ``delta_qp``. ``lr_keys`` is ``paid`` if
    any part has paid for some.
    """
    low = [
        (float(stream.plan().scale), part.manifest.layout.delta_qp)
        for part in parts
        for stream in part.manifest.streams
        if stream.scale != "1"
    ]
    scale, delta_qp = max(low, default=(1.0, 0), key=lambda pair: pair[0])
    keys = {stream.lead_keys for part in parts for stream in part.manifest.streams}
    lr_keys = next((found for found in ("paid", "injected") if found in keys), "none")
    return {"delta_qp": delta_qp, "scale": scale, "lr_keys": lr_keys}
