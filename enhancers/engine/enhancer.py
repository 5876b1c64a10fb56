"""Networks as the pipeline sees them: decoded video in, restored video out. Light: no torch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from codecpipe.enhancer import DecodedVideo
from codecpipe.format import Frame
from codecpipe.video.resample import Filter
from enhancers.engine.method import Method
from enhancers.engine.options import EngineOptions
from enhancers.engine.stats import RestoreStats
from enhancers.weights.resolve import WeightsFile


class NetworkEnhancer:
    """Restores LR frames by the networks of a weights file.

    Which weights is known when there is a video: they depend on its codec, configuration and scale.

    Args:
        name: its name in results.
        method: whose networks.
        variant: None for the best that there is.
        without: parts left out; the weights must have been trained without them.
        weights: a name of the registry, or the path of a file; empty: those that fit the video.
        options: device, precision, tiles.
    """

    def __init__(
        self,
        name: str,
        method: Method[Any],
        *,
        variant: str | None = None,
        without: tuple[str, ...] = (),
        weights: str = "",
        options: EngineOptions | None = None,
    ) -> None:
        self.name = name
        self.method, self.variant, self.without, self.weights = method, variant, without, weights
        self.options = options or EngineOptions()
        self.stats = RestoreStats()

    def restore(self, video: DecodedVideo) -> Iterator[Frame]:
        """Restored frames of ``video.fmt`` in display order; HR frames pass through untouched.

        Raises:
            InputError: no weights fit, the video lacks key frames, or there is no such device.
        """
        # Boundaries may be down-sampled, too, by less than the other frames.
        video = video.upscaled(video.boundary_scale, Filter.BICUBIC)
        if all(scale == 1 for scale in video.scales):
            return (decoded.frame for decoded in video.frames)
        weights = self.resolve(video)
        from enhancers.engine.restore import restore  # noqa: PLC0415  (loads torch)

        return restore(self.method, video, weights, self.options, self.stats, self.name)

    def resolve(self, video: DecodedVideo) -> WeightsFile:
        """The weights for a video.

        Raises:
            InputError: see `enhancers.engine.method.Method.weights_for`.
        """
        return self.method.weights_for(
            variant=self.variant,
            named=self.weights,
            without=self.without,
            codec=video.codec,
            config=video.config.value,
            scale=max(video.scales),
            layout=video.layout,
        )
