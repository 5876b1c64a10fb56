"""One network over one group of planes: features kept from frame to frame, tiles where needed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from codecpipe.decoding import DecodedFrame
from codecpipe.format import Frame, Plane
from enhancers.engine.device import Place
from enhancers.engine.memory import MemoryModel
from enhancers.engine.planes import Group, Sizes, padded_size, to_planes, to_tensor
from enhancers.engine.tiles import Extent, choose_tiles, cut_out, put_in
from enhancers.window.frames import Restoration, WindowPlan
from enhancers.window.network import WindowNetwork


@dataclass(frozen=True)
class NetworkFacts:
    """What the engine must know of a network besides its three steps.

    ``scale``: k. ``window``: what it looks at. ``halo``: LR samples around a tile that its result
    depends on. ``grid``: of LR samples that its strides and poolings divide. ``memory``: see there.
    """

    scale: int
    window: WindowPlan
    halo: int
    grid: int
    memory: MemoryModel


class PlaneRunner:
    """Restores a group's planes; features are made once for each frame and each key.

    Args:
        network: on the device of ``place``, in its memory format.
        facts: of the network.
        group: which planes.
        sizes: of the video.
        place: where it runs.
        tile: see `enhancers.engine.options.EngineOptions`.
        free: bytes of memory that there are, for ``tile="auto"``.
    """

    def __init__(
        self,
        network: WindowNetwork,
        facts: NetworkFacts,
        group: Group,
        sizes: Sizes,
        place: Place,
        tile: int | Literal["auto"] | None,
        free: int,
    ) -> None:
        self.network, self.facts, self.group, self.place = network, facts, group, place
        self.sizes = sizes
        plane = sizes.lr_fmt.plane_shapes[0 if group == "y" else 1]
        self.lr_size = padded_size(*plane)
        self.hr_size = (facts.scale * self.lr_size[0], facts.scale * self.lr_size[1])
        extent = Extent(facts.scale, facts.halo, facts.grid, facts.memory)
        self.tiles = choose_tiles(self.lr_size, extent, group, tile, free)
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
        current, qp = self._lr_tensor(lr_of(item.frame)), self._qp(item.frame)
        restored = self._in_tiles(features, current, keys, qp)
        return to_planes(restored, self.sizes.fmt, self.group)

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
            put_in(out, made, tile.scaled(self.facts.scale))
        return out

    def _features_of(self, frame: DecodedFrame, lr_of: Callable[[DecodedFrame], Frame]) -> Tensor:
        found = self._lr.get(frame.index)
        if found is None:
            picture, qp = self._lr_tensor(lr_of(frame)), self._qp(frame)
            parts = [self.network.lr_features(cut_out(picture, tile), qp) for tile in self.tiles]
            found = self._joined(parts, 1)
            self._lr[frame.index] = found
        return found

    def _key(self, frame: DecodedFrame, lr_of: Callable[[DecodedFrame], Frame]) -> Any:
        found = self._keys.get(frame.index)
        if found is None:
            # In tiles, too, but kept whole: any tile may match any place of it.
            key = self._on_device(to_tensor(frame.frame, self.sizes.fmt, self.group, self.hr_size))
            key_lr, qp = self._lr_tensor(lr_of(frame)), self._qp(frame)
            make = self.network.key_features
            parts = [
                make(cut_out(key, tile.scaled(self.facts.scale)), cut_out(key_lr, tile), qp)
                for tile in self.tiles
            ]
            found = self._joined_key(parts)
            self._keys[frame.index] = found
        return found

    def _joined_key(self, parts: list[Any]) -> Any:
        if len(parts) == 1:
            return parts[0]
        k = self.facts.scale
        values = tuple(
            self._joined([part.values[at] for part in parts], k, down)
            for at, down in enumerate((1, 2, 4))
        )
        search = self._joined([part.search for part in parts], k, 4)
        return type(parts[0])(values=values, search=search)

    def _joined(self, parts: list[Tensor], to: int, of: int = 1) -> Tensor:
        """The tiles' maps as one, whose sides are ``to`` / ``of`` times those of the LR plane."""
        if len(parts) == 1:
            return parts[0]
        size = [side * to // of for side in self.lr_size]
        out = parts[0].new_empty(1, parts[0].shape[1], *size)
        for part, tile in zip(parts, self.tiles, strict=True):
            put_in(out, part, tile.scaled(to, of))
        return out

    def _lr_tensor(self, frame: Frame) -> Tensor:
        return self._on_device(to_tensor(frame, self.sizes.lr_fmt, self.group, self.lr_size))

    def _on_device(self, picture: Tensor) -> Tensor:
        return picture.to(self.place.device, memory_format=self.place.memory_format)

    def _qp(self, frame: DecodedFrame) -> Tensor:
        return torch.tensor([float(frame.qp)], device=self.place.device)
