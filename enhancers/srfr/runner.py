"""One SRFR network over its planes: pictures of source size in, a restored one out, in tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from codecpipe.decoding import DecodedFrame
from codecpipe.format import Plane
from enhancers.engine.planes import PLANES, padded_size, to_planes, to_tensor
from enhancers.engine.rgb import apply_rgb, to_rgb
from enhancers.engine.runner import RunContext, Runner
from enhancers.engine.tiles import cut_out, put_in
from enhancers.layers.resize import upsample
from enhancers.network_config import Group
from enhancers.srfr.network import Srfr
from enhancers.srfr.receptive_field import receptive_field


@dataclass(frozen=True)
class Restored:
    """A restored frame, as the networks gave it."""

    source: DecodedFrame
    """The LR frame that it was made of."""
    by_group: dict[Group, Tensor]
    """Each group's planes [1, C, H, W], neither clamped nor rounded."""


Picture = DecodedFrame | Restored
"""A picture of the recurrence: a decoded frame, or a restored one."""


class SrfrRunner(Runner[Srfr]):
    """Restores a group's planes of a frame from two other pictures; `Runner.size` is theirs."""

    def __init__(self, network: Srfr, group: Group, context: RunContext) -> None:
        config = network.config
        first, *_ = PLANES.get(group, (0,))  # RGB has the size of luma
        size = padded_size(*context.fmt.plane_shapes[first], config.multiple)
        super().__init__(network, group, context, size, receptive_field(config, context.device))
        self._made: dict[int, Tensor] = {}

    def restore(self, a: Picture, b: Picture, c: DecodedFrame) -> Tensor:
        """G(A, B, C) of `enhancers.srfr.order.Call`: the restored planes of C, [1, C, H, W]."""
        frames = [one.source if isinstance(one, Restored) else one for one in (a, c, b)]
        pictures = [self._picture(one) for one in (a, c, b)]
        wanted = {frame.index for frame in frames}
        self._made = {at: kept for at, kept in self._made.items() if at in wanted}
        return self._in_tiles(pictures, self.qp_of(*frames)[None])

    def planes(self, restored: Restored) -> dict[Group, tuple[Plane, ...]]:
        """The restored planes as integer samples, those of RGB as luma and chroma."""
        picture, fmt = restored.by_group[self.group], self.fmt
        if self.group != "rgb":
            return {self.group: to_planes(picture, fmt, self.group)}
        y, uv = self._luma_and_chroma(restored.source)
        before = to_rgb(y, uv, fmt.bit_depth)
        y, uv = apply_rgb(y, uv, before, picture, fmt.bit_depth)
        return {"y": to_planes(y, fmt, "y"), "uv": to_planes(uv, fmt, "uv")}

    def _in_tiles(self, pictures: Sequence[Tensor], qp: Tensor) -> Tensor:
        if len(self.tiles) == 1:
            made: Tensor = self.network(torch.stack(list(pictures), dim=1), qp)
            return made.float()
        out = torch.empty_like(pictures[1])
        for tile in self.tiles:
            cut = torch.stack([cut_out(one, tile) for one in pictures], dim=1)
            put_in(out, self.network(cut, qp), tile)
        return out

    def _picture(self, picture: Picture) -> Tensor:
        """A picture as the network sees it; a restored frame is clamped."""
        if isinstance(picture, Restored):
            return picture.by_group[self.group].clamp(0, 1)
        found = self._made.get(picture.index)
        if found is None:
            if self.group == "rgb":
                found = to_rgb(*self._luma_and_chroma(picture), self.fmt.bit_depth)
            else:
                found = self._at_source_size(picture, self.group, self.size)
            found = found.to(memory_format=self.device.memory_format)
            self._made[picture.index] = found
        return found

    def _luma_and_chroma(self, frame: DecodedFrame) -> tuple[Tensor, Tensor]:
        half = self.size[0] // 2, self.size[1] // 2
        y = self._at_source_size(frame, "y", self.size)
        return y, self._at_source_size(frame, "uv", half)

    def _at_source_size(self, frame: DecodedFrame, group: Group, size: tuple[int, int]) -> Tensor:
        """A group's planes [1, C, *size], of an LR frame scaled up; edges are replicated."""
        fmt = self.fmt
        if frame.scale == 1:
            return to_tensor(frame.frame, fmt, group, size).to(self.device.torch_device)
        lr_fmt, shape = self.lr_fmt, PLANES[group][0]
        low = to_tensor(frame.frame, lr_fmt, group, lr_fmt.plane_shapes[shape])
        height, width = fmt.plane_shapes[shape]
        # What is beyond was made up by the sender, where the size is no multiple of k.
        high = upsample(low.to(self.device.torch_device), int(frame.scale))[..., :height, :width]
        return pad(high, (0, size[1] - width, 0, size[0] - height), mode="replicate")
