"""The number of frames from one key frame to the next, from a frame rate."""

from fractions import Fraction

from codecpipe.layout import Config


def default_gop(config: Config, fps: Fraction, mini_gop: int = 8) -> int:
    """One second in whole mini-GOPs, as in the JVET CTC (of 8: 24 → 24, 30 → 32, 60 → 64 frames).

    `mini_gop` is the codec's, see `codecpipe.codec.Codec.mini_gop`.
    """
    return 1 if config is Config.AI else gop_of_seconds(Fraction(1), fps, mini_gop)


def gop_of_seconds(seconds: Fraction, fps: Fraction, mini_gop: int = 8) -> int:
    """A GOP of so many seconds in whole mini-GOPs, at least one (of 8: 2 s at 30 → 64 frames)."""
    return max(mini_gop, (round(seconds * fps) + mini_gop // 2) // mini_gop * mini_gop)
