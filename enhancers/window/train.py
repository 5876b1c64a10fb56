"""Networks with a window in training: LR frames and keys in, one picture out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast

from torch import Tensor, nn

from codecpipe.errors import InputError
from enhancers.engine.method import Method, loaded
from enhancers.training.data import stacked
from enhancers.training.freezing import Freezing
from enhancers.training.losses import loss_of
from enhancers.training.plan import Planes, TrainingPlan
from enhancers.training.selection import Selection
from enhancers.training.starting import load_all
from enhancers.training.task import Forward, TrainingTask, network_config
from enhancers.training.validation import ValidationFrame, choose_frames, shown_error
from enhancers.window.config import WindowConfig
from enhancers.window.samples import Cut, Sample, cut_sample, plan_cut, random_sample


class Batch(NamedTuple):
    """A batch of `Sample`: one more dimension in front."""

    lr: Tensor
    keys: Tensor
    keys_lr: Tensor
    qp: Tensor
    key_qp: Tensor
    target: Tensor


def batched(samples: Sequence[Sample]) -> Batch:
    """Samples of one shape as a batch."""
    return Batch(*stacked(samples))


@dataclass(frozen=True)
class WindowTask:
    """`enhancers.training.task.TrainingTask` of one network with a window."""

    make: Callable[[WindowConfig], nn.Module]
    plan: TrainingPlan
    planes: Planes
    selection: Selection
    config: WindowConfig
    cut: Cut
    validation: tuple[ValidationFrame, ...]

    def network(self) -> nn.Module:
        """A new one."""
        return self.make(self.config)

    def start_from(self, network: nn.Module, weights: str) -> str:
        """All weights of a file, which must be of this configuration."""
        load_all(network, Path(weights), self.planes)
        return ""

    def freezing(self, network: nn.Module) -> Freezing:
        """Everything trains."""
        del network
        return Freezing()

    def sample(self, number: int) -> Sample:
        """A random LR frame with its window and keys."""
        return random_sample(self.selection.training, self.cut, self.plan.seed, number)

    def batched(self, samples: Sequence[Sample]) -> Batch:
        """Samples as one batch."""
        return batched(samples)

    def loss(self, network: nn.Module, batch: Batch, step: int) -> Tensor:
        """The loss of results that are not clamped, so that gradients never vanish."""
        del step
        return loss_of(self.plan.loss, network(*batch[:5]), batch.target)

    def errors(
        self, forward: Forward, rank: int, world: int, stop: Callable[[], bool]
    ) -> list[float] | None:
        """Each picture is restored from its window and keys."""
        return network_errors(
            self.validation,
            self.cut,
            lambda batch: forward(*batch[:5]),
            rank=rank,
            world=world,
            stop=stop,
        )


@dataclass(frozen=True)
class WindowKind:
    """`enhancers.training.task.TrainingKind` of all methods whose networks have a window."""

    method: Method[Any]

    def check(self, plan: TrainingPlan, selection: Selection) -> None:
        """Networks have one key or two, and none has frames without LR frames to train on."""
        directions = {item.config == "RA" for item in selection.all_items}
        if len(directions) > 1 and self._follows_data(plan):
            raise InputError(
                "frames of RA have two keys and others one: choose with 'configs' which to train on"
            )
        needs_keys = self.method.needs_keys(plan.network.get("without", ()))
        for item in selection.all_items:
            if not item.lr_frames or (needs_keys and not item.key_frames):
                raise InputError(
                    f"'{item.folder}' has no keys or no LR frames: build the dataset in layout"
                    f" {self.method.key_layouts}"
                )

    def make(self, plan: TrainingPlan, planes: Planes, selection: Selection) -> TrainingTask:
        """The task for the data's scale and, of networks with keys, direction."""
        set_by_data: dict[str, Any] = {"planes": planes.number, "scale": selection.scale}
        if self._follows_data(plan):
            both = selection.is_bidirectional
            set_by_data |= {"keys": 2 if both else 1, "causal": not both}
        config = cast("WindowConfig", network_config(self.method, plan, set_by_data))
        cut = plan_cut(selection.training, planes, config.frames, plan.patch, plan.key_margin)
        return WindowTask(
            make=loaded(self.method.network),
            plan=plan,
            planes=planes,
            selection=selection,
            config=config,
            cut=cut,
            validation=choose_frames(selection.validation, plan.validation, plan.key_margin),
        )

    def _follows_data(self, plan: TrainingPlan) -> bool:
        """Whether keys and window are those of the data's configuration."""
        variant: WindowConfig = self.method.config(plan.variant)
        return variant.keys > 0


def network_errors(
    frames: Sequence[ValidationFrame],
    cut: Cut,
    restore: Callable[[Batch], Tensor],
    *,
    rank: int = 0,
    world: int = 1,
    stop: Callable[[], bool] = lambda: False,
) -> list[float] | None:
    """Mean squared error of each frame that ``restore`` makes; None where ``stop`` said so.

    Process ``rank`` of ``world`` does its share; the others' are 0.
    """
    errors = [0.0] * len(frames)
    for at in range(rank, len(frames), world):
        if stop():
            return None
        one = frames[at]
        batch = batched([cut_sample(one.item, cut, one.frame, one.patch, one.given)])
        errors[at] = shown_error(restore(batch), batch.target, one.item.bit_depth)
    return errors
