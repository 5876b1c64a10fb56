"""How far an SRFR network looks and what memory it takes: what tiles are cut by."""

from __future__ import annotations

from enhancers.engine.device import Device
from enhancers.engine.memory import MemoryModel
from enhancers.engine.tiles import ReceptiveField
from enhancers.srfr.config import SrfrConfig
from enhancers.srfr.motion import FIELD

GRID = 8
"""HR samples that tiles begin at multiples of: strides and poolings of 4, two by two samples."""

DEFORM_REACH = 16
"""HR samples that offsets of the deformable convolutions are allowed for, all levels together. They
have no bound; what reaches beyond sees the tile's border where the whole picture has samples."""


def receptive_field(config: SrfrConfig, device: Device) -> ReceptiveField:
    """How planes of source size can be cut into tiles for a network on a device."""
    return ReceptiveField(
        scale=1,
        halo=halo_of(config),
        grid=GRID,
        memory=memory_of(config, device),
    )


def halo_of(config: SrfrConfig) -> int:
    """HR samples around a tile that its result depends on: `field_of` and `DEFORM_REACH`."""
    return field_of(config) + DEFORM_REACH


def field_of(config: SrfrConfig) -> int:
    """HR samples on each side of one that its result depends on where all offsets are zero.

    Layer by layer: every 3×3 convolution or pooling adds one sample at its scale, a bilinear
    up-sampling one at the coarser.
    """
    samples = _aligned(config) + _fused(config)
    if config.has_iqem:
        samples += config.iqem_layers + 1
    else:
        samples += 2 * config.reconstruction_blocks + 2
    moved = FIELD if config.compensate else 0
    return config.shuffle * samples + config.shuffle - 1 + moved


def _aligned(config: SrfrConfig) -> int:
    """Reach of features and PCD, in samples of the features."""
    whole = 1 + 2 * config.feature_blocks
    half = whole + 1 + 2
    quarter = half + 2 + 4
    motion = aligned = 0
    for scale, features in ((4, quarter), (2, half), (1, whole)):
        pair = features + scale
        if scale < 4:
            pair = max(pair, motion + 2 * scale) + scale
        motion = pair + scale
        # The offsets are made of `motion` by one more convolution; the taps reach as far.
        coarser, aligned = aligned, motion + scale
        if scale < 4:
            aligned = max(aligned, coarser + 2 * scale) + scale
    return aligned + 3  # the cascade


def _fused(config: SrfrConfig) -> int:
    """Reach of the fusion, in samples of the features."""
    if config.fusion == "tsa":
        # Likeness, two poolings, two convolutions at 1/4, up twice, the mask.
        return 1 + (1 + 2) + (4 + 4) + (4 + 2) + 1
    mta = (1 + 2) + 4 if config.has_mta else 0
    # An attention, a pooling, again at 1/2, up, two convolutions there, up, the mask.
    psa = (1 + 1) + (2 + 2) + 4 + (2 + 2) + 2 + 1 if config.has_psa else 0
    return mta + psa


def memory_of(config: SrfrConfig, device: Device) -> MemoryModel:
    """Bytes for each restored sample; ``benchmarks/srfr_size.py`` measures what it is."""
    bytes_each = 4 if device.autocast is None else 2
    channels = config.channels / config.shuffle**2
    # Measured, in feature maps. Most of it are three frames' projections in attention along time.
    maps = 40 if config.has_mta else 26
    inside = 4 * config.iqem_channels / config.shuffle**2 if config.has_iqem else 0
    working = max(maps * channels, inside) * bytes_each
    # Of deformable convolutions, in float32: the features, sides rounded up to powers of two.
    working += 4 * 4 * channels
    pictures = 4 * config.planes * 5
    return MemoryModel(kept=pictures, working=working, fixed=256 << 20)
