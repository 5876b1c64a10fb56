"""An SRFR weights file brought to life: its networks, and the recurrence around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import cast

import torch

from codecpipe.decoding import DecodedFrame
from codecpipe.enhancer import DecodedVideo
from codecpipe.errors import InputError
from codecpipe.format import Frame, Plane
from enhancers.engine.clock import Clock, clocked
from enhancers.engine.device import Place, choose_place, computing
from enhancers.engine.loading import compile_errors, load_network
from enhancers.engine.memory import free_bytes
from enhancers.engine.options import EngineOptions
from enhancers.engine.planes import Group, Sizes, join
from enhancers.engine.used import Used
from enhancers.srfr.config import SrfrConfig
from enhancers.srfr.network import Srfr
from enhancers.srfr.order import Call
from enhancers.srfr.recurrence import recur
from enhancers.srfr.runner import Picture, Restored, SrfrRunner
from enhancers.weights.file import read_weights
from enhancers.weights.resolve import Resolved


def restore(
    video: DecodedVideo, weights: Resolved, options: EngineOptions, used: Used, name: str
) -> Iterator[Frame]:
    """The restored video; ``used`` is filled with what it was done with.

    Memory does not grow with the number of frames: the LR frames of one group are held as they were
    decoded, its boundaries and its restored middle as pictures of source size.

    Raises:
        InputError: the weights are no SRFR networks, the video lacks boundary frames, or there is
            no such device.
        ToolError: torch.compile failed.
    """
    assert video.lr_fmt is not None
    place = choose_place(options)
    networks = load_networks(weights, place, compiled=options.compile)
    check_boundaries(video.scales, name)
    free, sizes = free_bytes(place.device), Sizes(video.fmt, video.lr_fmt)
    runners = [
        SrfrRunner(network, group, sizes, place, options.tile, free)
        for group, network in networks.items()
    ]
    with (
        clocked(video, weights, runners, place, used, name) as clock,
        compile_errors(compiled=options.compile),
    ):
        yield from restore_video(video, runners, place, clock)


def restore_video(
    video: DecodedVideo, runners: Sequence[SrfrRunner], place: Place, clock: Clock
) -> Iterator[Frame]:
    """Restored frames of ``video.fmt`` in display order; boundary frames pass untouched."""

    def network(_call: Call, a: Picture, b: Picture, c: Picture) -> Picture:
        assert isinstance(c, DecodedFrame)
        with clock, computing(place):
            made = {runner.group: runner.restore(a, b, c) for runner in runners}
            if place.is_cuda:
                torch.cuda.synchronize(place.device)
        clock.frames += 1
        return Restored(c, made)

    boundaries = [scale == 1 for scale in video.scales]
    frames: Iterator[Picture] = video.frames
    for _, picture in recur(frames, boundaries, network):
        if isinstance(picture, Restored):
            yield _joined(picture, runners, place, clock)
        else:
            yield picture.frame


def _joined(restored: Restored, runners: Sequence[SrfrRunner], place: Place, clock: Clock) -> Frame:
    planes: dict[Group, tuple[Plane, ...]] = {}
    with clock, computing(place):
        for runner in runners:
            planes |= runner.planes(restored)
    return join(planes)


def check_boundaries(scales: Sequence[Fraction], name: str) -> None:
    """Refuse a video without frames of source size.

    Raises:
        InputError: there are none.
    """
    if all(scale != 1 for scale in scales):
        raise InputError(
            f"{name} needs boundary frames at full size, and this video has none: code it in layout"
            " tds or crs"
        )


def load_networks(weights: Resolved, place: Place, *, compiled: bool = False) -> dict[Group, Srfr]:
    """The networks of a weights file on a device, ready to run: of y and uv, or of rgb.

    Raises:
        InputError: the file is not what its metadata say.
    """
    tensors, meta = read_weights(weights.path)
    networks: dict[Group, Srfr] = {}
    for group, config in cast("Mapping[Group, Mapping[str, object]]", meta.configs).items():
        network = Srfr(SrfrConfig.from_dict(config))
        networks[group] = load_network(network, tensors, group, weights.name, place)
        if compiled:
            for part in (network.features, network.align, network.fusion, network.reconstruct):
                part.compile()
    return networks
