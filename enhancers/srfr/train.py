"""SRFR in training: two calls of the recurrence a sample, whole groups in validation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn

from codecpipe.errors import InputError
from enhancers.engine.method import Method
from enhancers.engine.rgb import apply_rgb
from enhancers.srfr.config import SrfrConfig
from enhancers.srfr.network import Srfr
from enhancers.srfr.order import Call
from enhancers.srfr.plan import SrfrPlan
from enhancers.srfr.samples import Pictures, Sample, calls_of, random_sample, seen
from enhancers.training.cache import Group, Item
from enhancers.training.data import stacked
from enhancers.training.freezing import Freezing
from enhancers.training.losses import losses_of
from enhancers.training.patches import Rect, smallest_side
from enhancers.training.plan import Planes, TrainingPlan, ValidationPart
from enhancers.training.selection import Selection
from enhancers.training.starting import load_shared
from enhancers.training.task import Forward, TrainingTask, network_config
from enhancers.training.validation import ValidationFrame, evenly, parts_of, shown_error


class Batch(NamedTuple):
    """A batch of `Sample`: one more dimension in front."""

    first: Tensor
    first_qp: Tensor
    second: Tensor
    second_qp: Tensor
    targets: Tensor
    weight: Tensor


@dataclass(frozen=True)
class SrfrTask:
    """`enhancers.training.task.TrainingTask` of one SRFR network."""

    plan: SrfrPlan
    planes: Planes
    selection: Selection
    config: SrfrConfig
    validation: tuple[ValidationFrame, ...]

    def network(self) -> nn.Module:
        """A new one."""
        return Srfr(self.config)

    def start_from(self, network: nn.Module, weights: str) -> str:
        """Take over what a file's network shares with this one: stages build upon each other."""
        return load_shared(network, Path(weights), self.planes, self.plan.method)

    def freezing(self, network: nn.Module) -> Freezing:
        """The plan's parts; the higher layers of the alignment until they are thawed."""
        return freezing_of(network, self.plan)

    def sample(self, number: int) -> Sample:
        """The middle frame of a random group, and another one."""
        items = self.selection.training
        return random_sample(items, self.planes, self.plan.patch, self.plan.seed, number)

    def batched(self, samples: Sequence[Sample]) -> Batch:
        """Samples as one batch."""
        return Batch(*stacked(samples))

    def loss(self, network: nn.Module, batch: Batch, step: int) -> Tensor:
        """The mean over both frames; results are not clamped, so that gradients never vanish.

        From step ``unroll_from`` on the second is restored from the first as the network gave it,
        with gradients through both; before, from the source's picture (teacher forcing).
        """
        both = recurrence(network, batch, unrolled=step >= self.plan.unroll_from)
        losses = losses_of(self.plan.loss, both, batch.targets).mean((2, 3, 4))
        weights = torch.stack((torch.ones_like(batch.weight), batch.weight), dim=1)
        return (losses * weights).sum() / weights.sum()

    def errors(
        self, forward: Forward, rank: int, world: int, stop: Callable[[], bool]
    ) -> list[float] | None:
        """Groups are restored as a receiver does, from their own restored middle frames."""
        groups = [list(frames) for _, frames in groupby(self.validation, key=_group_of)]
        errors: list[float] = []
        for at, frames in enumerate(groups):
            if at % world != rank:
                errors += [0.0] * len(frames)
                continue
            found = group_errors(frames, self.planes, forward, stop)
            if found is None:
                return None
            errors += found
        return errors


@dataclass(frozen=True)
class SrfrKind:
    """`enhancers.training.task.TrainingKind` of SRFR."""

    method: Method[Any]

    def check(self, plan: TrainingPlan, selection: Selection) -> None:
        """Any configurations will do, as long as there are groups."""
        del plan
        for item in selection.all_items:
            if not item.groups:
                raise InputError(
                    f"'{item.folder}' has no LR frames between two keys: build the dataset in"
                    " layout tds"
                )

    def make(self, plan: TrainingPlan, planes: Planes, selection: Selection) -> TrainingTask:
        """The task for these planes."""
        assert isinstance(plan, SrfrPlan)
        found = network_config(self.method, plan, {"planes": planes.number})
        smallest_side(selection.training, plan.patch, plan.key_margin)
        return SrfrTask(
            plan=plan,
            planes=planes,
            selection=selection,
            config=cast("SrfrConfig", found),
            validation=choose_groups(selection.validation, plan.validation, plan.key_margin),
        )


