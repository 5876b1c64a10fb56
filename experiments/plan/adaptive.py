"""Layout adaptive in experiments: its part of the file, and the job that comes of it."""

from dataclasses import replace
from typing import Any

from codecpipe.adaptive.job import AdaptiveJob
from codecpipe.adaptive.modes import ADAPTIVE, ANCHOR
from codecpipe.cpv.manifest import CodedPart
from codecpipe.job import EncodeJob


def stand_in(job: AdaptiveJob) -> EncodeJob:
    """The anchor's job under the name adaptive, for code that only asks for the configuration."""
    whole = job.whole(ANCHOR)
    return replace(whole, layout=replace(whole.layout, name=ADAPTIVE))


def key_of(job: AdaptiveJob) -> dict[str, object]:
    """The facts by which adaptive files of one configuration differ, as parts of a key."""
    return {
        "modes": job.modes,
        "fast": job.fast,
        "enhancer": job.enhancer,
        "kernel": job.kernel,
        "weights": [sha256 for _, sha256 in job.weights],
    }


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
