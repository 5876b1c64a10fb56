"""SRFR in training: two calls of the recurrence a sample, whole groups in validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil
from pathlib import Path

import torch
from torch import Tensor, nn

from codecpipe.errors import InputError
from enhancers.engine.rgb import apply_rgb
from enhancers.srfr.order import calls
from enhancers.srfr.plan import SrfrPlan
from enhancers.srfr.samples import Pictures, Sample, random_sample, seen
from enhancers.training.cache import Group, Item
from enhancers.training.module import losses_of
from enhancers.training.patches import Floats, smallest_side
from enhancers.training.plan import Planes, TrainingPlan, ValidationPart
from enhancers.training.selection import Selection
from enhancers.training.starting import load_shared
from enhancers.training.task import (
    Forward,
    Freezing,
    Stop,
    TrainingKind,
    TrainingTask,
    network_config,
)
from enhancers.training.validation import ValidationFrame, evenly, parts_of, shown_error


@dataclass(frozen=True)
class SrfrTask(TrainingTask):
    """The task of one SRFR network."""

    plan: SrfrPlan

    def start_from(self, network: nn.Module, weights: str) -> str:
        """Take over what a file's network shares with this one: stages build upon each other."""
        return load_shared(network, Path(weights), self.planes, self.plan.method)

    def freezing(self, network: nn.Module) -> Freezing:
        """The plan's parts; the higher layers of the alignment until they are thawed."""
        return freezing_of(network, self.plan)

    def sample(self, number: int) -> Sample[Floats]:
        """The middle frame of a random group, and another one."""
        items = self.selection.training
        return random_sample(items, self.planes, self.plan.patch, self.plan.seed, number)

    def loss(self, network: nn.Module, batch: Sample[Tensor], step: int) -> Tensor:
        """The mean over both frames; results are not clamped, so that gradients never vanish.

        From step ``unroll_from`` on the second is restored from the first as the network gave it,
        with gradients through both; before, from the source's picture (teacher forcing).
        """
        both = recurrence(network, batch, unrolled=step >= self.plan.unroll_from)
        losses = losses_of(self.plan.loss, both, batch.targets).mean((2, 3, 4))
        weights = torch.stack((torch.ones_like(batch.weight), batch.weight), dim=1)
        return (losses * weights).sum() / weights.sum()

    def groups(self) -> list[list[ValidationFrame]]:
        """Groups of pictures, whole: each is restored from its own restored middle frame."""
        return [list(frames) for _, frames in groupby(self.validation, key=_group_of)]

    def group_errors(
        self, frames: Sequence[ValidationFrame], forward: Forward, stop: Stop
    ) -> list[float] | None:
        """Frames are restored as a receiver does. Of RGB the error of luma is taken, so that
        networks of both domains compare.
        """
        item, where, outer = frames[0].item, frames[0].patch, frames[0].given
        pictures = Pictures(item, self.planes)
        compared = Pictures(item, Planes.Y if self.planes is Planes.RGB else self.planes)
        inside = where._replace(top=where.top - outer.top, left=where.left - outer.left)
        inner = inside.of(compared.planes, item.scale)
        made: dict[int, Tensor] = {}
        errors: dict[int, float] = {}
        *_, group = _group_of(frames[0])
        for call in calls(group.frames, group.before, group.after):
            if stop():
                return None
            two = torch.from_numpy(pictures.stack(call, outer))
            other = (
                made[call.other]
                if call.other_restored
                else torch.from_numpy(pictures.key(call.other, outer))
            )
            qp = torch.tensor([[item.decoded.qp[at] for at in seen(call)]])
            shown = restored = forward(torch.cat((two, other[None]))[None], qp)
            if not call.other_restored:
                made[call.target] = restored[0].clamp(0, 1)
            if self.planes is Planes.RGB:
                y, uv = (torch.from_numpy(one)[None] for one in pictures.coded(call.target, outer))
                shown, _ = apply_rgb(y, uv, two[1:], restored, item.bit_depth)
            target = torch.from_numpy(compared.source(call.target, where))
            errors[call.target] = shown_error(shown[0, :, *inner], target, item.bit_depth)
        return [errors[one.frame] for one in frames]


class SrfrKind(TrainingKind):
    """How SRFR is trained."""

    def check(self, plan: TrainingPlan, selection: Selection) -> None:
        """Any configurations will do, as long as there are groups."""
        del plan
        for item in selection.all_items:
            if not item.groups:
                raise InputError(
                    f"'{item.folder}' has no LR frames between two keys: build the dataset in"
                    " layout tds"
                )

    def make(self, plan: TrainingPlan, planes: Planes, selection: Selection) -> SrfrTask:
        """The task for these planes."""
        assert isinstance(plan, SrfrPlan)
        smallest_side(selection.training, plan.patch, plan.key_margin)
        return SrfrTask(
            method=self.method,
            plan=plan,
            planes=planes,
            selection=selection,
            config=network_config(self.method, plan, {"planes": planes.number}),
            validation=choose_groups(selection.validation, plan.validation, plan.key_margin),
        )


def recurrence(network: nn.Module, batch: Sample[Tensor], *, unrolled: bool) -> Tensor:
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
    parts = [network.get_submodule(part) for part in plan.freeze]
    frozen = {weights for part in parts for weights in part.parameters()}
    if len(frozen) == len(list(network.parameters())):
        raise InputError("'freeze' names all parts that this network has: take some out")
    early: set[nn.Parameter] = set()
    if plan.thaw_at is not None:
        layers = network.align.higher_layers()  # type: ignore[union-attr,operator]
        early = {weights for layer in layers for weights in layer.parameters()}
    return Freezing(tuple(frozen - early), tuple(early), plan.thaw_at or 0)


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
