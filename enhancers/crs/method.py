"""CRS as a value: what it is, what it needs, and where its code is. Light: no torch."""

from __future__ import annotations

from enhancers.crs.config import SCALES, VARIANTS, CrsConfig
from enhancers.crs.cost import cost
from enhancers.engine.method import Method, Window


def _cost(config: CrsConfig, height: int, width: int) -> int:
    found = cost(config, height, width)
    return found.frame + found.matching


METHOD = Method(
    name="crs",
    title="Cross resolution synthesis (CRS)",
    variants=VARIANTS,
    network="enhancers.crs.network:Crs",
    restoring="enhancers.window.restore:WINDOW",
    training="enhancers.window.train:WindowKind",
    cost=_cost,
    temporal=Window(frames=3, keys=2),
    tiles="approximate",  # offsets of deformable convolutions have no bound
    layouts=("crs", "tds", "uniform"),
    scales=SCALES,
    needs_keys=True,
    key_part="TCN",  # textures are taken from key frames
)
