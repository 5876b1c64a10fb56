"""The network that a plan asks for."""

from __future__ import annotations

from typing import Any

from codecpipe.errors import InputError
from enhancers.crs.config import CrsConfig, variant_config
from enhancers.training.plan import Planes, TrainingPlan
from enhancers.training.samples import Frames
from enhancers.training.selection import Selection

SET_BY_DATA = ("planes", "keys", "causal", "scale")


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
