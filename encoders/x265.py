"""x265: HEVC at constant QP, repeatable byte for byte."""

from pathlib import Path
from typing import Any

from codecpipe.codec import LEAD_QP_OFFSET, CodingSettings
from codecpipe.errors import ToolError
from codecpipe.layout import Config
from encoders.ffmpeg_codec import pairs
from encoders.nal_codec import NalCodec
from encoders.nal_pictures import HEVC
from encoders.zones import coding_order, zones

B_PICTURES = 7
"""B pictures between two others in RA."""


class X265(NalCodec):
    """HEVC by libx265.

    The base QP is that of P pictures; in LDP and RA intra pictures get 3 less and B pictures 2
    more (x265's own ratios 1.4 and 1.3, the offsets of the CTC's RA), in AI they get it exactly.
    """

    name = "x265"
    suffix = ".hevc"
    container = "hevc"
    encoder = "libx265"
    version_line = r"HEVC encoder version (\S+)"
    syntax = HEVC
    presets = tuple(
        "ultrafast superfast veryfast faster fast medium slow slower veryslow placebo".split()
    )
    default_preset = "medium"
    fast_preset = "ultrafast"
    depths = (8, 10, 12)
    qp_range = (1, 51)
    configs = (Config.AI, Config.LDP, Config.RA)
    picture_qps = (Config.LDP, Config.RA)
    core_s_per_megapixel = 0.2
    refused = frozenset(
        """
        csv csv-log-level recon recon-depth recon-y4m-exec output input stats pass analysis-save
        analysis-load analysis-reuse-file qpfile lambda-file scaling-list zonefile zones
        dolby-vision-rpu dhdr10-info film-grain aom-film-grain nalu-file frames seek crf bitrate qp
        lossless asm frame-threads pools hash log-level log-file fps input-res input-depth
        output-depth preset tune svt numa-pools slices chunk-start chunk-end field interlace
        """.split()
    )

    def parameters(self, settings: CodingSettings) -> dict[str, str]:
        """Fixed GOP, no adaptive quantization, nothing decided by looking at the content."""
        period = settings.intra_period
        shape = {
            Config.AI: pairs("keyint=1:bframes=0:ipratio=1"),
            Config.LDP: pairs("bframes=0:open-gop=0:ipratio=1.4"),
            Config.RA: pairs(f"bframes={B_PICTURES}:open-gop=1:ipratio=1.4:pbratio=1.3"),
        }[settings.config]
        if settings.injected:
            shape["ipratio"] = f"{2 ** (-LEAD_QP_OFFSET / 6):g}"
        if settings.config is not Config.AI:
            # -1: no second intra picture. min-keyint keeps x265 from choosing among the two kinds.
            shape |= {"keyint": str(period or -1), "min-keyint": str(period or 1)}
        if settings.qp_offsets:
            # A zone counts pictures from 1 in coding order; its q is what P pictures get, and all
            # other types move with it.
            shape["zones"] = zones(settings, _coding_order(settings), first=1)
        return shape | pairs(
            "b-adapt=0:scenecut=0:aq-mode=0:cutree=0:rc-lookahead=10:lookahead-slices=0"
            f":frame-threads=1:pools={settings.options.threads}:info=0:hrd=0:aud=0"
            ":log-level=warning"
        )

    def output_options(self, settings: CodingSettings) -> dict[str, Any]:
        """``tune psnr``."""
        del settings
        return {"tune": "psnr"}

    def config_refusal(self, config: Config) -> str:
        """The sentence for LDB, which x265's B pictures, always looking ahead, cannot be."""
        return (
            f"x265 has no {config}, its B pictures always refer to later ones:"
            " choose LDP, or --codec vvenc for low-delay B"
        )

    def tidy(self, stream: Path, settings: CodingSettings) -> None:
        """Refuse pictures with QPs of their own in another order than these went by."""
        super().tidy(stream, settings)
        if not settings.qp_offsets:
            return
        order = tuple(picture.display for picture in self.pictures(stream))
        if order != _coding_order(settings):
            raise ToolError(
                "x265 did not code its pictures in the order that their QPs were given in:"
                " leave out the encoder parameters that change the GOP, or the LR offsets"
            )


def _coding_order(settings: CodingSettings) -> tuple[int, ...]:
    b_pictures = B_PICTURES if settings.config is Config.RA else 0
    return coding_order(len(settings.qp_offsets), settings.intra_period, b_pictures)
