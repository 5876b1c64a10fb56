"""Cross resolution synthesis: the whole network (CRS, eq. (9), Figs. 2 to 5).

One network restores luma and another, of the same make, U and V together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from torch import Tensor, nn

from enhancers.crs.config import CrsConfig
from enhancers.crs.fusion import Fusion
from enhancers.crs.man import FrameFeatures, Man
from enhancers.crs.receptive_field import receptive_field
from enhancers.crs.tcn import KeyFeatures, Tcn
from enhancers.engine.device import Device
from enhancers.engine.tiles import ReceptiveField, Tile, join_tiles
from enhancers.layers.resize import upsample
from enhancers.window.network import WindowNetwork


class Crs(WindowNetwork):
    """Restores the current one of T LR frames with the help of the others and of K HR keys.

    Samples are floats, 0 to 1. HR sizes are multiples of ``4·k`` (`CrsConfig.multiple`), LR's of 4.
    Parts named in `CrsConfig.without` are not there, nor are their parameters: without MAN the
    motion representation is the features of the current frame alone, without TCN keys are ignored.

    With B: batch, C: planes, F: channels::

      T LR frames [B, T, C, h, w] ▶ FrameFeatures ▶ T × [B, F, h, w] ▶ Man ▶ motion [B, F, h, w]
      current LR frame [B, C, h, w] ▶ bicubic ▶ upscaled [B, C, H, W]
      upscaled ▶ PyramidFeatures ▶ query [B, F, H/4, W/4] ──────────────────────────┐
      K key LR [B, C, h, w] ▶ bicubic ▶ PyramidFeatures ▶ search [B, F, H/4, W/4] ──┤
                                                                                    ▼
                                                                               find_matches
                                                                                    ▼
      K keys [B, C, H, W] ▶ PyramidFeatures ▶ values [B, F, H/s, W/s], s = 1, 2, 4 ▶ transfer
                                                                                    ▼
      motion ───────────────────────▶ Fusion ◀── K textures [B, F, H/s, W/s], s = 1, 2
                                         ▼ residual [B, C, H, W]
      upscaled ────────────────────────▶ + ─▶ restored [B, C, H, W]
    """

    config: CrsConfig

    def __init__(self, config: CrsConfig) -> None:
        super().__init__(config)
        self.features = FrameFeatures(config)
        self.man = Man(config) if config.has_man else None
        self.tcn = Tcn(config) if config.has_tcn else None
        self.fusion = Fusion(config)

    def receptive_field(self, device: Device) -> ReceptiveField:
        """Tiles of LR pictures, see `enhancers.crs.receptive_field`."""
        return receptive_field(self.config, device)

    def compiled_parts(self) -> Iterable[nn.Module]:
        """The modules made of convolutions; the search for patches is loops over blocks."""
        mfe = self.tcn.mfe if self.tcn is not None else None
        return [part for part in (self.features, self.man, mfe, self.fusion) if part is not None]

    def lr_features(self, lr: Tensor, qp: Tensor) -> Tensor:
        """Features ``[B, channels, h, w]`` of LR frames ``[B, planes, h, w]`` at QPs ``[B]``."""
        out: Tensor = self.features(lr, qp)
        return out

    def key_features(self, key: Tensor, key_lr: Tensor, qp: Tensor) -> KeyFeatures:
        """Features of keys ``[B, planes, Hk, Wk]``, LR pictures ``[B, planes, Hk/k, Wk/k]``.

        ``qp``: ``[B]``, the keys' own. The re-sampled key is the bicubic up-sampling of ``key_lr``.

        Raises:
            ValueError: the network has no TCN, or sizes do not fit.
        """
        if self.tcn is None:
            raise ValueError("a network without TCN has no features of keys")
        scale = self.config.scale
        fits = all(side % self.config.multiple == 0 for side in key.shape[-2:])
        if not fits or key.shape[-2:] != tuple(scale * side for side in key_lr.shape[-2:]):
            raise ValueError(
                f"key of {tuple(key.shape[-2:])} and its LR picture of {tuple(key_lr.shape[-2:])}: "
                f"need multiples of {self.config.multiple}, the key {scale} times as large"
            )
        return self.tcn.key_features(key, upsample(key_lr, scale), qp)

    def join_keys(self, parts: Sequence[KeyFeatures], tiles: Sequence[Tile]) -> KeyFeatures:
        """The features of a whole key, of those of its tiles."""
        k = self.config.scale
        of = {down: [tile.scaled(k, down) for tile in tiles] for down in (1, 2, 4)}
        whole, half, quarter = zip(*(part.values for part in parts), strict=True)
        return KeyFeatures(
            values=(
                join_tiles(whole, of[1]),
                join_tiles(half, of[2]),
                join_tiles(quarter, of[4]),
            ),
            search=join_tiles([part.search for part in parts], of[4]),
        )

    def synthesize(
        self, features: Sequence[Tensor], current: Tensor, keys: Sequence[KeyFeatures], qp: Tensor
    ) -> Tensor:
        """The restored picture ``[B, planes, H, W]``, not clamped.

        Raises:
            ValueError: not K keys, or h and w are not multiples of 4.
        """
        config = self.config
        if len(keys) != config.used_keys:
            raise ValueError(f"{len(keys)} keys where the network has {config.used_keys}")
        if any(side % 4 for side in current.shape[-2:]):
            raise ValueError(f"LR frame of {tuple(current.shape[-2:])}: need multiples of 4")
        upscaled = upsample(current, config.scale)
        motion = features[config.current] if self.man is None else self.man(features)
        textures = [] if self.tcn is None else self.tcn(upscaled, keys, qp)
        residual: Tensor = self.fusion(motion, textures, qp)
        return upscaled + residual.to(upscaled.dtype)
