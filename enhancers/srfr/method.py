"""SRFR as the pipeline sees it: decoded video in, restored video out."""

from collections.abc import Iterator
from dataclasses import dataclass

from codecpipe.enhancer import DecodedVideo
from codecpipe.format import Frame
from enhancers.engine.method import NetworkEnhancer, NetworkFactory
from enhancers.srfr.config import PARTS
from enhancers.weights.resolve import Resolved


class SrfrEnhancer(NetworkEnhancer):
    """Restores the frames between boundaries, the middle one first, then the others with it."""

    def _restored(self, video: DecodedVideo, weights: Resolved) -> Iterator[Frame]:
        from enhancers.srfr.restore import restore  # noqa: PLC0415  (loads torch)

        return restore(video, weights, self.options, self.used, self.name)


METHOD = "srfr"


@dataclass(frozen=True)
class SrfrFactory(NetworkFactory):
    """Makes `SrfrEnhancer`."""

    enhancer = SrfrEnhancer
    method = METHOD
    parts = PARTS
