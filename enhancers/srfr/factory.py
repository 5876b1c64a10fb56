"""What the registry of enhancers knows of SRFR; neither torch nor any weights are loaded for it."""

from dataclasses import dataclass

from enhancers.engine.enhancer import NetworkFactory
from enhancers.srfr.config import PARTS
from enhancers.srfr.enhancer import SrfrEnhancer

METHOD = "srfr"


@dataclass(frozen=True)
class SrfrFactory(NetworkFactory):
    """Makes `SrfrEnhancer`."""

    enhancer = SrfrEnhancer
    method = METHOD
    parts = PARTS
