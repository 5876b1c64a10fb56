"""Between pictures (integer samples, planes Y, U, V) and a network's tensors."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from codecpipe.format import Frame, Plane, VideoFormat
from enhancers.network_config import Group

PLANES: dict[Group, tuple[int, ...]] = {"y": (0,), "uv": (1, 2)}
"""Which planes of a picture a group is; RGB (`enhancers.engine.rgb`) is made of both."""

GRID = 4
"""LR pictures are padded to multiples of it: the smallest scale of a network's features is 1/4."""


def padded_size(height: int, width: int, multiple: int = GRID) -> tuple[int, int]:
    """The size of a plane for a network: the next multiples, of `GRID` for an LR plane."""
    return -(-height // multiple) * multiple, -(-width // multiple) * multiple


def to_tensor(frame: Frame, fmt: VideoFormat, group: Group, size: tuple[int, int]) -> Tensor:
    """A group's planes as float32 [1, C, height, width] in [0, 1]: sample / (2^depth − 1).

    ``size``: height and width, at least the planes' own; right and bottom edges are replicated.
    """
    planes = fmt.planes(frame)
    samples = np.stack([planes[at] for at in PLANES[group]]).astype(np.float32)
    samples /= np.float32((1 << fmt.bit_depth) - 1)
    picture = torch.from_numpy(samples)[None]
    below, right = size[0] - picture.shape[-2], size[1] - picture.shape[-1]
    return pad(picture, (0, right, 0, below), mode="replicate") if below or right else picture


def to_planes(picture: Tensor, fmt: VideoFormat, group: Group) -> tuple[Plane, ...]:
    """A restored picture [1, C, ≥ H, ≥ W] as planes of ``fmt``: round(clamp(x) · (2^depth − 1)).

    What is beyond the planes' size, right and below, is cut off. Halves are rounded to even.
    """
    shapes = [fmt.plane_shapes[at] for at in PLANES[group]]
    height, width = shapes[0]
    samples = picture[0, :, :height, :width].float().clamp(0, 1) * ((1 << fmt.bit_depth) - 1)
    found = samples.round().to(torch.int32).cpu().numpy().astype(fmt.dtype)
    return tuple(found)


def join(planes: dict[Group, tuple[Plane, ...]]) -> Frame:
    """One picture of its groups' planes."""
    return np.concatenate([plane.ravel() for group in PLANES for plane in planes[group]])
