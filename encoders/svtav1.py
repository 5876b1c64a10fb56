"""SVT-AV1: AV1 at constant quantizer, repeatable byte for byte."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from codecpipe.codec import CodedPicture, CodingSettings
from codecpipe.layout import Config
from codecpipe.programs.ffmpeg import find_ffmpeg
from encoders.av1_pictures import av1_pictures
from encoders.ffmpeg_codec import FFmpegCodec, probe_version


class SvtAv1(FFmpegCodec):
    """AV1 by libsvtav1. QP is its quantizer level, 1 to 63; recorded per picture as base_q_idx.

    AV1 has no P and B slices: LDP and LDB are its one low-delay structure.
    """

    name = "svtav1"
    suffix = ".obu"
    container = "obu"
    encoder = "libsvtav1"
    presets = tuple(str(preset) for preset in range(14))
    default_preset = "8"
    fast_preset = "11"  # 12 and 13 are mapped to it
    depths = (8, 10)
    qp_range = (1, 63)
    configs = (Config.AI, Config.LDP, Config.LDB, Config.RA)
    refused = frozenset(
        (
            *("stats", "pass", "passes", "crf", "qp", "tbr", "mbr", "rc", "qpfile", "use-q-file"),
            *(
                "input",
                "i",
                "output",
                "b",
                "o",
                "c",
                "config",
                "errlog",
                "stat-file",
                "stat-report",
            ),
            *("roi-map-file", "fgs-table", "film-grain", "lp", "pin", "preset", "resize-mode"),
            *("superres-mode", "frames", "n", "skip", "color-help", "no-progress", "progress"),
        )
    )

    def version(self) -> str:
        """Such as ``v4.2.0-151-g5ed9ffbcb``."""
        return _version(find_ffmpeg())

    def parameters(self, settings: CodingSettings) -> dict[str, str]:
        """Constant quantizer, fixed key-frame distance, tuned for PSNR."""
        structure = {Config.AI: "0", Config.LDP: "1", Config.LDB: "1", Config.RA: "2"}
        return {
            **{"aq-mode": "0", "scd": "0", "tune": "1", "enable-tf": "0", "enable-overlays": "0"},
            **{"pred-struct": structure[settings.config], "lp": str(settings.options.threads)},
        }

    def output_options(self, settings: CodingSettings, parameters: str) -> dict[str, Any]:
        """``-qp``, ``-g``, preset and ``-svtav1-params``."""
        distance = 1 if settings.config is Config.AI else settings.intra_period or 1 << 20
        return {
            "preset": settings.options.preset,
            "qp": settings.qp,
            "g": distance,
            "svtav1-params": parameters,
        }

    def notes(self, settings: CodingSettings, stream: Path | None = None) -> tuple[str, ...]:
        """What its QP and its configurations mean."""
        found = [
            "SVT-AV1 codes intra pictures at QP in AI, far finer in LDP, LDB and RA (base_q_idx in"
            " the picture table): compare curves, not points of one QP"
        ]
        if settings.config is Config.LDP:
            found.append("AV1 has no P slices: LDP is SVT-AV1's low-delay structure, as is LDB")
        return tuple(found)

    def pictures(self, stream: Path) -> tuple[CodedPicture, ...]:
        """From the frame headers."""
        return av1_pictures(stream)


@lru_cache(maxsize=4)
def _version(_binary: str) -> str:
    return probe_version("libsvtav1", r"SVT-AV1 Encoder Lib (\S+)")
