"""Restoration by a filter alone, all planes: what every network has to beat."""

from collections.abc import Iterator
from dataclasses import dataclass
from queue import SimpleQueue

from codecpipe.enhancer import DecodedVideo
from codecpipe.format import Frame
from codecpipe.resample import Filter, upsample


@dataclass(frozen=True)
class Interpolation:
    """LR frames scaled up by swscale; HR frames untouched."""

    kernel: Filter

    @property
    def name(self) -> str:
        """The filter's name."""
        return self.kernel.value

    def restore(self, video: DecodedVideo) -> Iterator[Frame]:
        """Restored frames, a few in flight at a time."""
        assert video.lr_fmt is not None
        assert video.size_plan is not None
        # One thread walks through the decoded frames to feed the scaler; the HR frames that it
        # meets wait here. It can be ahead by what the scaler's pipes hold, a few frames.
        passed: SimpleQueue[Frame | None] = SimpleQueue()

        def low() -> Iterator[Frame]:
            try:
                for decoded in video.frames:
                    if decoded.scale == 1:
                        passed.put(decoded.frame)
                    else:
                        yield decoded.frame
            finally:
                passed.put(None)

        scaled = upsample(
            low(), video.lr_fmt, video.size_plan, self.kernel, video.limits, video.count
        )
        # Scaling starts with the first frame asked for, so that one is asked for first.
        first = next(scaled, None)
        for scale in video.scales:
            if scale == 1:
                frame = passed.get()
                if frame is None:
                    break
                yield frame
            elif first is not None:
                yield first
                first = None
            else:
                frame = next(scaled, None)
                if frame is None:
                    break  # too few: who asked for them counts
                yield frame
        # The end of the scaler is where its errors, and the decoder's, come out.
        for _ in scaled:
            pass
