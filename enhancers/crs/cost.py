"""The cost of restoring: floating-point operations of a CRS network by formula.

A multiplication and an addition are two operations, as `torch.utils.flop_counter` has it, which
counts the same numbers: those of convolutions and matrix products, without biases, activations and
interpolation.
"""

from __future__ import annotations

from dataclasses import dataclass

from enhancers.crs.config import CrsConfig


@dataclass(frozen=True)
class Cost:
    """Operations of a streaming receiver, where features of frames and keys are kept."""

    frame: int
    """For each restored picture: its own features and the synthesis, without matching."""
    key: int
    """For each key frame, once."""
    matching: int
    """For each restored picture: all pairs of patches with all keys of the same size."""


def cost(config: CrsConfig, height: int, width: int) -> Cost:
    """The cost of pictures ``height × width``, padded as the network needs it.

    ``matching`` is that of the exact mode, for one and the same size of picture and key; it grows
    with the square of the area, all else with the area.
    """
    high, wide = (-(-side // config.multiple) * config.multiple for side in (height, width))
    area, low = high * wide, high * wide // config.scale**2
    channels = config.channels
    frame = _conv(config.planes, channels, low) + _block(channels, low) * config.man_blocks
    frame += _qp(config) + _bicubic(config, high, wide)
    key = matching = 0
    if config.has_man:
        frame += _man(config, low)
    if config.has_tcn:
        pyramid = _pyramid(config, area)
        folds = _conv(channels, channels, area // 16) + _conv(channels, channels, area)
        folds += _conv(2 * channels, channels, area // 4)
        frame += pyramid + config.keys * folds
        key = 2 * pyramid + _bicubic(config, high, wide)
        matching = config.keys * 2 * 9 * channels * (area // 16) ** 2
    return Cost(frame + _fusion(config, area, low), key, matching)


def _conv(inputs: int, outputs: int, samples: int) -> int:
    return 18 * inputs * outputs * samples


def _block(channels: int, samples: int) -> int:
    return 2 * _conv(channels, channels, samples)


def _qp(config: CrsConfig) -> int:
    return 4 * config.channels if config.qp_conditioning else 0


def _bicubic(config: CrsConfig, high: int, wide: int) -> int:
    """Five taps along columns, of rows four samples longer, then along rows."""
    low = wide // config.scale
    return 10 * config.planes * high * (low + 4 + low * config.scale)


def _multi_scale(config: CrsConfig, samples: int) -> int:
    channels, blocks = config.channels, config.msn_blocks
    half, quarter = samples // 4, samples // 16
    ways = _conv(channels, channels, 2 * half + quarter + samples)
    return ways + blocks * _block(channels, samples + half + quarter)


def _man(config: CrsConfig, low: int) -> int:
    channels, window = config.channels, config.window
    pair = _conv(2 * channels, channels, low) + _multi_scale(config, low)
    align = _conv(channels, 27 * config.deform_groups, low) + _conv(channels, channels, low)
    temporal = _conv(channels, channels, low) * (1 + window)
    merge = 2 * window * channels * channels * low
    spatial = _multi_scale(config, low) + _conv(channels, channels, low)
    return window * (pair + align) + temporal + merge + spatial


def _pyramid(config: CrsConfig, area: int) -> int:
    channels = config.channels
    whole, half, quarter = config.tcn_layout
    downs = _conv(channels, channels, area // 4 + area // 16)
    blocks = area * whole + area // 4 * half + area // 16 * quarter
    return _conv(config.planes, channels, area) + _qp(config) + downs + _block(channels, blocks)


def _fusion(config: CrsConfig, area: int, low: int) -> int:
    channels = config.channels
    inputs = channels + config.used_keys * (channels + 1)
    total = _conv(channels, config.planes, area)
    while low < area:  # pixel shuffles, from H/k on
        total += _conv(channels, 4 * channels, low)
        low *= 4
    for samples, blocks in ((area // 4, config.fusion_blocks), (area, config.fusion_blocks_hr)):
        total += _conv(inputs, channels, samples) + _qp(config) + blocks * _block(channels, samples)
    return total
