"""How far a CRS network looks and what memory it takes: what tiles are cut by."""

from __future__ import annotations

from enhancers.crs.config import CrsConfig
from enhancers.engine.device import Device
from enhancers.engine.memory import MemoryModel
from enhancers.engine.tiles import ReceptiveField

GRID = 8
"""LR samples that tiles begin at multiples of: the multiscale networks have strides of 4, and the
coarse matching pools the quarter-size grid by 4 (16 HR samples, 8 LR samples at k = 2)."""

DEFORM_REACH = 8
"""LR samples that offsets of the deformable convolution are allowed for. They have no bound; what
reaches beyond sees the tile's border where the whole picture has samples."""


def receptive_field(config: CrsConfig, device: Device) -> ReceptiveField:
    """How LR planes can be cut into tiles for a network on a device."""
    return ReceptiveField(
        scale=config.scale,
        halo=halo_of(config),
        grid=GRID,
        memory=memory_of(config, device),
    )


def halo_of(config: CrsConfig) -> int:
    """LR samples around a tile that its result depends on.

    The receptive field, layer by layer: every 3×3 convolution adds one sample at its scale, a
    bilinear interpolation one at the coarser. What is found in keys is not part of it: a tile
    searches the whole key.
    """
    k = config.scale
    motion = _motion(config) if config.has_man else 0
    # LR samples: the fusion at H/2 and H, with their heads, up-samplings and the tail.
    shuffles = config.scale.bit_length() - 2
    half = 1 + 2 * config.fusion_blocks + 1
    whole = 1 + 2 * config.fusion_blocks_hr + 1
    fusion = half * 2 + whole
    texture = _texture(config) if config.has_tcn else 0
    return -(-max(k * (motion + shuffles) + fusion, texture + fusion) // k)


def _motion(config: CrsConfig) -> int:
    """Reach of MAN in LR samples: offsets, alignment, temporal and spatial attention."""
    multiscale = 2 * config.msn_blocks * (1 + 2 + 4) + (1 + 2) + (2 * 2 + 4) + (1 + 2)
    offsets = 1 + multiscale + 1
    aligned = 1 + DEFORM_REACH + 1
    spatial = multiscale + 2
    return offsets + aligned + spatial


def _texture(config: CrsConfig) -> int:
    """Reach of TCN's query in HR samples, with the patches' size and what they are folded to."""
    whole, half, quarter = config.tcn_layout
    bicubic = 2 * config.scale
    features = 1 + 2 * whole + 1 + 2 * (2 * half + 1) + 4 * 2 * quarter
    pooled = 32 if config.matching == "coarse" else 0
    patches = 4 + 4 + pooled
    folded = 4 + 4 + 2 + 1
    return bicubic + features + patches + folded


def memory_of(config: CrsConfig, device: Device) -> MemoryModel:
    """Bytes for each restored sample; ``benchmarks/enhancing.py`` measures what it is."""
    bytes_each = 4 if device.autocast is None else 2
    channels, k = config.channels, config.scale
    features = channels * bytes_each
    kept = features * (config.keys * (1 + 1 / 4 + 2 / 16) + config.window / k**2)
    # The other group of planes keeps its features meanwhile: a quarter of luma's samples.
    return MemoryModel(kept=1.25 * kept, working=18 * features, fixed=256 << 20)
