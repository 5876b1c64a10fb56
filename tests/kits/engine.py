"""Weights files with random networks, and decoded videos that are made on demand."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch

from codecpipe.decoding import DecodedFrame
from codecpipe.enhancer import DecodedVideo
from codecpipe.format import Frame, VideoFormat
from codecpipe.layout import Config
from codecpipe.programs.process import Limits, ToolRun
from codecpipe.video.resample import plan_size
from enhancers.crs.config import CrsConfig
from enhancers.crs.method import METHOD
from enhancers.crs.network import Crs
from enhancers.weights.file import write_weights
from enhancers.weights.meta import WeightsMeta


def config_of(
    planes: int = 1, *, config: str = "LDP", without: Sequence[str] = (), **changes: object
) -> CrsConfig:
    """A network that is smaller than tiny."""
    small = METHOD.config(
        "tiny", planes=planes, keys=2 if config == "RA" else 1, causal=config != "RA"
    )
    return replace(small, channels=8, fusion_blocks=1, without=tuple(without), **changes)  # type: ignore[arg-type]


def network(config: CrsConfig, spread: float = 0.05) -> Crs:
    """A network that does something: nothing in it is zero; 0: as it is made, which is bicubic."""
    torch.manual_seed(7)
    made = Crs(config)
    if spread:
        for parameter in made.parameters():
            if not parameter.detach().abs().max():
                torch.nn.init.normal_(parameter, std=spread)
    return made.eval()


def weights_file(
    path: Path,
    *,
    codec: str = "x265",
    config: str = "LDP",
    without: Sequence[str] = (),
    spread: float = 0.05,
    variant: str = "tiny",
    scale: int = 2,
) -> Path:
    """A weights file with two such networks."""
    tensors, configs = {}, {}
    for group, planes in (("y", 1), ("uv", 2)):
        made = config_of(planes, config=config, without=without, scale=scale)
        configs[group] = made.to_dict()
        state = network(made, spread).state_dict()
        tensors |= {f"{group}.{key}": value for key, value in state.items()}
    meta = WeightsMeta(
        variant=variant,
        config_y=configs["y"],
        config_uv=configs["uv"],
        codec=codec,
        config=config,
        layout="crs",
        scale=scale,
        qps=(32, 37, 42, 47),
        method="crs",
    )
    write_weights(path, tensors, meta)
    return path


class Video:
    """Decoded frames of a moving texture, made on demand.

    ``kinds``: a letter a frame: K a key with an LR copy, k one without, anything else an LR frame.
    ``made``: how many were asked for; ``runs``: what was counted.
    """

    def __init__(
        self,
        kinds: str,
        width: int = 64,
        height: int = 48,
        *,
        depth: int = 8,
        config: Config = Config.LDP,
        layout: str = "crs",
        codec: str = "x265",
        scale: int = 2,
    ) -> None:
        self.kinds, self.config, self.layout, self.codec = kinds, config, layout, codec
        self.fmt = VideoFormat(width, height, depth)
        self.scale = Fraction(scale)
        self.plan = plan_size(width, height, self.scale)
        self.lr_fmt = self.fmt.with_size(self.plan.lr_width, self.plan.lr_height)
        self.made = 0
        self.runs: list[ToolRun] = []
        self.scales = tuple(Fraction(1) if kind in "kK" else self.scale for kind in kinds)

    def picture(self, fmt: VideoFormat, index: int) -> Frame:
        """A texture that moves by two luma samples of the restored size a frame."""
        step = self.fmt.width / fmt.width
        planes = []
        for number, (rows, columns) in enumerate(fmt.plane_shapes):
            sub = step * (1 if number == 0 else 2)
            y, x = np.mgrid[:rows, :columns] * sub
            wave = np.sin((x + 2 * index) / 5) + np.cos(y / 7 + number) + np.sin((x + y) / 3)
            planes.append((0.5 + wave / 7) * ((1 << fmt.bit_depth) - 1))
        return np.concatenate([plane.ravel() for plane in planes]).astype(fmt.dtype)

    def frames(self) -> Iterator[DecodedFrame]:
        for index, kind in enumerate(self.kinds):
            self.made = index + 1
            low = self.picture(self.lr_fmt, index)
            if kind in "kK":
                copy = low if kind == "K" else None
                high = self.picture(self.fmt, index)
                yield DecodedFrame(index, high, Fraction(1), True, "I", 32, copy)
            else:
                yield DecodedFrame(index, low, self.scale, False, "P", 27 + index % 3)

    def decoded(self) -> DecodedVideo:
        return DecodedVideo(
            frames=self.frames(),
            scales=self.scales,
            fmt=self.fmt,
            lr_fmt=self.lr_fmt,
            size_plan=self.plan,
            fps=Fraction(30),
            config=self.config,
            layout=self.layout,
            limits=Limits(stall_s=60),
            count=self.runs.append,
            codec=self.codec,
        )


def largest_difference(a: Frame, b: Frame) -> int:
    return int(np.abs(a.astype(int) - b.astype(int)).max())


def check_keys_untouched(video: Video, out: Sequence[Frame]) -> None:
    """Keys come out as they went in, in their places; all else does not, but of the same size."""
    assert len(out) == len(video.kinds)
    for index, (kind, frame) in enumerate(zip(video.kinds, out, strict=True)):
        due = video.picture(video.fmt, index)
        if kind in "Kk":
            assert np.array_equal(frame, due)
        else:
            assert frame.shape == due.shape
            assert not np.array_equal(frame, due)
