"""Restoration by a filter alone, all planes: what every network has to beat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from codecpipe.enhancer import DecodedVideo
from codecpipe.format import Frame
from codecpipe.video.resample import Filter


@dataclass(frozen=True)
class Interpolation:
    """Frames below source size scaled up by swscale; HR frames untouched."""

    kernel: Filter

    @property
    def name(self) -> str:
        """The filter's name."""
        return self.kernel.value

    def restore(self, video: DecodedVideo) -> Iterator[Frame]:
        """Restored frames, a few in flight at a time."""
        for scale in sorted(set(video.scales)):
            video = video.upscaled(scale, self.kernel)
        for decoded in video.frames:
            yield decoded.frame
