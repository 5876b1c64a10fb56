"""What training asks of a method: all that depends on what its network is and is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from torch import Tensor, nn

    from enhancers.network_config import NetworkConfig
    from enhancers.training.data import Batch
    from enhancers.training.freezing import Freezing
    from enhancers.training.patches import Floats
    from enhancers.training.plan import Planes, TrainingPlan
    from enhancers.training.selection import Selection
    from enhancers.training.validation import Shot

Forward = Callable[..., "Tensor"]
"""A network, called with its tensors wherever they are; the result is on the CPU."""


class Method(Protocol):
    """One network of a plan: what it is, what it is trained with, how it is judged."""

    @property
    def config(self) -> NetworkConfig:
        """What the network is made with."""
        ...

    @property
    def shots(self) -> tuple[Shot, ...]:
        """The held-out pictures, in the order that `errors` gives them; items together."""
        ...

    def network(self) -> nn.Module:
        """A new one."""
        ...

    def start_from(self, network: nn.Module, weights: str) -> str:
        """Take over the weights of a file; what was done, in words, empty if it is all of them.

        Raises:
            InputError: the file does not go with this network.
        """
        ...

    def freezing(self, network: nn.Module) -> Freezing:
        """What of a network does not train."""
        ...

    def sample(self, number: int) -> tuple[Floats, ...]:
        """Sample ``number`` of a run: it depends on the plan's seed and on nothing else."""
        ...

    def batched(self, samples: Sequence[Any]) -> Batch:
        """Samples as one batch."""
        ...

    def loss(self, network: nn.Module, batch: Any, step: int) -> Tensor:
        """The loss of a batch, with gradients; ``step``: of the run, the first is 0."""
        ...

    def errors(
        self, forward: Forward, rank: int, world: int, stop: Callable[[], bool]
    ) -> list[float] | None:
        """Mean squared error of each shot, of what a receiver would show; None if ``stop`` said so.

        Process ``rank`` of ``world`` does its share; the others' are 0.
        """
        ...


class MethodKind(Protocol):
    """How a method's `Method` comes about."""

    def check(self, selection: Selection) -> None:
        """Refuse items that cannot be trained on together.

        Raises:
            InputError: says which, and what to do.
        """
        ...

    def make(self, plan: TrainingPlan, planes: Planes, selection: Selection) -> Method:
        """One network's.

        Raises:
            InputError: the plan does not fit the method or the data.
        """
        ...


def method_kind(name: str) -> MethodKind:
    """The method of a plan. Loads the one that is asked for, with its network."""
    if name == "srfr":
        from enhancers.srfr import train as srfr  # noqa: PLC0415

        return srfr.KIND
    from enhancers.crs import train as crs  # noqa: PLC0415

    return crs.KIND
