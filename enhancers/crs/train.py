"""CRS in training: a window of LR frames and keys in, one picture out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor, nn

from codecpipe.errors import InputError
from enhancers.crs.config import CrsConfig, variant_config
from enhancers.crs.network import Crs
from enhancers.crs.samples import Cut, Frames, Sample, cut_sample, plan_cut, random_sample
from enhancers.training.data import stacked
from enhancers.training.freezing import Freezing
from enhancers.training.losses import loss_of
from enhancers.training.method import Forward, Method, MethodKind
from enhancers.training.plan import Planes, TrainingPlan
from enhancers.training.selection import Selection
from enhancers.training.starting import load_all
from enhancers.training.validation import Shot, choose_shots, shown_error

SET_BY_DATA = ("planes", "keys", "causal", "scale")


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
class CrsMethod:
    """`enhancers.training.method.Method` of one CRS network."""

    plan: TrainingPlan
    planes: Planes
    selection: Selection
    config: CrsConfig
    cut: Cut
    shots: tuple[Shot, ...]

    def network(self) -> nn.Module:
        """A new one."""
        return Crs(self.config)

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
        """Of results that are not clamped, so that gradients never vanish."""
        del step
        return loss_of(self.plan.loss, network(*batch[:5]), batch.target)

    def errors(
        self, forward: Forward, rank: int, world: int, stop: Callable[[], bool]
    ) -> list[float] | None:
        """Each shot from its window and keys."""
        return network_errors(
            self.shots,
            self.cut,
            lambda batch: forward(*batch[:5]),
            rank=rank,
            world=world,
            stop=stop,
        )


@dataclass(frozen=True)
class CrsKind:
    """Makes `CrsMethod`."""

    def check(self, selection: Selection) -> None:
        """Networks have one key or two."""
        directions = {item.config == "RA" for item in selection.every}
        if len(directions) > 1:
            raise InputError(
                "frames of RA have two keys and others one: choose with 'configs' which to train on"
            )
        for item in selection.every:
            if not item.key_frames or not item.lr_frames:
                raise InputError(
                    f"'{item.folder}' has no keys or no LR frames: build the dataset in layout crs"
                )

    def make(self, plan: TrainingPlan, planes: Planes, selection: Selection) -> Method:
        """For the data's scale and direction."""
        config = network_config(plan, planes, selection)
        frames = frames_of(config)
        cut = plan_cut(selection.training, planes, frames, plan.patch, plan.key_margin)
        shots = choose_shots(selection.validation, plan.validation, plan.key_margin)
        return CrsMethod(plan, planes, selection, config, cut, shots)


KIND: MethodKind = CrsKind()


def network_config(plan: TrainingPlan, planes: Planes, selection: Selection) -> CrsConfig:
    """The variant with the plan's changes, for these planes and the data's scale and direction.

    Raises:
        InputError: a change that there is not, or one to what the data determine.
    """
    held = [key for key in SET_BY_DATA if key in plan.network]
    if held:
        raise InputError(
            f"'network.{held[0]}' follows from the datasets and 'planes': take it out of 'network'"
        )
    both = selection.is_bidirectional
    base: dict[str, Any] = variant_config(
        plan.variant,
        planes=planes.number,
        keys=2 if both else 1,
        causal=not both,
        scale=selection.scale,
    ).to_dict()
    return CrsConfig.from_dict({**base, **plan.network})


def frames_of(config: CrsConfig) -> Frames:
    """Which frames a network of this configuration sees; keys only where it uses them."""
    return Frames(config.window, config.causal, config.keys if config.has_tcn else 0)


def network_errors(
    shots: Sequence[Shot],
    cut: Cut,
    restore: Callable[[Batch], Tensor],
    *,
    rank: int = 0,
    world: int = 1,
    stop: Callable[[], bool] = lambda: False,
) -> list[float] | None:
    """Mean squared error of what ``restore`` makes of each shot; None where ``stop`` said so.

    Process ``rank`` of ``world`` does its share; the others' are 0.
    """
    errors = [0.0] * len(shots)
    for at in range(rank, len(shots), world):
        if stop():
            return None
        shot = shots[at]
        batch = batched([cut_sample(shot.item, cut, shot.frame, shot.patch, shot.key)])
        errors[at] = shown_error(restore(batch), batch.target, shot.item.bit_depth)
    return errors
