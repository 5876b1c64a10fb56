"""Networks as the pipeline sees them: decoded video in, restored video out. Light: no torch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from codecpipe.enhancer import DecodedVideo
from codecpipe.format import Frame
from codecpipe.video.resample import Filter
from enhancers.engine.options import EngineOptions
from enhancers.engine.used import Used
from enhancers.weights.resolve import Resolved, Wanted, resolve

if TYPE_CHECKING:
    pass


class NetworkEnhancer(ABC):
    """Restores LR frames by the networks of a weights file; a method says how.

    Which weights is known when there is a video: they depend on its codec, configuration and scale.

    Args:
        name: its name in results.
        factory: says which method and variant.
        without: parts left out; the weights must have been trained without them.
        weights: a name of the registry, or the path of a file; empty: those that fit the video.
        options: device, precision, tiles.
    """

    def __init__(
        self,
        name: str,
        factory: NetworkFactory,
        without: tuple[str, ...] = (),
        weights: str = "",
        options: EngineOptions | None = None,
    ) -> None:
        self.name = name
        self.factory, self.without, self.weights = factory, without, weights
        self.options = options or EngineOptions()
        self.used = Used()

    def restore(self, video: DecodedVideo) -> Iterator[Frame]:
        """Restored frames of ``video.fmt`` in display order; HR frames pass through untouched.

        Raises:
            InputError: no weights fit, the video lacks key frames, or there is no such device.
        """
        # The 4x experiment of SRFR: boundaries that are down-sampled, by less than the others.
        video = video.upscaled(video.boundary_scale, Filter.BICUBIC)
        if all(scale == 1 for scale in video.scales):
            return (decoded.frame for decoded in video.frames)
        return self._restored(video, self.resolve(video))

    @abstractmethod
    def _restored(self, video: DecodedVideo, weights: Resolved) -> Iterator[Frame]:
        """The restored frames. torch is not to be loaded before this is called."""

    def resolve(self, video: DecodedVideo) -> Resolved:
        """The weights for a video.

        Raises:
            InputError: see `enhancers.weights.resolve.resolve`.
        """
        return resolve(
            self.factory.wanted(
                without=self.without,
                weights=self.weights,
                codec=video.codec,
                config=video.config.value,
                scale=max(video.scales),
                layout=video.layout,
            )
        )


@dataclass(frozen=True)
class NetworkFactory:
    """What the registry of enhancers knows of a method; see `enhancers.names.WeightedFactory`.

    ``variant``: of the network, None for the best that there is. Methods are subclasses that set
    the rest. ``keys_part``: the only part that needs key frames; None: the whole network does.
    """

    variant: str | None = None
    enhancer: ClassVar[type[NetworkEnhancer]]
    method: ClassVar[str]
    parts: ClassVar[tuple[str, ...]]
    keys_part: ClassVar[str | None] = None
    wants_gpu: ClassVar[bool] = True

    def weighted(
        self, *, name: str, without: tuple[str, ...], weights: str, options: EngineOptions
    ) -> NetworkEnhancer:
        """See `enhancers.names.WeightedFactory`."""
        return self.enhancer(name, self, without, weights, options)

    def wanted(
        self,
        *,
        without: tuple[str, ...],
        weights: str,
        codec: str,
        config: str,
        scale: Fraction,
        layout: str,
    ) -> Wanted:
        """See `enhancers.names.WeightedFactory`."""
        video = (codec, config, scale, layout)
        return Wanted(self.method, self.variant, weights, without, *video, self.keys_part)
