"""One network over one group of planes: features kept from frame to frame, tiles where needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from codecpipe.decoding import DecodedFrame
from codecpipe.format import Frame, Plane
from enhancers.engine.planes import padded_size, to_planes, to_tensor
from enhancers.engine.runner import RunContext, Runner
from enhancers.engine.tiles import cut_out, join_tiles, put_in
from enhancers.network_config import Group
from enhancers.window.frames import Restoration
from enhancers.window.network import WindowNetwork


class PlaneRunner(Runner[WindowNetwork]):
    """Restores a group's planes; features are made once for each frame and each key.

    `Runner.size` is that of the LR plane, padded; `hr_size` that of the restored one.
    """

    def __init__(self, network: WindowNetwork, group: Group, context: RunContext) -> None:
        size = padded_size(*context.lr_fmt.plane_shapes[0 if group == "y" else 1])
        field = network.receptive_field(context.device)
        super().__init__(network, group, context, size, field)
        self.hr_size = (self.scale * size[0], self.scale * size[1])
        self._lr: dict[int, Tensor] = {}
        self._keys: dict[int, Any] = {}

    def restore(
        self, item: Restoration, lr_of: Callable[[DecodedFrame], Frame]
    ) -> tuple[Plane, ...]:
        """The planes of a frame; ``lr_of`` gives the LR picture of a frame, also of a key."""
        features = [self._features_of(frame, lr_of) for frame in item.window]
        keys = [self._key(frame, lr_of) for frame in item.keys]
        wanted = {frame.index for frame in item.window}
        self._lr = {at: kept for at, kept in self._lr.items() if at in wanted}
        wanted = {frame.index for frame in item.keys}
        self._keys = {at: kept for at, kept in self._keys.items() if at in wanted}
        current, qp = self._lr_tensor(lr_of(item.frame)), self.qp_of(item.frame)
        restored = self._in_tiles(features, current, keys, qp)
        return to_planes(restored, self.fmt, self.group)

    def _in_tiles(
        self, features: Sequence[Tensor], current: Tensor, keys: Sequence[Any], qp: Tensor
    ) -> Tensor:
        synthesize = self.network.synthesize
        if len(self.tiles) == 1:
            return synthesize(features, current, keys, qp)
        out = torch.empty(1, current.shape[1], *self.hr_size)
        for tile in self.tiles:
            cut = [cut_out(one, tile) for one in features]
            made = synthesize(cut, cut_out(current, tile), keys, qp)
            put_in(out, made, tile.scaled(self.scale))
        return out

    def _features_of(self, frame: DecodedFrame, lr_of: Callable[[DecodedFrame], Frame]) -> Tensor:
        found = self._lr.get(frame.index)
        if found is None:
            picture, qp = self._lr_tensor(lr_of(frame)), self.qp_of(frame)
            parts = [self.network.lr_features(cut_out(picture, tile), qp) for tile in self.tiles]
            found = join_tiles(parts, self.tiles)
            self._lr[frame.index] = found
        return found

    def _key(self, frame: DecodedFrame, lr_of: Callable[[DecodedFrame], Frame]) -> Any:
        found = self._keys.get(frame.index)
        if found is None:
            # In tiles, too, but kept whole: any tile may match any part of it.
            key = self.on_device(to_tensor(frame.frame, self.fmt, self.group, self.hr_size))
            key_lr, qp = self._lr_tensor(lr_of(frame)), self.qp_of(frame)
            make = self.network.key_features
            parts = [
                make(cut_out(key, tile.scaled(self.scale)), cut_out(key_lr, tile), qp)
                for tile in self.tiles
            ]
            found = parts[0] if len(parts) == 1 else self.network.join_keys(parts, self.tiles)
            self._keys[frame.index] = found
        return found

    def _lr_tensor(self, frame: Frame) -> Tensor:
        return self.on_device(to_tensor(frame, self.lr_fmt, self.group, self.size))
