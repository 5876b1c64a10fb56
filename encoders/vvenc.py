"""VVenC: VVC at constant QP, 10 bit, repeatable byte for byte."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from codecpipe.codec import LEAD_QP_OFFSET, CodedPicture, CodingSettings
from codecpipe.layout import Config
from codecpipe.programs.ffmpeg import find_ffmpeg
from encoders.ffmpeg_codec import FFmpegCodec, probe_version
from encoders.nal_pictures import VVC, nal_pictures
from encoders.parameter_sets import drop_repeated


class VVenC(FFmpegCodec):
    """VVC by libvvenc; QP offsets along the GOP are VVenC's own, which are VTM's.

    Its low delay codes generalised B pictures (both lists alike, looking backwards only), for LDP
    as for LDB. Perceptual adaptation is off. RA has VVenC's temporal pre-filter (MCTF) and block
    importance mapping, as VTM's CTC have the former; an LR stream with injected keys has not.
    """

    name = "vvenc"
    suffix = ".vvc"
    container = "vvc"
    encoder = "libvvenc"
    presets = ("faster", "fast", "medium", "slow", "slower")
    default_preset = "medium"
    fast_preset = "faster"
    depths = (10,)
    qp_range = (0, 63)
    configs = (Config.AI, Config.LDP, Config.LDB, Config.RA)
    refused = frozenset(
        (
            *("rcstatsfile", "inputfile", "bitstreamfile", "reconfile", "i", "b", "o", "c", "qp"),
            *("tracefile", "tracerule", "summaryoutfilename", "summarypicfilenamebase", "q"),
            *("additional", "logofile", "targetbitrate", "bitrate", "passes", "pass", "verbosity"),
            *(
                "threads",
                "size",
                "s",
                "fps",
                "framerate",
                "r",
                "frames",
                "f",
                "frameskip",
                "preset",
            ),
            *("internalbitdepth", "inputbitdepth", "outputbitdepth", "mswarn", "segment", "qpa"),
        )
    )

    def version(self) -> str:
        """Such as ``1.15.0-dev``."""
        return _version(find_ffmpeg())

    def parameters(self, settings: CodingSettings) -> dict[str, str]:
        """Fixed GOP: 1 (AI), 8 without reordering (low delay), 16 (RA, as VTM 10's)."""
        # 0 would be one intra picture a second.
        period = str(settings.intra_period or -1)
        # Frame-parallel, FFmpeg's wrapper loses the whole stream at some lengths (7 to 10 in AI).
        common = {"maxparallelframes": "0", "accessunitdelimiter": "0", "verbosity": "1"}
        # The pre-filter and block importance mapping make a key depend on the pictures after it.
        alone = {"mctf": "0", "bim": "0", "lookahead": "0"}
        lead = {"intraqpoffset": str(LEAD_QP_OFFSET)} if settings.injected else {}
        if settings.config is Config.AI:
            return {
                **{"intraperiod": "1", "gopsize": "1", "decodingrefreshtype": "idr"},
                **{"intraqpoffset": "0"},
                **alone,
                **common,
            }
        if settings.config is Config.RA:
            return {
                **{"intraperiod": period, "gopsize": "16", "decodingrefreshtype": "cra"},
                **{"poc0idr": "1"},
                **(alone if settings.injected else {}),
                **lead,
                **common,
            }
        return {
            **{"picreordering": "0", "decodingrefreshtype": "none"},
            **{"intraperiod": period, "gopsize": "8"},
            **alone,
            **lead,
            **common,
        }

    def output_options(self, settings: CodingSettings, parameters: str) -> dict[str, Any]:
        """``-qp``, ``-qpa 0``, preset and ``-vvenc-params``."""
        return {
            "preset": settings.options.preset,
            "threads": settings.options.threads,
            "qp": settings.qp,
            "qpa": 0,
            "vvenc-params": parameters,
        }

    def notes(self, settings: CodingSettings, stream: Path | None = None) -> tuple[str, ...]:
        """LDP is not P slices here."""
        if settings.config is Config.LDP:
            return ("vvenc codes LDP with generalised B pictures (both lists alike): it has no P",)
        return ()

    def tidy(self, stream: Path) -> None:
        """Parameter sets once."""
        drop_repeated(stream, frozenset((14, 15, 16)), shift=3, byte=1)

    def pictures(self, stream: Path) -> tuple[CodedPicture, ...]:
        """From the picture and slice headers."""
        return nal_pictures(stream, VVC)


@lru_cache(maxsize=4)
def _version(_binary: str) -> str:
    return probe_version("libvvenc", r"libvvenc version: (\S+)", "-pix_fmt", "yuv420p10le")
