"""VTM, the VVC reference software, under the common test conditions."""

from pathlib import Path

from codecpipe.codec import CodingSettings
from codecpipe.layout import Config
from encoders.nal_pictures import VVC
from encoders.picture_sizes import picture_sizes
from encoders.reference.codec import ReferenceCodec
from encoders.reference.software import Software

_FILES = {
    Config.AI: "encoder_intra_vtm.cfg",
    Config.LDP: "encoder_lowdelay_P_vtm.cfg",
    Config.LDB: "encoder_lowdelay_vtm.cfg",
    Config.RA: "encoder_randomaccess_vtm.cfg",
}
_RA_GOP16 = "encoder_randomaccess_vtm_gop16.cfg"


class VTM(ReferenceCodec):
    """VVC by VTM, at 10 bits whatever the source has, as in the CTC.

    RA has a GOP of 32; an intra period that is a multiple of 16 only takes VTM's own file for a
    GOP of 16. With ``rpr``, VTM's GOP-based reference picture resampling (``cfg/rpr``) chooses the
    picture size of each GOP, and the decoder scales every picture to full size.
    """

    name = "vtm"
    suffix = ".vvc"
    software = Software(
        name="VTM",
        variable="CODECPIPE_VTM",
        encoder="EncoderApp",
        decoder="DecoderApp",
        joiner="parcat",
        banner=r"VTM Encoder Version (\S+)",
        cfg="encoder_randomaccess_vtm.cfg",
        url="https://vcgit.hhi.fraunhofer.de/jvet/VVCSoftware_VTM",
    )
    syntax = VVC
    depths = (10,)
    qp_range = (0, 63)
    rpr = True
    core_s_per_megapixel = 50.0

    def main_cfg(self, config: Config, bit_depth: int, intra_period: int) -> str:
        """``encoder_…_vtm.cfg``."""
        del bit_depth
        main = _FILES[config]
        if config is Config.RA and intra_period and intra_period % 16 == 0:
            short = (self.install.cfg / _RA_GOP16).is_file()
            if short and intra_period % self._gop(main):
                return _RA_GOP16
        return main

    def extra_cfg(self, settings: CodingSettings) -> tuple[str, ...]:
        """The file of GOP-based RPR, where that is asked for."""
        return ("rpr/gopBasedRPR.cfg",) if settings.rpr else ()

    def notes(self, settings: CodingSettings, stream: Path | None = None) -> tuple[str, ...]:
        """A note on closed GOPs; with ``rpr`` also how many pictures were coded smaller."""
        notes = super().notes(settings, stream)
        if settings.rpr and stream is not None:
            full, sizes = picture_sizes(stream)
            smaller = sum(width < full for width, _ in sizes)
            what = f"{smaller} of {len(sizes)} pictures at a lower resolution"
            why = "" if smaller else " (its thresholds of QP and PSNR were not met)"
            notes += (f"vtm: GOP-based RPR coded {what}{why}",)
        return notes

    def encoder_options(self, config: Config, intra_period: int) -> tuple[str, ...]:
        """Options for all log lines, and for intra pictures, which VTM leaves out in low delay.

        The low-delay files ask for no refresh (0), and VTM then codes one intra picture, whatever
        the period. As recovery points (3) they stand where the period says. VTM's decoder cannot
        take them as CRA pictures (1), and as IDR (2) the period must exceed the GOP.
        """
        refresh = config in (Config.LDP, Config.LDB) and intra_period > 0
        return ("--Verbosity=6", *(("--DecodingRefreshType=3",) if refresh else ()))

    def decoder_options(self) -> tuple[str, ...]:
        """An option that scales pictures of another size than the sequence's (RPR) to it."""
        return ("--UpscaledOutput=2",)
