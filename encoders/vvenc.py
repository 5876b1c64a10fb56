"""VVenC: VVC at constant QP, 10 bit, repeatable byte for byte."""

from pathlib import Path
from typing import Any

from codecpipe.codec import LEAD_QP_OFFSET, CodingSettings
from codecpipe.layout import Config
from encoders.ffmpeg_codec import pairs
from encoders.nal_codec import NalCodec
from encoders.nal_pictures import VVC


class VVenC(NalCodec):
    """VVC by libvvenc; QP offsets along the GOP are VVenC's own, which are VTM's.

    Its low delay codes generalised B pictures (both lists alike, looking backwards only), for LDP
    as for LDB. Perceptual adaptation is off. RA has VVenC's temporal pre-filter (MCTF) and block
    importance mapping, as VTM's CTC have the former; an LR stream with injected keys has not.
    """

    name = "vvenc"
    suffix = ".vvc"
    container = "vvc"
    encoder = "libvvenc"
    version_line = r"libvvenc version: (\S+)"
    syntax = VVC
    presets = ("faster", "fast", "medium", "slow", "slower")
    default_preset = "medium"
    fast_preset = "faster"
    depths = (10,)
    qp_range = (0, 63)
    configs = (Config.AI, Config.LDP, Config.LDB, Config.RA)
    core_s_per_megapixel = 1.0
    refused = frozenset(
        """
        rcstatsfile inputfile bitstreamfile reconfile i b o c qp tracefile tracerule
        summaryoutfilename summarypicfilenamebase q additional logofile targetbitrate bitrate passes
        pass verbosity threads size s fps framerate r frames f frameskip preset internalbitdepth
        inputbitdepth outputbitdepth mswarn segment qpa
        """.split()
    )

    def parameters(self, settings: CodingSettings) -> dict[str, str]:
        """Fixed GOP: 1 (AI), 8 without reordering (low delay), 16 (RA, as VTM 10's)."""
        # 0 would be one intra picture a second.
        period = settings.intra_period or -1
        # The pre-filter and block importance mapping make a key depend on the pictures after it.
        alone = pairs("mctf=0:bim=0:lookahead=0")
        if settings.config is Config.AI:
            held = pairs("intraperiod=1:gopsize=1:decodingrefreshtype=idr:intraqpoffset=0") | alone
        elif settings.config is Config.RA:
            held = pairs(f"intraperiod={period}:gopsize=16:decodingrefreshtype=cra:poc0idr=1")
            if settings.injected:
                held |= alone
        else:
            held = pairs(f"picreordering=0:decodingrefreshtype=none:intraperiod={period}:gopsize=8")
            held |= alone
        if settings.injected and settings.config is not Config.AI:
            held["intraqpoffset"] = str(LEAD_QP_OFFSET)
        # Frame-parallel, FFmpeg's wrapper loses the whole stream at some lengths (7 to 10 in AI).
        return held | pairs("maxparallelframes=0:accessunitdelimiter=0:verbosity=1")

    def output_options(self, settings: CodingSettings) -> dict[str, Any]:
        """``-qpa 0`` and the threads."""
        return {"threads": settings.options.threads, "qpa": 0}

    def notes(self, settings: CodingSettings, stream: Path | None = None) -> tuple[str, ...]:
        """LDP is not P slices here."""
        if settings.config is Config.LDP:
            return ("vvenc codes LDP with generalised B pictures (both lists alike): it has no P",)
        return ()
