"""x264: AVC at constant QP, repeatable byte for byte."""

from typing import Any

from codecpipe.codec import LEAD_QP_OFFSET, CodingSettings
from codecpipe.errors import InputError
from codecpipe.layout import Config
from encoders.ffmpeg_codec import pairs
from encoders.nal_codec import NalCodec
from encoders.nal_pictures import AVC
from encoders.zones import zones

INTRA_QP_OFFSET = -3
"""The QP offset of intra pictures that an ``ipratio`` of 1.4 comes to."""


class X264(NalCodec):
    """AVC by libx264; QP offsets between picture types as in `encoders.x265`."""

    name = "x264"
    suffix = ".264"
    container = "h264"
    encoder = "libx264"
    version_line = r"x264 - core (\S+)"  # in the stream itself: FFmpeg passes none on
    syntax = AVC
    presets = tuple(
        "ultrafast superfast veryfast faster fast medium slow slower veryslow placebo".split()
    )
    default_preset = "medium"
    fast_preset = "ultrafast"
    depths = (8, 10)
    qp_range = (1, 51)
    configs = (Config.AI, Config.LDP, Config.RA)
    picture_qps = (Config.LDP,)  # in RA it holds the QPs of B pictures to those of their type
    core_s_per_megapixel = 0.06
    # The last four are x264's other names of what is held.
    refused = frozenset(
        """
        stats pass qpfile cqmfile cqm opencl-clbin opencl-device crf bitrate qp threads zones
        dump-yuv slices slice-max-size asm nal-hrd interlaced tff bff fake-interlaced annexb level
        log qp-constant ip-factor pb-factor keyint-min
        """.split()
    )

    def check(self, settings: CodingSettings) -> None:
        """Refuse what x264 cannot do, see `FFmpegCodec.check`."""
        super().check(settings)
        if settings.qp_offsets and min(settings.qp_offsets) < INTRA_QP_OFFSET:
            raise InputError(
                "x264 codes no picture finer than its intra pictures, which are 3 below the base"
                f" QP: give LR offsets of {INTRA_QP_OFFSET} or more, or choose x265"
            )

    def parameters(self, settings: CodingSettings) -> dict[str, str]:
        """Fixed GOP, no adaptive quantization, no macroblock tree."""
        period = settings.intra_period
        shape = {
            Config.AI: pairs("keyint=1:bframes=0:ipratio=1"),
            Config.LDP: pairs("bframes=0:ipratio=1.4"),
            Config.RA: pairs("bframes=7:b-pyramid=normal:open-gop=1:ipratio=1.4"),
        }[settings.config]
        if settings.injected:
            shape["ipratio"] = f"{2 ** (-LEAD_QP_OFFSET / 6):g}"
        if settings.config is not Config.AI:
            shape["keyint"] = str(period) if period else "infinite"
            shape["min-keyint"] = "1"
        pbratio = "1.3"
        if settings.qp_offsets:
            shape["zones"] = zones(settings, range(len(settings.qp_offsets)), first=0)
            # At constant QP x264 clips QPs to the range of those of I, P and B pictures. LDP has no
            # B pictures: their QP only widens the range.
            pbratio = f"{2 ** (max(2, *settings.qp_offsets) / 6):g}"
        return shape | pairs(
            "b-adapt=0:scenecut=0:aq-mode=0:mbtree=0:rc-lookahead=10"
            f":pbratio={pbratio}:sync-lookahead=0:threads={settings.options.threads}"
            ":lookahead-threads=1"
        )

    def output_options(self, settings: CodingSettings) -> dict[str, Any]:
        """``tune psnr``; SEI, which holds the encoder's options as text, is taken out."""
        del settings
        return {"tune": "psnr", "bsf:v": "filter_units=remove_types=6"}
