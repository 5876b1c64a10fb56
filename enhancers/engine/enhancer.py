"""Networks as the pipeline sees them: decoded video in, restored video out. Light: no torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from codecpipe.enhancer import DecodedVideo
from codecpipe.format import Frame
from codecpipe.video.resample import Filter
from enhancers.engine.method import Method
from enhancers.engine.options import EngineOptions
from enhancers.engine.stats import RestoreStats
from enhancers.weights.resolve import WeightsFile, WeightsQuery, resolve


@dataclass(frozen=True)
class NetworkEnhancer:
    """Restores LR frames by the networks of a weights file.

    Which weights is known when there is a video: they depend on its codec, configuration and scale.
    """

    name: str
    """Its name in results."""
    method: Method[Any]
    variant: str | None
    """None for the best that there is."""
    without: tuple[str, ...]
    """Parts left out; the weights must have been trained without them."""
    weights: str
    """A name of the registry, or the path of a file; empty: those that fit the video."""
    options: EngineOptions
    stats: RestoreStats = field(default_factory=RestoreStats, compare=False)

    def restore(self, video: DecodedVideo) -> Iterator[Frame]:
        """Restored frames of ``video.fmt`` in display order; HR frames pass through untouched.

        Raises:
            InputError: no weights fit, the video lacks key frames, or there is no such device.
        """
        # Boundaries may be down-sampled, too, by less than the other frames.
        video = video.upscaled(video.boundary_scale, Filter.BICUBIC)
        if all(scale == 1 for scale in video.scales):
            return (decoded.frame for decoded in video.frames)
        weights = self.weights_for(video.codec, video.config.value, max(video.scales), video.layout)
        from enhancers.engine.restore import restore  # noqa: PLC0415  (loads torch)

        return restore(self.method, video, weights, self.options, self.stats, self.name)

    def weights_for(self, codec: str, config: str, scale: Fraction, layout: str) -> WeightsFile:
        """The weights for a video of these.

        Raises:
            InputError: see `enhancers.weights.resolve.resolve`; or they need key frames, and the
                layout has none.
        """
        method = self.method
        found = resolve(
            WeightsQuery(
                method=method.name,
                variants=tuple(method.variants) if self.variant is None else (self.variant,),
                named=self.weights,
                without=self.without,
                codec=codec,
                config=config,
                scale=scale,
            )
        )
        method.check_layout(layout, found.meta.without)
        return found
