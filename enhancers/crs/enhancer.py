"""CRS as the pipeline sees it: decoded video in, restored video out."""

from collections.abc import Iterator

from codecpipe.enhancer import DecodedVideo
from codecpipe.format import Frame
from enhancers.engine.enhancer import NetworkEnhancer
from enhancers.weights.resolve import Resolved


class CrsEnhancer(NetworkEnhancer):
    """Restores LR frames from their neighbours and key frames by a luma and a chroma network."""

    def _restored(self, video: DecodedVideo, weights: Resolved) -> Iterator[Frame]:
        from enhancers.crs.restoring import restore  # noqa: PLC0415  (loads torch)

        return restore(video, weights, self.options, self.used, self.name)
