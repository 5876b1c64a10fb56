"""What the registry of enhancers knows of CRS; neither torch nor any weights are loaded for it."""

from dataclasses import dataclass
from fractions import Fraction

from codecpipe.enhancer import Enhancer
from enhancers.crs.config import PARTS
from enhancers.crs.enhancer import CrsEnhancer
from enhancers.engine.options import EngineOptions
from enhancers.weights.resolve import Wanted

METHOD = "crs"


@dataclass(frozen=True)
class CrsFactory:
    """Makes `CrsEnhancer`; ``variant``: of the network, None for the best that there is."""

    variant: str | None = None
    method: str = METHOD
    parts: tuple[str, ...] = PARTS
    wants_gpu: bool = True

    def weighted(
        self, *, name: str, without: tuple[str, ...], weights: str, options: EngineOptions
    ) -> Enhancer:
        """See `enhancers.choice.WeightedFactory`."""
        return CrsEnhancer(name, self, without, weights, options)

    def wanted(
        self,
        *,
        without: tuple[str, ...],
        weights: str,
        codec: str,
        config: str,
        scale: Fraction,
        layout: str,
    ) -> Wanted:
        """See `enhancers.choice.WeightedFactory`."""
        return Wanted(self.method, self.variant, weights, without, codec, config, scale, layout)
