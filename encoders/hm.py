"""HM, the HEVC reference software, under the common test conditions."""

from codecpipe.layout import Config
from encoders.nal_pictures import HEVC
from encoders.reference.codec import ReferenceCodec
from encoders.reference.software import Software

_FILES = {
    Config.AI: "intra",
    Config.LDP: "lowdelay_P",
    Config.LDB: "lowdelay",
    Config.RA: "randomaccess",
}


class HM(ReferenceCodec):
    """HEVC by HM: ``main`` configuration files for 8-bit video, ``main10`` for 10-bit."""

    name = "hm"
    suffix = ".hevc"
    software = Software(
        name="HM",
        variable="CODECPIPE_HM",
        encoder="TAppEncoder",
        decoder="TAppDecoder",
        joiner="parcat",
        banner=r"HM software: Encoder Version \[([^\]]+)\]",
        cfg="encoder_randomaccess_main.cfg",
        url="https://vcgit.hhi.fraunhofer.de/jvet/HM",
    )
    syntax = HEVC
    depths = (8, 10)
    qp_range = (0, 51)
    core_s_per_megapixel = 8.0

    def main_cfg(self, config: Config, bit_depth: int, intra_period: int) -> str:
        """``encoder_…_main.cfg``, or ``…_main10.cfg``."""
        del intra_period
        return f"encoder_{_FILES[config]}_main{'10' if bit_depth > 8 else ''}.cfg"
