"""Small datasets in the cache's format: of made-up numbers, and of what a codec really produced."""

import json
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from codecpipe.codec import CodecOptions
from codecpipe.encoding import encode
from codecpipe.format import Frame, VideoFormat
from codecpipe.job import EncodeJob
from codecpipe.layout import Config, LayoutOptions, make_layout
from encoders import get_codec
from enhancers.methods import METHODS
from enhancers.srfr.plan import SrfrPlan
from enhancers.srfr.train import SrfrTask
from enhancers.training.cache import open_datasets
from enhancers.training.plan import Planes, TrainingPlan
from enhancers.training.selection import select
from enhancers.training.task import TrainingKind, training_kind
from experiments.dataset.items import decode_into

NETWORK = {
    "channels": 4,
    "man_blocks": 1,
    "tcn_blocks": 1,
    "fusion_blocks": 1,
    "fusion_blocks_hr": 1,
    "deform_groups": 1,
}
SRFR_NETWORK = {
    "channels": 4,
    "shuffle": 1,
    "feature_blocks": 1,
    "align_groups": 1,
    "heads": 1,
    "reconstruction_blocks": 1,
    "iqem_layers": 1,
    "iqem_channels": 4,
}
TINY: dict[str, Any] = {
    "datasets": ["."],
    "method": "crs",
    "variant": "tiny",
    "network": NETWORK,
    "patch": 16,
    "key_margin": 8,
    "batch": 2,
    "steps": 4,
    "device": "cpu",
    "log_every": 1,
    "validation": {"every": 2, "frames": 1},
}


def plan(**changes: Any) -> TrainingPlan:
    """A plan for networks of hardly any size."""
    return TrainingPlan.model_validate({**TINY, **changes})


def srfr_plan(**changes: Any) -> SrfrPlan:
    """A plan for SRFR networks of hardly any size."""
    made = {**TINY, "method": "srfr", "network": SRFR_NETWORK, **changes}
    return SrfrPlan.model_validate(made)


def kind_of(plan: TrainingPlan) -> TrainingKind:
    """How the networks of a plan's method are trained."""
    return training_kind(METHODS[plan.method])


def srfr_task(plan: TrainingPlan, data: Path, planes: Planes = Planes.Y) -> SrfrTask:
    """The task of one SRFR network of a plan on a dataset."""
    made = kind_of(plan).make(plan, planes, select(open_datasets([data]), plan))
    assert isinstance(made, SrfrTask)
    return made


def tds_dataset(folder: Path, **changes: Any) -> Path:
    """Two groups, of 5 frames and of 3: the second is cut short at the end of the sequence."""
    return fake_dataset(folder, **{"frames": 8, "keys": (0, 4, 5, 7), "layout": "tds", **changes})


def fake_dataset(
    folder: Path,
    *,
    frames: int = 7,
    keys: tuple[int, ...] = (0, 4),
    size: tuple[int, int] = (64, 96),
    depth: int = 8,
    source_depth: int = 8,
    qps: tuple[int, ...] = (32, 42),
    config: str = "LDP",
    layout: str = "crs",
    clips: tuple[tuple[str, str, str], ...] = (
        ("one", "train", "street"),
        ("two", "validation", "beach"),
    ),
) -> Path:
    """``clips``: name, split and scene. Pictures are ramps that say where and when a sample is.

    At full size the luma sample at (row, column) of frame t is 2·row + column + t, mod 256; an LR
    sample is the mean of its four.
    """
    items = []
    for clip, _, _ in clips:
        source = folder / "clips" / clip
        source.mkdir(parents=True)
        y, uv = ramps(size, frames)
        up = 1 << (source_depth - 8)
        kind = np.uint8 if source_depth == 8 else np.uint16
        np.save(source / "y.npy", (y * up).astype(kind))
        np.save(source / "uv.npy", (uv * up).astype(kind))
        for qp in qps:
            name = f"decoded/{clip}{qp}"
            (folder / name).mkdir(parents=True)
            up = 1 << (depth - 8)
            kind = np.uint8 if depth == 8 else np.uint16
            for part, full in (("y", y), ("uv", uv)):
                np.save(folder / name / f"key_{part}.npy", (full[list(keys)] * up).astype(kind))
                low = (halved(full) * up).round().astype(kind)
                np.save(folder / name / f"lr_{part}.npy", low)
            content = {
                "bit_depth": depth,
                "frames": frames,
                "keys": keys,
                "qp": [qp if at in keys else qp - 5 for at in range(frames)],
                "scale": 2,
            }
            (folder / name / "item.json").write_text(json.dumps(content))
            items.append(
                {
                    **{"clip": clip, "codec": "x265", "codec_version": "4.1", "config": config},
                    **{"layout": layout, "scale": 2, "qp": qp, "folder": name, "cpv": ""},
                }
            )
    index = {
        "version": 1,
        "clips": [
            {
                **{"name": name, "split": split, "scene": scene},
                "source_bit_depth": source_depth,
                "source": {"licence": "CC0", "sha256": f"hash of {name}", "frames": frames},
            }
            for name, split, scene in clips
        ],
        "items": items,
    }
    (folder / "dataset.json").write_text(json.dumps(index))
    return folder


