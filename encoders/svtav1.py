"""SVT-AV1: AV1 at constant quantizer, repeatable byte for byte."""

from pathlib import Path
from typing import Any

from codecpipe.codec import CodedPicture, CodingSettings
from codecpipe.layout import Config
from encoders.av1_pictures import av1_pictures
from encoders.ffmpeg_codec import FFmpegCodec, pairs


class SvtAv1(FFmpegCodec):
    """AV1 by libsvtav1. QP is its quantizer level, 1 to 63; recorded per picture as base_q_idx.

    AV1 has no P and B slices: LDP and LDB are its one low-delay structure.
    """

    name = "svtav1"
    suffix = ".obu"
    container = "obu"
    encoder = "libsvtav1"
    version_line = r"SVT-AV1 Encoder Lib (\S+)"
    presets = tuple(str(preset) for preset in range(14))
    default_preset = "8"
    fast_preset = "11"  # 12 and 13 are mapped to it
    depths = (8, 10)
    qp_range = (1, 63)
    configs = (Config.AI, Config.LDP, Config.LDB, Config.RA)
    core_s_per_megapixel = 0.3
    refused = frozenset(
        """
        stats pass passes crf qp tbr mbr rc qpfile use-q-file input i output b o c config errlog
        stat-file stat-report roi-map-file fgs-table film-grain lp pin preset resize-mode
        superres-mode frames n skip color-help no-progress progress
        """.split()
    )

    def parameters(self, settings: CodingSettings) -> dict[str, str]:
        """Constant quantizer, tuned for PSNR."""
        structure = {Config.AI: 0, Config.LDP: 1, Config.LDB: 1, Config.RA: 2}
        return pairs(
            "aq-mode=0:scd=0:tune=1:enable-tf=0:enable-overlays=0"
            f":pred-struct={structure[settings.config]}:lp={settings.options.threads}"
        )

    def output_options(self, settings: CodingSettings) -> dict[str, Any]:
        """The distance of key frames; 2^20 where there is to be one."""
        return {"g": 1 if settings.config is Config.AI else settings.intra_period or 1 << 20}

    def notes(self, settings: CodingSettings, stream: Path | None = None) -> tuple[str, ...]:
        """Its QP and its configurations are not those of the other codecs."""
        found = [
            "SVT-AV1 codes intra pictures at QP in AI, far finer in LDP, LDB and RA (base_q_idx in"
            " the picture table): compare curves, not points of one QP"
        ]
        if settings.config is Config.LDP:
            found.append("AV1 has no P slices: LDP is SVT-AV1's low-delay structure, as is LDB")
        return tuple(found)

    def pictures(self, stream: Path) -> tuple[CodedPicture, ...]:
        """The pictures of a stream in coding order, by their frame headers."""
        return av1_pictures(stream)
