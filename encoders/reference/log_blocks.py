"""The bracketed blocks of a POC line of HM or VTM, each known by its label."""

import re
import struct
from collections.abc import Iterator

_NUMBER = r"(-?(?:[0-9.]+|nan|inf))"
_HEX = r"([0-9a-f]{1,16})"


def _three(
    stem: str, label: str, value: str, *, unit: str = "", prefix: str = ""
) -> tuple[tuple[str, ...], str]:
    """Names and pattern of a block with a value each for Y, U and V: ``WY 30.1 dB  WU …``."""
    one = (rf"{label.replace('#', c)}\s+{value}{unit}" for c in ("Y", "U", "[Vv]"))
    return tuple(f"{stem}_{plane}" for plane in "yuv"), prefix + r"\s+".join(one)


# HM writes the last hexadecimal label as "xv".
_BLOCKS = tuple(
    (re.compile(pattern), names)
    for names, pattern in (
        _three("psnr", "#", _NUMBER, unit=" dB"),
        _three("exact_psnr", "x#", _HEX),
        _three("ms_ssim", "#", _NUMBER, prefix=r"MS-SSIM\s+"),
        _three("mse", "# MSE", _NUMBER),
        (("xpsnr",), rf"xPSNR\s+{_NUMBER} dB"),
        _three("wpsnr", "W#", _NUMBER, unit=" dB"),
        _three("exact_wpsnr", "xW#", _HEX),
        _three("psnr2", "#2", _NUMBER, unit=" dB"),
        (("deltae",), rf"DeltaE[0-9]*\s+{_NUMBER} dB"),
        (("psnrl",), rf"PSNRL[0-9]*\s+{_NUMBER} dB"),
        (("encode_s",), rf"ET\s+{_NUMBER}"),
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
    for pattern, names in _BLOCKS:
        if match := pattern.fullmatch(block.strip()):
            read = exact if names[0].startswith("exact") else float
            yield from zip(names, map(read, match.groups()), strict=True)
            return