def ramps(size: tuple[int, int], frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Luma [N, H, W] and chroma [N, 2, H/2, W/2] that say where and when a sample is."""
    t, row, column = np.mgrid[:frames, : size[0], : size[1]]
    luma = ((2 * row + column + t) % 256).astype(float)
    half = luma[:, ::2, ::2]
    return luma, np.stack([half, 255 - half], axis=1)


def halved(pictures: np.ndarray) -> np.ndarray:
    """The mean of each 2×2 samples, over the last two axes."""
    *first, height, width = pictures.shape
    return pictures.reshape(*first, height // 2, 2, width // 2, 2).mean(axis=(-3, -1))


class Texture:
    """A camera that moves over a texture by 4 samples a frame, so that keys have its detail."""

    def __init__(self, width: int = 96, height: int = 64, frames: int = 9) -> None:
        self.name, self.fps, self.fmt = "texture", Fraction(25), VideoFormat(width, height)
        random = np.random.default_rng(3)
        wide = (height, width + 4 * frames)
        coarse, fine = (_noise(random, wide, sigma) for sigma in (4.0, 1.3))
        picture = np.clip(110 + 22 * coarse + 22 * fine, 0, 255)
        self.stored = []
        for at in range(frames):
            luma = picture[:, 4 * at : 4 * at + width]
            half = luma[::2, ::2] - 110
            planes = (luma, 128 + 0.4 * half, 128 - 0.3 * half)
            self.stored.append(np.concatenate([p.round().astype(np.uint8).ravel() for p in planes]))

    def frames(self, indices: Iterable[int]) -> Iterator[Frame]:
        """The frames of these indices."""
        return (self.stored[index] for index in indices)


def _noise(random: np.random.Generator, size: tuple[int, int], sigma: float) -> np.ndarray:
    noise = gaussian_filter(random.normal(size=size), sigma, mode="wrap")
    return noise / noise.std()


def coded_dataset(
    folder: Path, config: str, qp: int = 20, layout: str = "crs", frames: int = 9
) -> Path:
    """One GOP, or group, coded by x265 and decoded, both to train and to validate with."""
    clip = Texture(frames=frames)
    options = LayoutOptions(gop=frames - 1, delta_qp=0)
    made = make_layout(layout, frames, Config(config), options)
    job = EncodeJob(made, qp, CodecOptions("medium"))
    cpv, decoded = folder / "gop.cpv", folder / "decoded"
    decoded.mkdir(parents=True)
    encode(clip, get_codec("x265"), job, cpv)
    decode_into(cpv, decoded)
    planes = [clip.fmt.planes(frame) for frame in clip.stored]
    clips, items = [], []
    for split in ("train", "validation"):
        source = folder / "clips" / split
        source.mkdir(parents=True)
        np.save(source / "y.npy", np.stack([p[0] for p in planes]))
        np.save(source / "uv.npy", np.stack([np.stack(p[1:]) for p in planes]))
        # Two names for one scene: this is a test of overfitting.
        clips.append({"name": split, "split": split, "scene": split})
        items.append(
            {
                **{"clip": split, "codec": "x265", "config": config, "layout": layout},
                **{"scale": 2, "qp": qp, "folder": "decoded"},
            }
        )
    index = {"version": 1, "clips": clips, "items": items}
    (folder / "dataset.json").write_text(json.dumps(index))
    return folder
