"""The protocols between training and a method: all that depends on the network and its inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from codecpipe.errors import InputError
from enhancers.engine.method import Method, loaded
from enhancers.network_config import NetworkConfig

if TYPE_CHECKING:
    from torch import Tensor, nn

    from enhancers.training.data import Batch
    from enhancers.training.freezing import Freezing
    from enhancers.training.patches import Floats
    from enhancers.training.plan import Planes, TrainingPlan
    from enhancers.training.selection import Selection
    from enhancers.training.validation import ValidationFrame

Forward = Callable[..., "Tensor"]
"""A network, called with its tensors wherever they are; the result is on the CPU."""


class TrainingTask(Protocol):
    """One network of a plan: what it is, what it is trained with, how it is judged."""

    @property
    def config(self) -> NetworkConfig:
        """The configuration that the network is made with."""
        ...

    @property
    def validation(self) -> tuple[ValidationFrame, ...]:
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
        """The parts of a network that do not train."""
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
        """Mean squared error of each picture of `validation`, as a receiver would show it.

        Process ``rank`` of ``world`` does its share; the others' are 0. None if ``stop`` said so.
        """
        ...


class TrainingKind(Protocol):
    """How the networks of a method are trained: makes the `TrainingTask` of each."""

    @property
    def method(self) -> Method[Any]:
        """The method whose networks are trained."""
        ...

    def check(self, plan: TrainingPlan, selection: Selection) -> None:
        """Refuse items that cannot be trained on together.

        Raises:
            InputError: says which, and what to do.
        """
        ...

    def make(self, plan: TrainingPlan, planes: Planes, selection: Selection) -> TrainingTask:
        """The task of one network.

        Raises:
            InputError: the plan does not fit the method or the data.
        """
        ...


def training_kind(method: Method[Any]) -> TrainingKind:
    """How a method's networks are trained. Loads its code, and torch."""
    kind: TrainingKind = loaded(method.training)(method)
    return kind


def network_config(
    method: Method[Any], plan: TrainingPlan, set_by_data: Mapping[str, Any]
) -> NetworkConfig:
    """The plan's variant with the plan's changes, and with what data and planes determine.

    Raises:
        InputError: a change that there is not, or one to what data and planes determine.
    """
    fixed = [key for key in set_by_data if key in plan.network]
    if fixed:
        raise InputError(
            f"'network.{fixed[0]}' follows from the datasets and 'planes': take it out of 'network'"
        )
    found: NetworkConfig = method.config(plan.variant, **set_by_data, **plan.network)
    return found
