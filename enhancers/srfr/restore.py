"""SRFR in the pipeline: the recurrence over a video, with a network for each group of planes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from codecpipe.decoding import DecodedFrame
from codecpipe.enhancer import DecodedVideo
from codecpipe.format import Frame, Plane
from enhancers.engine.clock import Clock
from enhancers.engine.device import Device, inference_mode
from enhancers.engine.planes import join
from enhancers.engine.restore import Restoring
from enhancers.network_config import Group
from enhancers.srfr.order import Call
from enhancers.srfr.recurrence import recur
from enhancers.srfr.runner import Picture, Restored, SrfrRunner


def restore_video(
    video: DecodedVideo, runners: Sequence[SrfrRunner], device: Device, clock: Clock
) -> Iterator[Frame]:
    """Restored frames of ``video.fmt`` in display order; boundary frames pass untouched.

    Memory does not grow with the number of frames: the LR frames of one group are held as they were
    decoded, its boundaries and its restored middle as pictures of source size.
    """

    def network(_call: Call, a: Picture, b: Picture, c: Picture) -> Picture:
        assert isinstance(c, DecodedFrame)
        with clock, inference_mode(device):
            made = {runner.group: runner.restore(a, b, c) for runner in runners}
            if device.is_cuda:
                torch.cuda.synchronize(device.torch_device)
        clock.frames += 1
        return Restored(c, made)

    boundaries = [scale == 1 for scale in video.scales]
    frames: Iterator[Picture] = video.frames
    for _, picture in recur(frames, boundaries, network):
        if isinstance(picture, Restored):
            yield _joined(picture, runners, device, clock)
        else:
            yield picture.frame


RECURRENCE = Restoring(runner=SrfrRunner, run=restore_video)


def _joined(
    restored: Restored, runners: Sequence[SrfrRunner], device: Device, clock: Clock
) -> Frame:
    planes: dict[Group, tuple[Plane, ...]] = {}
    with clock, inference_mode(device):
        for runner in runners:
            planes |= runner.planes(restored)
    return join(planes)
