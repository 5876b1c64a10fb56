"""SRFR in the pipeline: the recurrence over a video, with a network for each group of planes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from codecpipe.decoding import DecodedFrame
from codecpipe.enhancer import DecodedVideo
from codecpipe.format import Frame, Plane
from enhancers.engine.clock import Clock
from enhancers.engine.planes import join
from enhancers.engine.restore import Restoring
from enhancers.network_config import Group
from enhancers.srfr.order import Call
from enhancers.srfr.recurrence import recur
from enhancers.srfr.runner import Picture, Restored, SrfrRunner


def restore_video(
    video: DecodedVideo, runners: Sequence[SrfrRunner], clock: Clock
) -> Iterator[Frame]:
    """Restored frames of ``video.fmt`` in display order; boundary frames pass untouched.

    Memory does not grow with the number of frames: the LR frames of one group are held as they were
    decoded, its boundaries and its restored middle as pictures of source size.
    """

    def network(_call: Call, a: Picture, b: Picture, c: Picture) -> Picture:
        assert isinstance(c, DecodedFrame)
        with clock.running():
            made = {runner.group: runner.restore(a, b, c) for runner in runners}
        clock.frames += 1
        return Restored(c, made)

    boundaries = [scale == 1 for scale in video.scales]
    frames: Iterator[Picture] = video.frames
    for _, picture in recur(frames, boundaries, network):
        if not isinstance(picture, Restored):
            yield picture.frame
            continue
        planes: dict[Group, tuple[Plane, ...]] = {}
        with clock.running():
            for runner in runners:
                planes |= runner.planes(picture)
        yield join(planes)


RECURRENCE = Restoring(runner=SrfrRunner, run=restore_video)