def recurrence(network: nn.Module, batch: Batch, *, unrolled: bool) -> Tensor:
    """Both restored frames [B, 2, C, H, W].

    ``unrolled``: the second from the first as it was restored, clamped as a receiver does; else
    from the source's, and both calls are one.
    """
    if unrolled:
        middle = network(batch.first, batch.first_qp)
        shown = middle.clamp(0, 1)[:, None].to(batch.second.dtype)
        other = network(torch.cat((batch.second, shown), dim=1), batch.second_qp)
        return torch.stack((middle, other), dim=1)
    second = torch.cat((batch.second, batch.targets[:, :1]), dim=1)
    both = network(torch.cat((batch.first, second)), torch.cat((batch.first_qp, batch.second_qp)))
    return torch.stack(both.chunk(2), dim=1)


def freezing_of(network: nn.Module, plan: SrfrPlan) -> Freezing:
    """The parts of an SRFR network that do not train, and until when.

    Raises:
        InputError: nothing would train.
    """
    frozen = {
        id(weights): weights
        for part in plan.freeze
        for weights in network.get_submodule(part).parameters()
    }
    early: dict[int, nn.Parameter] = {}
    if plan.thaw_at is not None:
        for layer in network.align.higher_layers():  # type: ignore[union-attr,operator]
            early |= {id(weights): weights for weights in layer.parameters()}
    always = tuple(weights for key, weights in frozen.items() if key not in early)
    if len(frozen) == len(list(network.parameters())):
        raise InputError("'freeze' names all parts that this network has: take some out")
    return Freezing(always, tuple(early.values()), plan.thaw_at or 0)


def choose_groups(
    items: Sequence[Item], part: ValidationPart, key_margin: int
) -> tuple[ValidationFrame, ...]:
    """All frames of so many whole groups of each item that they are ``part.frames`` or more.

    Evenly over the clip; frames in display order.
    """
    chosen: list[ValidationFrame] = []
    for item in items:
        patch, given = parts_of(item, part, key_margin)
        groups = item.groups
        mean = sum(len(group.frames) for group in groups) / len(groups)
        count = min(len(groups), ceil(part.frames / mean))
        for at in evenly(count, len(groups)):
            chosen += [ValidationFrame(item, frame, patch, given) for frame in groups[at].frames]
    return tuple(chosen)


def _group_of(frame: ValidationFrame) -> tuple[Path, str, Group]:
    group = next(group for group in frame.item.groups if frame.frame in group.frames)
    return frame.item.folder, frame.item.clip.name, group


def group_errors(
    frames: Sequence[ValidationFrame], planes: Planes, forward: Forward, stop: Callable[[], bool]
) -> list[float] | None:
    """Mean squared error of each frame of one group; None where ``stop`` said so.

    Of RGB that of luma is taken, so that networks of both domains compare.
    """
    item, where, outer = frames[0].item, frames[0].patch, frames[0].given
    pictures = Pictures(item, planes)
    compared = Pictures(item, Planes.Y if planes is Planes.RGB else planes)
    inner = _inside(where, outer).of(compared.planes, item.scale)
    made: dict[int, Tensor] = {}
    errors: dict[int, float] = {}
    for call in calls_of(_group_of(frames[0])[-1]):
        if stop():
            return None
        given = _given(call, pictures, outer, made)
        qp = torch.tensor([[item.decoded.qp[at] for at in seen(call)]])
        restored = forward(given[None], qp)
        if not call.other_restored:
            made[call.target] = restored[0].clamp(0, 1)
        shown = (
            _luma(restored, given[1:2], pictures, call, outer) if planes is Planes.RGB else restored
        )
        target = torch.from_numpy(compared.source(call.target, where))
        errors[call.target] = shown_error(shown[0, :, *inner], target, item.bit_depth)
    return [errors[one.frame] for one in frames]


def _inside(part: Rect, whole: Rect) -> Rect:
    return part._replace(top=part.top - whole.top, left=part.left - whole.left)


def _given(call: Call, pictures: Pictures, where: Rect, made: dict[int, Tensor]) -> Tensor:
    """A, C, B of a call, [3, C, H, W]."""
    two = torch.from_numpy(pictures.stack(call, where))
    if call.other_restored:
        return torch.cat((two, made[call.other][None]))
    return torch.cat((two, torch.from_numpy(pictures.key(call.other, where))[None]))


def _luma(restored: Tensor, before: Tensor, pictures: Pictures, call: Call, where: Rect) -> Tensor:
    """Luma [1, 1, H, W] of a restored RGB picture."""
    y, uv = (torch.from_numpy(one)[None] for one in pictures.coded(call.target, where))
    return apply_rgb(y, uv, before, restored, pictures.item.bit_depth)[0]
