"""The bracketed blocks of a POC line of HM or VTM, each known by its label."""

import re
import struct
from collections.abc import Iterator

_NUMBER = r"(-?(?:[0-9.]+|nan|inf))"
_HEX = r"([0-9a-f]{1,16})"
_MS_SSIM = r"MS-SSIM\s+"


def _three(label: str, value: str, *, unit: str = "", prefix: str = "") -> str:
    """The pattern of a block with a value each for Y, U and V, as in ``WY 30.1 dB  WU …``."""
    gap = r"\s+"
    return prefix + gap.join(
        rf"{label.replace('#', c)}\s+{value}{unit}" for c in ("Y", "U", "[Vv]")
    )


# HM writes the last hexadecimal label as "xv".
_BLOCKS = tuple(
    (re.compile(pattern), names, hexadecimal)
    for pattern, names, hexadecimal in (
        (_three("#", _NUMBER, unit=" dB"), ("psnr_y", "psnr_u", "psnr_v"), False),
        (_three("x#", _HEX), ("exact_psnr_y", "exact_psnr_u", "exact_psnr_v"), True),
        (
            _three("#", _NUMBER, prefix=_MS_SSIM),
            ("ms_ssim_y", "ms_ssim_u", "ms_ssim_v"),
            False,
        ),
        (_three("# MSE", _NUMBER), ("mse_y", "mse_u", "mse_v"), False),
        (rf"xPSNR\s+{_NUMBER} dB", ("xpsnr",), False),
        (_three("W#", _NUMBER, unit=" dB"), ("wpsnr_y", "wpsnr_u", "wpsnr_v"), False),
        (_three("xW#", _HEX), ("exact_wpsnr_y", "exact_wpsnr_u", "exact_wpsnr_v"), True),
        (_three("#2", _NUMBER, unit=" dB"), ("psnr2_y", "psnr2_u", "psnr2_v"), False),
        (rf"DeltaE[0-9]*\s+{_NUMBER} dB", ("deltae",), False),
        (rf"PSNRL[0-9]*\s+{_NUMBER} dB", ("psnrl",), False),
        (rf"ET\s+{_NUMBER}", ("encode_s",), False),
    )
)
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")


def exact(digits: str) -> float:
    """The float64 whose bits are these hexadecimal digits, as ``--PrintHexPSNR`` writes it."""
    return float(struct.unpack(">d", bytes.fromhex(digits.zfill(16)))[0])


def block_values(text: str) -> dict[str, float]:
    """Values of all known blocks in ``text``, by name; reference lists and hashes are passed over.

    PSNR in dB (``psnr_y``, ``wpsnr_y``, the reconstruction's at another size ``psnr2_y``, HM's
    cross-component ``xpsnr``), all digits of it from the hexadecimal blocks (``exact_psnr_y``),
    ``ms_ssim_y``, ``mse_y``, ``deltae``, ``psnrl``, and ``encode_s`` in seconds.
    """
    return {name: value for block in _BRACKETS.findall(text) for name, value in _values(block)}


def _values(block: str) -> Iterator[tuple[str, float]]:
    for pattern, names, hexadecimal in _BLOCKS:
        if match := pattern.fullmatch(block.strip()):
            read = exact if hexadecimal else float
            yield from zip(names, map(read, match.groups()), strict=True)
            return
