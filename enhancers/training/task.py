"""The interface between training and a method: all that depends on the network and its inputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from codecpipe.errors import InputError
from enhancers.engine.method import Method, loaded
from enhancers.network_config import NetworkConfig
from enhancers.training.patches import Floats
from enhancers.training.plan import Planes, TrainingPlan
from enhancers.training.selection import Selection
from enhancers.training.starting import load_all
from enhancers.training.validation import ValidationFrame

Forward = Callable[..., Tensor]
"""A network, called with its tensors wherever they are; the result is on the CPU."""
Stop = Callable[[], bool]
"""Whether validation shall end before it is done."""


@dataclass(frozen=True)
class Freezing:
    """Weights that are not trained, always or at first."""

    always: tuple[nn.Parameter, ...] = ()
    """Never trained."""
    early: tuple[nn.Parameter, ...] = ()
    """Trained from step `thaw_at` on."""
    thaw_at: int = 0

    def apply(self, step: int, world: int) -> None:
        """Have gradients computed for what trains at ``step``.

        Several processes agree once on what has gradients: there those of `early` are computed
        from the start, and `drop` keeps them from being used.
        """
        for weights in self.always:
            weights.requires_grad_(False)
        for weights in self.early:
            weights.requires_grad_(world > 1 or step >= self.thaw_at)

    def drop(self, step: int) -> None:
        """Forget the gradients of what does not train at ``step``, after they were computed."""
        if step < self.thaw_at:
            for weights in self.early:
                weights.grad = None


@dataclass(frozen=True)
class TrainingTask(ABC):
    """One network of a plan: what it is, what it is trained with, how it is judged."""

    method: Method[Any]
    plan: TrainingPlan
    planes: Planes
    selection: Selection
    config: NetworkConfig
    """The configuration that the network is made with."""
    validation: tuple[ValidationFrame, ...]
    """The held-out pictures, in the order that `errors` gives them; items together."""

    def network(self) -> nn.Module:
        """A new one."""
        made: nn.Module = loaded(self.method.network)(self.config)
        return made

    def start_from(self, network: nn.Module, weights: str) -> str:
        """Take over the weights of a file; what was done, in words, empty if it is all of them.

        Raises:
            InputError: the file does not go with this network.
        """
        load_all(network, Path(weights), self.planes)
        return ""

    def freezing(self, network: nn.Module) -> Freezing:
        """The parts of a network that do not train."""
        del network
        return Freezing()

    @abstractmethod
    def sample(self, number: int) -> tuple[Floats, ...]:
        """Sample ``number`` of a run: it depends on the plan's seed and on nothing else."""

    @abstractmethod
    def loss(self, network: nn.Module, batch: Any, step: int) -> Tensor:
        """The loss of a batch, with gradients; ``step``: of the run, the first is 0."""

    def groups(self) -> list[list[ValidationFrame]]:
        """The frames of `validation` in groups that are restored together."""
        return [[frame] for frame in self.validation]

    @abstractmethod
    def group_errors(
        self, frames: Sequence[ValidationFrame], forward: Forward, stop: Stop
    ) -> list[float] | None:
        """Mean squared error of each frame of a group, as a receiver would show it.

        None if ``stop`` said so.
        """

    def errors(self, forward: Forward, rank: int, world: int, stop: Stop) -> list[float] | None:
        """Mean squared error of each picture of `validation`; None if ``stop`` said so.

        Process ``rank`` of ``world`` does its share; the others' are 0.
        """
        errors: list[float] = []
        for at, frames in enumerate(self.groups()):
            found: list[float] | None = [0.0] * len(frames)
            if at % world == rank:
                found = self.group_errors(frames, forward, stop)
            if found is None:
                return None
            errors += found
        return errors


@dataclass(frozen=True)
class TrainingKind(ABC):
    """How the networks of a method are trained: makes the `TrainingTask` of each."""

    method: Method[Any]

    @abstractmethod
    def check(self, plan: TrainingPlan, selection: Selection) -> None:
        """Refuse, with an `InputError`, items that cannot be trained on together."""

    @abstractmethod
    def make(self, plan: TrainingPlan, planes: Planes, selection: Selection) -> TrainingTask:
        """The task of one network; an `InputError` says what of the plan does not fit."""


def training_kind(method: Method[Any]) -> TrainingKind:
    """How a method's networks are trained. Loads its code, and torch."""
    kind: TrainingKind = loaded(method.training)(method)
    return kind


def network_config(method: Method[Any], plan: TrainingPlan, set_by_data: Mapping[str, Any]) -> Any:
    """The plan's variant with the plan's changes, and with what data and planes determine.

    Raises:
        InputError: there is no such option, or data and planes determine it.
    """
    fixed = [key for key in set_by_data if key in plan.network]
    if fixed:
        raise InputError(
            f"'network.{fixed[0]}' follows from the datasets and 'planes': take it out of 'network'"
        )
    return method.config(plan.variant, **set_by_data, **plan.network)
