"""CRS as the pipeline sees it: decoded video in, restored video out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from codecpipe.enhancer import DecodedVideo
from codecpipe.format import Frame
from enhancers.engine.options import EngineOptions
from enhancers.weights.resolve import Resolved, resolve

if TYPE_CHECKING:
    from enhancers.crs.factory import CrsFactory
    from enhancers.engine.loop import Clock


@dataclass
class Used:
    """What restoring was done with, for whoever asked for it: filled while it is done.

    ``weights``: SHA-256 by name. ``place``: device and precision. ``tiles``: by group of planes,
    how many a frame was cut into. ``wall_s``, ``cpu_s``: in the network.
    """

    weights: dict[str, str] = field(default_factory=dict)
    place: str = ""
    tiles: dict[str, int] = field(default_factory=dict)
    frames: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0

    def add(self, clock: Clock) -> None:
        """Count what one part of the video took."""
        self.frames += clock.frames
        self.wall_s += clock.wall_s
        self.cpu_s += clock.cpu_s


class CrsEnhancer:
    """Restores LR frames from their neighbours and key frames by a luma and a chroma network.

    Which weights is known when there is a video: they depend on its codec, configuration and scale.

    Args:
        name: its name in results.
        factory: says which variant.
        without: parts left out; the weights must have been trained without them.
        weights: a name of the registry, or the path of a file; empty: those that fit the video.
        options: device, precision, tiles.
    """

    def __init__(
        self,
        name: str,
        factory: CrsFactory,
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
        found = self.resolve(video)
        from enhancers.crs.restoring import restore  # noqa: PLC0415  (loads torch)

        return restore(video, found, self.options, self.used, self.name)

    def resolve(self, video: DecodedVideo) -> Resolved:
        """The weights for a video.

        Raises:
            InputError: see `enhancers.weights.resolve.resolve`.
        """
        scale = next((s for s in video.scales if s != 1), Fraction(1))
        return resolve(
            self.factory.wanted(
                without=self.without,
                weights=self.weights,
                codec=video.codec,
                config=video.config.value,
                scale=scale,
                layout=video.layout,
            )
        )
