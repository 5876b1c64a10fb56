"""The runner of one group of planes: the part that is the same for all kinds of networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

import torch
from torch import Tensor, nn

from codecpipe.decoding import DecodedFrame
from codecpipe.format import VideoFormat
from enhancers.engine.device import Device
from enhancers.engine.tiles import ReceptiveField, choose_tiles
from enhancers.network_config import Group

N = TypeVar("N", bound=nn.Module)


@dataclass(frozen=True)
class RunContext:
    """The things that the runners of a video have in common."""

    fmt: VideoFormat
    """Format of restored pictures."""
    lr_fmt: VideoFormat
    device: Device
    tile: int | Literal["auto"] | None
    """See `enhancers.engine.options.EngineOptions`."""
    free: int
    """Bytes of memory that can be had, for ``tile="auto"``."""


class Runner(Generic[N]):
    """Restores the planes of one group by one network, in tiles where memory asks for it.

    ``size``: height and width of the plane that is cut into tiles, padded as the network needs it;
    ``field``: how far the network looks around a tile, and what memory it takes.
    """

    def __init__(
        self,
        network: N,
        group: Group,
        context: RunContext,
        size: tuple[int, int],
        field: ReceptiveField,
    ) -> None:
        self.network, self.group, self.size = network, group, size
        self.fmt, self.lr_fmt, self.device = context.fmt, context.lr_fmt, context.device
        self.scale = field.scale
        self.tiles = choose_tiles(size, field, group, context.tile, context.free)

    def on_device(self, picture: Tensor) -> Tensor:
        """The picture on the device, in the network's memory format."""
        return picture.to(self.device.torch_device, memory_format=self.device.memory_format)

    def qp_of(self, *frames: DecodedFrame) -> Tensor:
        """The frames' QPs on the device, [number of frames]."""
        return torch.tensor([float(frame.qp) for frame in frames], device=self.device.torch_device)
