"""Networks with a window in training: LR frames and keys in, one picture out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from codecpipe.errors import InputError
from enhancers.training.data import stacked
from enhancers.training.module import losses_of
from enhancers.training.patches import Floats
from enhancers.training.plan import Planes, TrainingPlan
from enhancers.training.selection import Selection
from enhancers.training.task import Forward, Stop, TrainingKind, TrainingTask, network_config
from enhancers.training.validation import ValidationFrame, choose_frames, shown_error
from enhancers.window.config import WindowConfig
from enhancers.window.samples import Cut, Sample, cut_sample, plan_cut, random_sample


@dataclass(frozen=True)
class WindowTask(TrainingTask):
    """The task of one network with a window."""

    cut: Cut

    def sample(self, number: int) -> Sample[Floats]:
        """A random LR frame with its window and keys."""
        return random_sample(self.selection.training, self.cut, self.plan.seed, number)

    def loss(self, network: nn.Module, batch: Sample[Tensor], step: int) -> Tensor:
        """The loss of results that are not clamped, so that gradients never vanish."""
        del step
        return losses_of(self.plan.loss, network(*batch[:5]), batch.target).mean()

    def group_errors(
        self, frames: Sequence[ValidationFrame], forward: Forward, stop: Stop
    ) -> list[float] | None:
        """Each picture is restored from its window and keys."""
        if stop():
            return None
        (one,) = frames
        sample = cut_sample(one.item, self.cut, one.frame, one.patch, one.given)
        batch: Sample[Tensor] = stacked([sample])
        return [shown_error(forward(*batch[:5]), batch.target, one.item.bit_depth)]


class WindowKind(TrainingKind):
    """How all methods are trained whose networks have a window."""

    def check(self, plan: TrainingPlan, selection: Selection) -> None:
        """Networks have one key or two, and none has frames without LR frames to train on."""
        directions = {item.config == "RA" for item in selection.all_items}
        if len(directions) > 1 and self._follows_data(plan):
            raise InputError(
                "frames of RA have two keys and others one: choose with 'configs' which to train on"
            )
        needs_keys = self.method.needs_keys_without(plan.network.get("without", ()))
        for item in selection.all_items:
            if not item.lr_frames or (needs_keys and not item.key_frames):
                raise InputError(
                    f"'{item.folder}' has no keys or no LR frames: build the dataset in layout"
                    f" {self.method.key_layouts}"
                )

    def make(self, plan: TrainingPlan, planes: Planes, selection: Selection) -> WindowTask:
        """The task for the data's scale and, of networks with keys, direction."""
        set_by_data: dict[str, Any] = {"planes": planes.number, "scale": selection.scale}
        if self._follows_data(plan):
            both = selection.is_bidirectional
            set_by_data |= {"keys": 2 if both else 1, "causal": not both}
        config: WindowConfig = network_config(self.method, plan, set_by_data)
        return WindowTask(
            method=self.method,
            plan=plan,
            planes=planes,
            selection=selection,
            config=config,
            validation=choose_frames(selection.validation, plan.validation, plan.key_margin),
            cut=plan_cut(selection.training, planes, config.frames, plan.patch, plan.key_margin),
        )

    def _follows_data(self, plan: TrainingPlan) -> bool:
        """Whether keys and window are those of the data's configuration."""
        variant: WindowConfig = self.method.config(plan.variant)
        return variant.keys > 0
