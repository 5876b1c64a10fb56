"""CRS as the pipeline sees it: decoded video in, restored video out."""

from collections.abc import Iterator
from dataclasses import dataclass

from codecpipe.enhancer import DecodedVideo
from codecpipe.format import Frame
from enhancers.crs.config import PARTS
from enhancers.engine.method import NetworkEnhancer, NetworkFactory
from enhancers.weights.resolve import Resolved


class CrsEnhancer(NetworkEnhancer):
    """Restores LR frames from their neighbours and key frames by a luma and a chroma network."""

    def _restored(self, video: DecodedVideo, weights: Resolved) -> Iterator[Frame]:
        from enhancers.crs.restore import restore  # noqa: PLC0415  (loads torch)

        return restore(video, weights, self.options, self.used, self.name)


METHOD = "crs"


@dataclass(frozen=True)
class CrsFactory(NetworkFactory):
    """Makes `CrsEnhancer`."""

    enhancer = CrsEnhancer
    method = METHOD
    parts = PARTS
    keys_part = "TCN"
