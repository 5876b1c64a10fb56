"""Facts that each codec's class states, and the checks that follow from them.

Everything that must know a codec's abilities, tests included, asks its class: to add a codec is to
write its file and its line in `encoders.CODECS`.
"""

from pathlib import Path
from typing import ClassVar

from codecpipe.codec import CodecOptions, CodingSettings
from codecpipe.errors import InputError
from codecpipe.layout import Config


class BaseCodec:
    """A codec at constant QP."""

    name: ClassVar[str]
    """Its name in the registry, on the command line and in files."""
    suffix: ClassVar[str]
    """File suffix of its elementary streams, such as ``.hevc``: 2 to 5 lower-case characters."""
    fast_preset: ClassVar[str]
    """Its fastest preset; its only one where it has one."""
    depths: ClassVar[tuple[int, ...]]
    """Bit depths that it codes, in rising order."""
    qp_range: ClassVar[tuple[int, int]]
    """The lowest and the highest base QP."""
    configs: ClassVar[tuple[Config, ...]]
    """Configurations that it has."""
    picture_qps: ClassVar[tuple[Config, ...]] = ()
    """Configurations in which each picture can be given a QP of its own."""
    rpr: ClassVar[bool] = False
    """True if it can change the size of its pictures (reference picture resampling)."""
    core_s_per_megapixel: ClassVar[float]
    """Rough core seconds for 10⁶ luma samples, at the usual presets and QPs."""

    def coded_depth(self, bit_depth: int) -> int:
        """The lowest of the codec's depths that holds the source's."""
        found = [depth for depth in self.depths if depth >= bit_depth]
        if found:
            return found[0]
        raise InputError(
            f"{self.name} codes at most {self.depths[-1]} bits here and the source has"
            f" {bit_depth}: convert it to {self.depths[-1]} bits first"
        )

    def resolve(self, options: CodecOptions) -> CodecOptions:
        """The options, checked."""
        if options.threads < 1:
            raise InputError("an encoder needs at least one thread: give --threads 1 or more")
        return options

    def check(self, settings: CodingSettings) -> None:
        """Refuse picture sizes, QPs and a configuration that this codec does not have."""
        if settings.rpr and not self.rpr:
            raise InputError(
                f"{self.name} cannot change its picture size as layout rpr asks: choose"
                " --codec vtm, or another layout"
            )
        low, high = self.qp_range
        if not low <= settings.qp <= high:
            raise InputError(
                f"a stream of this layout would be coded at QP {settings.qp}, and {self.name} takes"
                f" {low} to {high}: change --qp or --delta-qp"
            )
        if settings.config not in self.configs:
            raise InputError(self.config_refusal(settings.config))
        if not settings.qp_offsets:
            return
        if settings.config not in self.picture_qps:
            raise InputError(
                f"{self.name} cannot give each picture of {settings.config} a QP of its own: leave"
                " the LR offsets out, or choose a codec that can, such as x265 in LDP and RA"
            )
        first, last = (settings.qp + end(settings.qp_offsets) for end in (min, max))
        if first < low or last > high:
            raise InputError(
                f"LR offsets lead to QPs from {first} to {last}, and {self.name} takes {low}"
                f" to {high}: change the offsets, --qp or --delta-qp"
            )

    def config_refusal(self, config: Config) -> str:
        """The sentence for a configuration that the codec does not have."""
        have = ", ".join(self.configs)
        return f"{self.name} has no {config}: choose one of {have}, or another codec"

    def notes(self, settings: CodingSettings, stream: Path | None = None) -> tuple[str, ...]:
        """Sentences that a reader of results must know; none unless a codec says otherwise."""
        del settings, stream
        return ()
