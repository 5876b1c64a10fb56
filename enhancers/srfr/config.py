"""The sizes and options of an SRFR network, and the three variants.

The paper names EDVR as its backbone, "many" convolutions in IQEM and 29.3 M parameters, and no
more: ``full`` has the 128 channels, five feature blocks and eight offset groups of EDVR's large
model, 40 blocks where EDVR's reconstruction stands in for IQEM, and an IQEM that brings the whole
to 29.3 M. ``small`` and ``tiny`` are this project's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Literal

from codecpipe.errors import InputError
from enhancers.network_config import NetworkConfig

FRAMES = 3
"""Pictures that one is restored from: a boundary, itself, the other boundary or the middle."""

SCALES = (1, 2, 4)
"""Scales of the fusion: how much smaller it is than the features, and has more channels."""


@dataclass(frozen=True)
class SrfrConfig(NetworkConfig):
    """The configuration of a :class:`enhancers.srfr.network.Srfr`. Checked when made.

    Raises:
        InputError: a value that no network can be made with; says which can.
    """

    channels: int = 128
    """Channels of the features, their alignment and the result of the fusion."""
    shuffle: int = 1
    """1: features have the size of the picture, as in the paper. 2: the picture's samples are put
    into channels, two by two, before the first convolution and back after the last one; nothing
    is lost, features are a quarter as many. Ours, for CPUs."""
    feature_blocks: int = 5
    """Residual blocks of the features that all three pictures share."""
    align_groups: int = 8
    """Groups of channels of the deformable convolutions that share offsets and masks."""
    compensate: bool = False
    """The other two pictures are moved by block matching, to where this one has what they show,
    before the network sees them (`enhancers.srfr.motion`). Ours, for networks trained for hours
    where the paper's are for weeks."""
    align_current: bool = True
    """The picture itself is aligned to itself as well, as in EDVR. Else its features are taken as
    they are, and alignment costs two thirds."""
    fusion: Literal["mtsa", "tsa"] = "mtsa"
    """``tsa``: EDVR's own, in place of MTA and PSA."""
    heads: int = 8
    """Heads of the attention along time."""
    reconstruction_blocks: int = 40
    """Residual blocks of EDVR's reconstruction, where IQEM is left out."""
    iqem_layers: int = 32
    """Convolutions of IQEM, the one that makes the picture not counted."""
    iqem_channels: int = 256
    """Filters of each of them: the paper's C2."""
    qp_conditioning: bool = True
    """One set of weights for all QPs: features are modulated by their picture's QP."""
    without: tuple[str, ...] = ()
    """Parts left out. Without MTA the three pictures' features are concatenated and fused by a 1×1
    convolution; without all three parts this is SRFR alone."""

    method: ClassVar[str] = "SRFR"
    parts: ClassVar[tuple[str, ...]] = ("IQEM", "MTA", "PSA")
    positive: ClassVar[frozenset[str]] = frozenset(
        "channels align_groups heads iqem_layers iqem_channels".split()
    )
    choices: ClassVar[Mapping[str, tuple[Any, ...]]] = MappingProxyType(
        {"planes": (1, 2, 3), "shuffle": (1, 2), "fusion": ("mtsa", "tsa")}
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("align_groups", "heads"):
            if self.channels % getattr(self, name):
                raise InputError(
                    f"SRFR: {self.channels} channels cannot be split into {getattr(self, name)}: "
                    f"{name} must divide channels"
                )
        absent = [part for part in self.without if part != "IQEM"]
        if self.fusion == "tsa" and absent:
            raise InputError(
                f"SRFR: EDVR's fusion (tsa) has no {' and no '.join(absent)} to leave out: "
                "leave out IQEM at most, or choose fusion mtsa"
            )

    @property
    def has_mta(self) -> bool:
        """Whether frames are fused by attention along time at three scales."""
        return self.fusion == "mtsa" and "MTA" not in self.without

    @property
    def has_psa(self) -> bool:
        """Whether fused features are weighted by pyramid spatial attention."""
        return self.fusion == "mtsa" and "PSA" not in self.without

    @property
    def has_iqem(self) -> bool:
        """Whether IQEM makes the residual; else EDVR's reconstruction does."""
        return "IQEM" not in self.without

    @property
    def multiple(self) -> int:
        """Height and width of a picture must be multiples of this: ``4·shuffle``."""
        return 4 * self.shuffle


VARIANTS: Mapping[str, SrfrConfig] = MappingProxyType(
    {
        "full": SrfrConfig(),
        "small": SrfrConfig(
            channels=64,
            shuffle=2,
            compensate=True,
            feature_blocks=3,
            align_groups=4,
            heads=4,
            reconstruction_blocks=8,
            iqem_layers=16,
            iqem_channels=64,
        ),
        "tiny": SrfrConfig(
            channels=16,
            shuffle=2,
            compensate=True,
            feature_blocks=2,
            align_groups=2,
            align_current=False,
            heads=2,
            reconstruction_blocks=6,
            iqem_layers=6,
            iqem_channels=32,
        ),
    }
)
"""The sizes, for luma and with all parts; `Method.config` has them for the rest."""
