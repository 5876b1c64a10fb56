"""Video out of photographs: a camera moves over one, crops of others move across it."""

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from codecpipe.errors import InputError
from codecpipe.format import Frame, VideoFormat
from codecpipe.programs.process import Limits
from experiments.dataset.motion import Motion, random_motion, reach, view, within
from experiments.dataset.picture import Photo, Picture

RENDERING = 1
"""To be raised when the same photographs and seed give other frames."""
LEAST_REDUCTION = 1.3
"""Photographs are scaled down by this at least: sharp, and free of what a camera does to detail."""
MOST_REDUCTION = 2.0
CAMERA_SPEEDS = (0.2, 4.0)
SPRITE_SPEEDS = (0.3, 6.0)
SPRITE_SIDES = (64, 256)
CANDIDATES = 6
"""The number of random windows of a photograph of which the most detailed is taken."""


@dataclass(frozen=True)
class Sprite:
    """A piece of a photograph that moves across the picture."""

    picture: Picture
    centre: tuple[float, float]
    """The piece's centre in the photograph."""
    half: tuple[float, float]
    """Half its width and height."""
    power: float
    """The exponent of its outline, 2 for an ellipse, more for an ever sharper rectangle."""
    edge: float
    """Samples over which it fades."""
    motion: Motion
    """The motion of its centre in the output picture."""

    def alpha(self, across: Any, down: Any) -> Any:
        """The opacity at an offset from its centre: 1 inside, 0 outside."""
        radius = (np.abs(across) / self.half[0]) ** self.power
        radius = radius + (np.abs(down) / self.half[1]) ** self.power
        inside = (1 - radius ** (1 / self.power)) * min(self.half) / self.edge
        ramp = np.clip(inside, 0, 1)
        return ramp * ramp * (3 - 2 * ramp)


@dataclass(frozen=True)
class Scene:
    """All that is rendered: the photograph, the camera over it, what moves in front of it."""

    picture: Picture
    camera: Motion
    sprites: tuple[Sprite, ...]


def render(scene: Scene, fmt: VideoFormat, count: int) -> Iterator[Frame]:
    """``count`` frames of ``fmt`` (8 bit, 4:2:0); chroma is sited as usual: left, half-way down."""
    width, height = fmt.width, fmt.height
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    chroma_x, chroma_y = x[::2, ::2], y[::2, ::2] + 0.5
    for t in range(count):
        seen = view(scene.camera, t, x=x, y=y, width=width, height=height)
        luma = scene.picture.luma_at(*seen)
        seen = view(scene.camera, t, x=chroma_x, y=chroma_y, width=width, height=height)
        cb, cr = scene.picture.chroma_at(*seen)
        for sprite in scene.sprites:
            at, alpha, position = _covered(sprite, t, x=x, y=y)
            luma[at] += alpha * (sprite.picture.luma_at(*position) - luma[at])
            at, alpha, position = _covered(sprite, t, x=chroma_x, y=chroma_y)
            u, v = sprite.picture.chroma_at(*position)
            cb[at] += alpha * (u - cb[at])
            cr[at] += alpha * (v - cr[at])
        planes = (np.clip(np.rint(p), 0, 255).astype(np.uint8).ravel() for p in (luma, cb, cr))
        yield np.concatenate(list(planes))


def _covered(sprite: Sprite, t: int, x: Any, y: Any) -> tuple[Any, Any, tuple[Any, Any]]:
    """The samples that a sprite covers: a mask, its alpha and its photograph's positions."""
    across, down = within(sprite.motion, t, x=x, y=y)
    at = (np.abs(across) < sprite.half[0]) & (np.abs(down) < sprite.half[1])
    across, down = across[at], down[at]
    position = sprite.centre[0] + across, sprite.centre[1] + down
    return at, sprite.alpha(across, down), position


