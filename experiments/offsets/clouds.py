"""Rate points of many QP offsets: one cloud for each sequence and setting."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from bdrate import RDCurve
from experiments.results.frames import parts, records

PAPER_DELTA = 5
"""The offset of the CRS paper, which every other one is compared with."""


@dataclass(frozen=True)
class Choice:
    """A method of the grid: its offset, its pattern of offsets, its enhancer's label."""

    delta: int
    pattern: tuple[int, ...]
    enhancer: str


@dataclass(frozen=True, order=True)
class Setting:
    """All that is not varied with the offset."""

    codec: str
    config: str
    enhancer: str
    pattern: tuple[int, ...]
    """The LR stream's own offsets, () for none."""

    @property
    def label(self) -> str:
        """In one line, e.g. ``x265 medium LDP, lanczos, h3,2,3,0``."""
        pattern = ", h" + ",".join(map(str, self.pattern)) if self.pattern else ""
        return f"{self.codec} {self.config}, {self.enhancer}{pattern}"


@dataclass(frozen=True)
class GridPoint:
    """A pair of QPs: ``qp`` of key frames (or of the anchor), ``qp`` − ``delta`` of LR frames."""

    qp: int
    delta: int
    rate_kbps: float
    psnr_y: float

    @property
    def inter_qp(self) -> int:
        """Base QP of the LR frames."""
        return self.qp - self.delta


@dataclass(frozen=True)
class Cloud:
    """All pairs of one sequence in one setting, and the anchor's points, by QP."""

    setting: Setting
    sequence: str
    sequence_class: str
    anchor: tuple[GridPoint, ...]
    points: tuple[GridPoint, ...]

    @property
    def deltas(self) -> tuple[int, ...]:
        """Those that it has points of."""
        return tuple(sorted({point.delta for point in self.points}))

    def of(self, delta: int) -> tuple[GridPoint, ...]:
        """The points of one fixed offset."""
        return tuple(point for point in self.points if point.delta == delta)


def clouds_of(points: pd.DataFrame, choices: Mapping[str, Choice]) -> tuple[Cloud, ...]:
    """Clouds by setting, then class and sequence, of cleaned points; ``choices`` is by method."""
    found = []
    for (codec, config, sequence), block in parts(points, ("codec", "config", "sequence")):
        anchor = tuple(_points(block[block["is_anchor"]], 0))
        grouped: dict[Setting, list[GridPoint]] = {}
        for (method,), part in parts(block[~block["is_anchor"]], ("method",)):
            choice = choices[method]
            setting = Setting(codec, config, choice.enhancer, choice.pattern)
            grouped.setdefault(setting, []).extend(_points(part, choice.delta))
        name = str(block["class"].iloc[0])
        for setting, mine in grouped.items():
            mine.sort(key=lambda point: (point.qp, point.delta))
            found.append(Cloud(setting, sequence, name, anchor, tuple(mine)))
    order = list(dict.fromkeys(cloud.setting for cloud in found))
    return tuple(sorted(found, key=lambda cloud: order.index(cloud.setting)))


def curve(points: tuple[GridPoint, ...], label: str) -> RDCurve:
    """PSNR-Y in dB over kbps."""
    ordered = sorted(points, key=lambda point: (point.rate_kbps, point.psnr_y))
    return RDCurve(
        tuple(point.rate_kbps for point in ordered),
        tuple(point.psnr_y for point in ordered),
        "psnr_y",
        label,
    )


def _points(part: pd.DataFrame, delta: int) -> list[GridPoint]:
    rows = records(part.dropna(subset=["rate_kbps", "psnr_y"]))
    return [
        GridPoint(int(row["qp"]), delta, float(row["rate_kbps"]), float(row["psnr_y"]))
        for row in rows
    ]
