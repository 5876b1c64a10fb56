"""The cost of restoring: floating-point operations of an SRFR network by formula.

A multiplication and an addition are two operations, as `torch.utils.flop_counter` has it, which
counts the same numbers: those of convolutions and matrix products, without biases, activations,
interpolation, the sampling of deformable convolutions, and the products of attention along time
(``36·channels`` a sample and scale, about 1.5 / channels of its projections).
"""

from __future__ import annotations

from enhancers.srfr.config import FRAMES, SCALES, SrfrConfig


def cost(config: SrfrConfig, height: int, width: int) -> int:
    """The cost of one call: a restored picture ``height × width``, padded as the network needs."""
    high, wide = (-(-side // config.multiple) * config.multiple for side in (height, width))
    area = high * wide // config.shuffle**2
    features = _features(config, area)
    fusion = _tsa(config.channels, area) if config.fusion == "tsa" else _mtsa(config, area)
    aligned = FRAMES if config.align_current else FRAMES - 1
    total = FRAMES * features + aligned * _pcd(config, area)
    return total + fusion + _reconstruct(config, area)


def _conv(inputs: int, outputs: int, samples: int, size: int = 3) -> int:
    return 2 * size * size * inputs * outputs * samples


def _qp(config: SrfrConfig, channels: int) -> int:
    return 4 * channels if config.qp_conditioning else 0


def _features(config: SrfrConfig, area: int) -> int:
    channels = config.channels
    head = _conv(config.planes * config.shuffle**2, channels, area) + _qp(config, channels)
    blocks = 2 * config.feature_blocks * _conv(channels, channels, area)
    return head + blocks + 2 * _conv(channels, channels, area // 4 + area // 16)


def _pcd(config: SrfrConfig, area: int) -> int:
    channels = config.channels
    pair, same = (_conv(n * channels, channels, 1) for n in (2, 1))
    deform = _conv(channels, 27 * config.align_groups, 1) + same
    alone = pair + same + deform  # the coarsest level, and the cascade
    joined = alone + 2 * pair
    return alone * (area // 16 + area) + joined * (area // 4 + area)


def _mtsa(config: SrfrConfig, area: int) -> int:
    channels = config.channels
    total = 0 if config.has_mta else _conv(FRAMES * channels, channels, area, 1)
    if config.has_mta:
        for scale in SCALES:
            samples, width = area // scale**2, scale * channels
            if scale > 1:
                total += FRAMES * _conv(width // 2, width, samples)
            total += FRAMES * (_qp(config, width) + _conv(width, 4 * width, samples, 1))
            total += _conv(FRAMES * width, channels, samples, 1)
    if config.has_psa:
        half, same = area // 4, _conv(channels, channels, 1)
        total += same * (2 * area + 2 * half) + 2 * same * half
        total += _conv(channels, channels, area + half, 1) + _conv(2 * channels, channels, half, 1)
    return total


def _tsa(channels: int, area: int) -> int:
    half, quarter = area // 4, area // 16
    same, point = _conv(channels, channels, 1), _conv(channels, channels, 1, 1)
    temporal = (1 + FRAMES) * same * area
    merge = 2 * FRAMES * point * area
    pyramid = 2 * point * half + point * half + (2 + 1) * same * quarter + same * half
    return temporal + merge + pyramid + point * half + (same + 2 * point) * area


def _reconstruct(config: SrfrConfig, area: int) -> int:
    picture = config.planes * config.shuffle**2
    if config.has_iqem:
        inside = config.iqem_channels
        layers = (config.iqem_layers - 1) * _conv(inside, inside, area)
        return _conv(config.channels, inside, area) + layers + _conv(inside, picture, area)
    channels = config.channels
    same = _conv(channels, channels, area)
    return (2 * config.reconstruction_blocks + 1) * same + _conv(channels, picture, area)