def random_for(seed: int, name: str) -> np.random.Generator:
    """The random numbers of one clip: of the seed and its name."""
    digest = hashlib.sha256(f"{seed} {name}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "little"))


def make_scene(
    photo: Photo,
    others: Sequence[Photo],
    fmt: VideoFormat,
    count: int,
    random: np.random.Generator,
    limits: Limits | None = None,
) -> Scene:
    """A scene of one photograph and a crop of each of ``others``, all motion random.

    Raises:
        InputError: the photograph is too small for the size.
    """
    height, width = photo.rgb.shape[:2]
    room = min(width / (fmt.width * 1.25), height / (fmt.height * 1.25), MOST_REDUCTION)
    reduction = random.uniform(LEAST_REDUCTION, max(LEAST_REDUCTION, room))
    wanted = random_motion(random, *CAMERA_SPEEDS)
    picture = photo.scaled(reduction, limits)
    camera = _placed(wanted, picture, fmt=fmt, count=count, random=random)
    if camera is None:
        least = [math.ceil(1.2 * LEAST_REDUCTION * side) for side in (fmt.width, fmt.height)]
        raise InputError(
            f"photograph '{photo.name}' of {width}x{height} is too small for clips of {fmt.size}:"
            f" take one of at least {least[0]}x{least[1]}, or make the rendering smaller"
        )
    sprites = [_sprite(other, fmt, count=count, random=random, limits=limits) for other in others]
    return Scene(picture, camera, tuple(sprites))


def _placed(
    motion: Motion, picture: Picture, fmt: VideoFormat, count: int, random: np.random.Generator
) -> Motion | None:
    """The motion, from where the camera never leaves the picture; slower if need be."""
    shares = random.uniform(size=(CANDIDATES, 2))
    for slower in (1.0, 0.5, 0.25, 0.1):
        (vx, vy), (sx, sy) = motion.velocity, motion.sway
        tried = replace(
            motion,
            velocity=(vx * slower, vy * slower),
            sway=(sx * slower, sy * slower),
            turn=motion.turn * slower,
            zoom=motion.zoom * slower,
        )
        least, most = reach(tried, count, width=fmt.width, height=fmt.height)
        low, high = -least, np.array(picture.size) - 1 - most
        if (low <= high).all():
            half = fmt.width / 2, fmt.height / 2
            start = _most_detailed(picture, low + shares * (high - low), half)
            return replace(tried, start=start)
    return None


def _most_detailed(
    picture: Picture, centres: Any, half: tuple[float, float]
) -> tuple[float, float]:
    """The centre of the window with the most difference between neighbouring samples."""

    def detail(centre: Any) -> float:
        (left, top), (right, bottom) = (
            np.maximum(0, np.rint(centre + sign * np.array(half))).astype(int) for sign in (-1, 1)
        )
        part = picture.luma[top:bottom, left:right]
        return float(np.abs(np.diff(part, axis=0)).mean() + np.abs(np.diff(part, axis=1)).mean())

    x, y = max(centres, key=detail)
    return float(x), float(y)


def _sprite(
    photo: Photo, fmt: VideoFormat, count: int, random: np.random.Generator, limits: Limits | None
) -> Sprite:
    """A random piece, whose way leads through the output picture in mid-clip."""
    picture = photo.scaled(random.uniform(LEAST_REDUCTION, MOST_REDUCTION), limits)
    sides = [
        min(random.uniform(*SPRITE_SIDES), 0.9 * side, 0.7 * out)
        for side, out in zip(picture.size, (fmt.width, fmt.height), strict=True)
    ]
    half = sides[0] / 2, sides[1] / 2
    room = np.array(picture.size) - 1 - 2 * np.array(half)
    centre = _most_detailed(picture, half + random.uniform(size=(CANDIDATES, 2)) * room, half)
    motion = random_motion(random, *SPRITE_SPEEDS)
    middle = random.uniform(0, fmt.width), random.uniform(0, fmt.height)
    x, y = motion.centre(count / 2)
    motion = replace(motion, start=(middle[0] - x, middle[1] - y))
    power, edge = float(random.choice([2, 4, 16])), random.uniform(1.5, 6)
    return Sprite(picture=picture, centre=centre, half=half, power=power, edge=edge, motion=motion)
