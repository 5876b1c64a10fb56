"""How a network is run, as a user may say it. Light: torch is not loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from codecpipe.errors import InputError

DeviceName = Literal["auto", "cpu", "cuda"]
PrecisionName = Literal["auto", "fp32", "bf16", "fp16"]
DEVICES: tuple[DeviceName, ...] = get_args(DeviceName)
PRECISIONS: tuple[PrecisionName, ...] = get_args(PrecisionName)


@dataclass(frozen=True)
class EngineOptions:
    """How a network is run; the defaults are what `decode` and experiments do."""

    device: DeviceName = "auto"
    """``auto`` is CUDA where there is one."""
    precision: PrecisionName = "auto"
    """``auto`` is bf16 on a CUDA device that has it, fp16 on one that has not, fp32 on a CPU."""
    tile: int | Literal["auto"] | None = "auto"
    """Side of a tile in samples of the restored luma picture; None: the frame as a whole;
    ``auto``: whole where it fits."""
    compile: bool = False
    """Let torch.compile make faster code of the network, which takes a minute at first."""


def parse_tile(text: str) -> int | Literal["auto"] | None:
    """The value of ``--tile``: ``auto``, ``none``, or 64 samples at least; else `InputError`."""
    if text == "auto":
        return "auto"
    if text == "none":
        return None
    if not text.isdecimal() or int(text) < 64:
        raise InputError(f"'{text}' is no size of a tile: give auto, none, or 64 samples at least")
    return int(text)
