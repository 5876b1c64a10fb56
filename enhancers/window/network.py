"""What the engine asks of a network that restores a frame from a window and key frames."""

from collections.abc import Sequence
from typing import Any, Protocol

from torch import Tensor


class Features(Protocol):
    """Features of a key frame, made once a key: `search` at 1/4, `values` at 1, 1/2 and 1/4."""

    @property
    def values(self) -> tuple[Tensor, ...]:
        """What is taken over, [1, F, H, W] and smaller."""
        ...

    @property
    def search(self) -> Tensor:
        """What is compared, [1, F, H/4, W/4]."""
        ...


class WindowNetwork(Protocol):
    """The three steps of a network; what the first two give can be kept from frame to frame.

    Tensors have batch size 1; C planes; H, W: the restored size, h, w = H/k, W/k; F channels.
    """

    def lr_features(self, lr: Tensor, qp: Tensor) -> Tensor:
        """Of one LR picture [1, C, h, w] with its QP [1]: [1, F, h, w]."""
        ...

    def key_features(self, key: Tensor, key_lr: Tensor, qp: Tensor) -> Any:
        """Of a key [1, C, H, W] and its LR copy [1, C, h, w] with its QP [1]: `Features`."""
        ...

    def synthesize(
        self, features: Sequence[Tensor], current: Tensor, keys: Sequence[Any], qp: Tensor
    ) -> Tensor:
        """From the window's features, the LR picture, its keys and its QP: [1, C, H, W]."""
        ...
