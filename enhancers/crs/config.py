"""The sizes and options of a CRS network, and the three variants that weights are shipped for.

The paper gives 64 channels, four residual blocks for the features of MAN and of TCN, eight for each
stage of the fusion and a window of three frames; that is ``full``. ``small`` and ``tiny`` are this
project's own, for CPUs. Left to the network by the paper and set here: the blocks of the
multiscale networks, the offset groups of the deformable convolution (eight, as in EDVR), and how
the four blocks of TCN's features are spread over its scales.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Literal

from codecpipe.errors import InputError
from enhancers.window.config import WindowConfig

SCALES = (2, 4)
MATCHING = ("exact", "coarse")


@dataclass(frozen=True)
class CrsConfig(WindowConfig):
    """The configuration of a :class:`enhancers.crs.network.Crs`. Checked when made.

    Raises:
        InputError: a value that no network can be made with; says which can.
    """

    channels: int = 64
    """Channels of all features."""
    man_blocks: int = 4
    """Residual blocks of the LR frames' features."""
    tcn_blocks: int = 4
    """Residual blocks of the multi-scale features, over all three scales: see `tcn_layout`."""
    fusion_blocks: int = 8
    """Residual blocks of the fusion at H/2 × W/2."""
    fusion_blocks_hr: int = 8
    """Residual blocks of the fusion at H × W."""
    msn_blocks: int = 1
    """Residual blocks of a multiscale network at each of its three scales."""
    deform_groups: int = 8
    """Groups of channels of the deformable convolution that share offsets and masks."""
    window: int = 3
    keys: int = 1
    causal: bool = True
    qp_conditioning: bool = True
    """One set of weights for all QPs: features are modulated by their frame's QP."""
    matching: Literal["exact", "coarse"] = "exact"
    """How patches of the key are found: see :func:`enhancers.matching.match.find_matches`."""

    method: ClassVar[str] = "CRS"
    parts: ClassVar[tuple[str, ...]] = ("MAN", "TCN")
    positive: ClassVar[frozenset[str]] = frozenset("channels deform_groups keys window".split())
    choices: ClassVar[Mapping[str, tuple[Any, ...]]] = MappingProxyType(
        {"planes": (1, 2), "scale": SCALES, "matching": MATCHING}
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.channels % self.deform_groups:
            raise InputError(
                f"CRS: {self.channels} channels cannot be split into {self.deform_groups} groups: "
                "deform_groups must divide channels"
            )

    @property
    def used_keys(self) -> int:
        """Key frames that are looked at: none without TCN."""
        return self.keys if self.has_tcn else 0

    @property
    def has_man(self) -> bool:
        """Whether LR neighbours are aligned and aggregated."""
        return "MAN" not in self.without

    @property
    def has_tcn(self) -> bool:
        """Whether texture of HR keys is used."""
        return "TCN" not in self.without

    @property
    def tcn_layout(self) -> tuple[int, int, int]:
        """Residual blocks of the multi-scale features at H, H/2 and H/4, together `tcn_blocks`.

        Dealt out from the smallest scale, where they cost least, and a second time H first:
        (2, 1, 1) for the four of the paper, which does not say where they are.
        """
        order = (2, 1, 0, 0)
        at = [order[n % len(order)] for n in range(self.tcn_blocks)]
        return at.count(0), at.count(1), at.count(2)

    @property
    def multiple(self) -> int:
        """Height and width of an HR plane must be multiples of this: ``4·scale``."""
        return 4 * self.scale


VARIANTS: Mapping[str, CrsConfig] = MappingProxyType(
    {
        "full": CrsConfig(msn_blocks=2),
        "small": CrsConfig(
            channels=32,
            man_blocks=3,
            tcn_blocks=4,
            fusion_blocks=6,
            fusion_blocks_hr=4,
            deform_groups=4,
        ),
        "tiny": CrsConfig(
            channels=16,
            man_blocks=1,
            tcn_blocks=3,
            fusion_blocks=4,
            fusion_blocks_hr=2,
            deform_groups=2,
        ),
    }
)
"""The shipped sizes, for luma, LDP and k = 2; `Method.config` has them for the rest."""
