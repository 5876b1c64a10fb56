"""Networks with a window in the pipeline: key frames pass, all others are restored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from codecpipe.decoding import DecodedFrame
from codecpipe.enhancer import DecodedVideo
from codecpipe.format import Frame
from codecpipe.video.resample import downsample
from enhancers.engine.clock import Clock
from enhancers.engine.planes import join
from enhancers.engine.restore import Restoring
from enhancers.window.frames import Restoration, check_first_key, restorations
from enhancers.window.runner import PlaneRunner


def restore_video(
    video: DecodedVideo, runners: Sequence[PlaneRunner], clock: Clock
) -> Iterator[Frame]:
    """Restored frames of ``video.fmt`` in display order; HR frames pass through untouched.

    ``runners``: one for each group of planes. Memory does not grow with the number of frames; with
    two keys it does with the frames from one key to the next, which wait for it as LR pictures.
    """
    low = _LowPictures(video)
    plan = runners[0].network.config.frames
    for item in restorations(video.frames, video.scales, plan):
        if not isinstance(item, Restoration):
            yield item.frame
            continue
        low.keep(frame.index for frame in (*item.window, *item.keys))
        with clock.running():
            planes = {runner.group: runner.restore(item, low) for runner in runners}
        clock.frames += 1
        yield join(planes)


def _check(video: DecodedVideo, runners: Sequence[PlaneRunner], name: str) -> None:
    check_first_key(video.scales, runners[0].network.config.frames, name)


WINDOW = Restoring(runner=PlaneRunner, run=restore_video, check=_check)


class _LowPictures:
    """The LR picture of each frame: of a key its LR copy, or the key scaled down as the sender did.

    Some keys have no copy: those that end a group, and all in AI. Scaling is swscale's with the
    kernel that the file names, bit-exact: just what a copy holds before it is coded.
    """

    def __init__(self, video: DecodedVideo) -> None:
        self.video = video
        self._made: dict[int, Frame] = {}

    def __call__(self, frame: DecodedFrame) -> Frame:
        if frame.scale != 1:
            return frame.frame
        if frame.lr_copy is not None:
            return frame.lr_copy
        found = self._made.get(frame.index)
        if found is None:
            video = self.video
            assert video.size_plan is not None
            (found,) = downsample(
                [frame.frame],
                video.fmt,
                video.size_plan,
                video.kernel,
                limits=video.limits,
                on_done=video.count,
            )
            self._made[frame.index] = found
        return found

    def keep(self, indices: Iterator[int]) -> None:
        """Forget what no frame will ask for again."""
        wanted = frozenset(indices)
        self._made = {at: made for at, made in self._made.items() if at in wanted}
