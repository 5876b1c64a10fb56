"""Where training runs, and with which numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch

from codecpipe.errors import InputError
from enhancers.training.plan import TrainingPlan

_NUMBERS = {"32": "float32", "bf16-mixed": "bfloat16 mixed", "16-mixed": "float16 mixed"}


@dataclass(frozen=True)
class Hardware:
    """Where training runs, and with which numbers."""

    accelerator: Literal["cpu", "gpu"]
    """The kind of device, in Lightning's words."""
    devices: int
    """How many."""
    precision: Literal["32", "bf16-mixed", "16-mixed"]
    """The numbers, in Lightning's words."""
    words: str
    """The device in words."""

    def __str__(self) -> str:
        return f"{self.words} in {_NUMBERS[self.precision]}"


def choose_hardware(plan: TrainingPlan) -> Hardware:
    """The plan's device; ``auto`` is a GPU where there is one.

    Raises:
        InputError: there is no such device, or the batch cannot be shared among several.
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if plan.device == "gpu" and not count:
        raise InputError("there is no GPU that this torch can use: give 'device: cpu'")
    devices = plan.devices or 1
    if plan.batch % devices:
        raise InputError(
            f"a batch of {plan.batch} cannot be shared by {devices} devices: give a multiple"
        )
    if plan.device != "cpu" and count:
        if devices > count:
            raise InputError(f"there are {count} GPUs: lower 'devices' from {devices}")
        name = torch.cuda.get_device_name(0)
        words = name if devices == 1 else f"{devices} × {name}"
        return Hardware("gpu", devices, plan.precision, words)
    if plan.precision == "16-mixed":
        raise InputError("a CPU has no 'precision: 16-mixed': give 32 or bf16-mixed")
    words = f"the CPU ({torch.get_num_threads()} threads)"
    return Hardware("cpu", devices, plan.precision, words)
