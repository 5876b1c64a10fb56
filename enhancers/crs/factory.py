"""What the registry of enhancers knows of CRS; neither torch nor any weights are loaded for it."""

from dataclasses import dataclass

from enhancers.crs.config import PARTS
from enhancers.crs.enhancer import CrsEnhancer
from enhancers.engine.enhancer import NetworkFactory

METHOD = "crs"


@dataclass(frozen=True)
class CrsFactory(NetworkFactory):
    """Makes `CrsEnhancer`."""

    enhancer = CrsEnhancer
    method = METHOD
    parts = PARTS
    keys_part = "TCN"
