"""Core seconds that jobs will take: a rough guess at first, then by the jobs that are done."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from encoders import get_codec
from experiments.plan.encodes import PlannedEncode

MEASURE_S_PER_MEGAPIXEL = 0.06
"""Rough core seconds of decoding, restoring and measuring 10⁶ luma samples."""

START_S = 0.2
"""Core seconds of any job for starting its programs."""


@dataclass(frozen=True)
class Speed:
    """How finished jobs of one sort compare with their rough cost."""

    cost_s: float = 0.0
    """The rough cost of all of them."""
    took_s: float = 0.0
    """The core seconds that they took."""

    def plus(self, cost_s: float, took_s: float) -> Speed:
        """The speed with one more job."""
        return Speed(self.cost_s + cost_s, self.took_s + took_s)

    @property
    def ratio(self) -> float | None:
        """Seconds taken for each second of rough cost; None before the first job."""
        return self.took_s / self.cost_s if self.cost_s > 0 else None


def encode_cost_s(planned: PlannedEncode, skip: Collection[str] = ()) -> float:
    """Rough core seconds of an encode without its streams of the names ``skip``."""
    fmt = planned.sequence.source.fmt
    size = fmt.width * fmt.height / 1e6
    samples = 0.0
    for stream in planned.job.layout.streams:
        if stream.name not in skip:
            # Injection codes a stream of leads and copies as well; copies cost little.
            again = 1.3 if stream.leads and planned.job.layout.options.inject else 1.0
            samples += again * len(stream.pictures) * size / float(stream.scale) ** 2
    if (job := planned.adaptive) is not None:
        # About so many encodes of the whole sequence.
        samples = (2 if job.fast else len(job.modes) + 3) * planned.sequence.frames * size
    return START_S + samples * get_codec(planned.codec).core_s_per_megapixel


def measure_cost_s(planned: PlannedEncode) -> float:
    """Rough core seconds of decoding, restoring and measuring one of its points."""
    fmt = planned.sequence.source.fmt
    megapixels = fmt.width * fmt.height * planned.sequence.frames / 1e6
    return START_S + MEASURE_S_PER_MEGAPIXEL * megapixels


def speed_name(planned: PlannedEncode, kind: str) -> str:
    """Jobs of this name are alike in how far their rough cost is off."""
    return f"{kind} {planned.codec_label} {planned.job.layout.config}"
