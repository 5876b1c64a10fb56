"""The sizes and options of a CRS network, and the three variants that weights are shipped for.

The paper gives 64 channels, four residual blocks for the features of MAN and of TCN, eight for each
stage of the fusion and a window of three frames; that is ``full``. ``small`` and ``tiny`` are this
project's own, for CPUs. Left to the network by the paper and set here: the blocks of the
multiscale networks, the offset groups of the deformable convolution (eight, as in EDVR), and how
the four blocks of TCN's features are spread over its scales.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, ClassVar, Literal, cast

from codecpipe.errors import InputError
from enhancers.network_config import NetworkConfig

PARTS = ("MAN", "TCN")
"""What a network can do without, for ablations."""

SCALES = (2, 4)
MATCHING = ("exact", "coarse")
_AT_LEAST: Mapping[str, int] = MappingProxyType(
    {
        "channels": 1,
        "man_blocks": 0,
        "tcn_blocks": 0,
        "fusion_blocks": 0,
        "fusion_blocks_hr": 0,
        "msn_blocks": 0,
        "deform_groups": 1,
        "keys": 1,
        "window": 1,
    }
)

_CHOICES: Mapping[str, tuple[Any, ...]] = MappingProxyType(
    {"planes": (1, 2), "scale": SCALES, "matching": MATCHING}
)


@dataclass(frozen=True)
class CrsConfig(NetworkConfig):
    """What a :class:`enhancers.crs.network.Crs` is made of. Checked when made.

    Raises:
        InputError: a value that no network can be made with; says which can.
    """

    planes: int = 1
    """Of the picture: 1 for luma, 2 for U and V together, at their own resolution."""
    channels: int = 64
    """Of all features."""
    scale: int = 2
    """How much larger HR is than LR in each direction: 2 or 4."""
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
    keys: int = 1
    """HR key frames that a picture is restored from: 1 for LDP, 2 for RA."""
    window: int = 3
    """LR frames that a picture is restored from, itself included."""
    causal: bool = True
    """The window ends with the current frame (LDP), or has it in its middle (RA)."""
    qp_conditioning: bool = True
    """One set of weights for all QPs: features are modulated by their frame's QP."""
    matching: Literal["exact", "coarse"] = "exact"
    """How patches of the key are found: see :func:`enhancers.matching.match.find_matches`."""
    without: tuple[str, ...] = ()
    """Parts left out, with their parameters: of `PARTS`, in alphabetical order."""

    method: ClassVar[str] = "CRS"
    parts: ClassVar[tuple[str, ...]] = PARTS
    at_least: ClassVar[Mapping[str, int]] = _AT_LEAST
    choices: ClassVar[Mapping[str, tuple[Any, ...]]] = _CHOICES

    def __post_init__(self) -> None:
        self.check()
        if self.channels % self.deform_groups:
            raise InputError(
                f"CRS: {self.channels} channels cannot be split into {self.deform_groups} groups: "
                "deform_groups must divide channels"
            )
        object.__setattr__(self, "without", self.in_order(self.without))

    @property
    def current(self) -> int:
        """Index of the frame to restore in the window."""
        return self.window - 1 if self.causal else self.window // 2

    @property
    def offsets(self) -> tuple[int, ...]:
        """Of the window's frames from the current one, in display order: ``(-2, -1, 0)``."""
        return tuple(range(-self.current, self.window - self.current))

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
"""The shipped sizes, for luma, LDP and k = 2; `variant_config` has them for the rest."""


def variant_config(
    name: str,
    *,
    planes: int = 1,
    keys: int = 1,
    causal: bool = True,
    scale: int = 2,
    without: Sequence[str] = (),
) -> CrsConfig:
    """The variant of that name for these planes, keys, window and scale.

    Raises:
        InputError: there is no such variant, or it cannot be had so.
    """
    if name not in VARIANTS:
        raise InputError(f"CRS has no variant '{name}': choose one of {', '.join(VARIANTS)}")
    return replace(
        VARIANTS[name],
        planes=planes,
        keys=keys,
        causal=causal,
        scale=scale,
        without=cast("tuple[str, ...]", tuple(without)),
    )
