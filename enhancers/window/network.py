"""A network that restores a frame from a window of LR frames and from key frames."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

from torch import Tensor, nn

from enhancers.engine.device import Device
from enhancers.engine.tiles import ReceptiveField, Tile
from enhancers.window.config import WindowConfig


class WindowNetwork(nn.Module, ABC):
    """Restores the current one of T LR frames with the help of the others and of K key frames.

    It comes in three steps, so that what does not change between pictures is computed once:
    `lr_features` for each LR frame, `key_features` for each key, `synthesize` for each picture.
    Without overrides the pictures are their own features, and there are no keys.

    B: batch size, C: planes, F: channels; H, W: the restored size; h, w = H/k, W/k.
    """

    def __init__(self, config: WindowConfig) -> None:
        super().__init__()
        self.config = config

    @abstractmethod
    def receptive_field(self, device: Device) -> ReceptiveField:
        """How pictures can be cut into tiles: in LR samples, with k as the scale."""

    def lr_features(self, lr: Tensor, qp: Tensor) -> Tensor:
        """Features [B, F, h, w] of LR pictures [B, C, h, w] coded at ``qp`` [B]."""
        del qp
        return lr

    def key_features(self, key: Tensor, key_lr: Tensor, qp: Tensor) -> Any:
        """Features of keys [B, C, H, W] with their LR pictures [B, C, h, w], coded at ``qp`` [B].

        A network that looks at no keys has none.
        """
        raise ValueError(f"{type(self).__name__} has no features of keys")

    def join_keys(self, parts: Sequence[Any], tiles: Sequence[Tile]) -> Any:
        """The features of a whole key, of those that were made of its ``tiles`` (in LR samples)."""
        raise ValueError(f"{type(self).__name__} has no features of keys")

    @abstractmethod
    def synthesize(
        self, features: Sequence[Tensor], current: Tensor, keys: Sequence[Any], qp: Tensor
    ) -> Tensor:
        """The restored pictures [B, C, H, W], not clamped.

        Args:
            features: `lr_features` of the T frames of the window, in display order.
            current: the frames to restore [B, C, h, w].
            keys: `key_features` of the K keys, in display order.
            qp: of the frames to restore [B].
        """

    def forward(
        self, lr: Tensor, keys: Tensor, keys_lr: Tensor, qp: Tensor, key_qp: Tensor
    ) -> Tensor:
        """The restored pictures [B, C, H, W], not clamped: the three steps in one, for training.

        Args:
            lr: LR frames [B, T, C, h, w], in display order.
            keys: key frames [B, K, C, Hk, Wk]; ignored by a network that looks at none.
            keys_lr: their LR pictures [B, K, C, Hk/k, Wk/k].
            qp: of the LR frames [B, T].
            key_qp: of the keys [B, K].
        """
        current, window = self.config.current, self.config.window
        if lr.shape[1] != window:
            raise ValueError(f"{lr.shape[1]} LR frames where the window has {window}")
        features = self.lr_features(lr.flatten(0, 1), qp.flatten())  # all at once is faster
        frames = features.view(*lr.shape[:2], *features.shape[1:]).unbind(1)
        found = [
            self.key_features(keys[:, at], keys_lr[:, at], key_qp[:, at])
            for at in range(keys.shape[1] if self.config.used_keys else 0)
        ]
        return self.synthesize(frames, lr[:, current], found, qp[:, current])

    def compiled_parts(self) -> Iterable[nn.Module]:
        """The modules that ``--compile`` compiles."""
        return self.children()
