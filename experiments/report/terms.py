"""The terms of a report: what each of its numbers is, said once and exactly."""

from __future__ import annotations

from collections.abc import Collection, Sequence

_BD_NAMES = {
    "pchip": "piecewise cubic Hermite interpolation (pchip, as in today's JVET sheets)",
    "cubic": "a cubic polynomial (VCEG-M33)",
    "akima": "Akima interpolation",
}


def definitions(
    bd_method: str, anchors: Sequence[str], measured_bit_depths: Collection[int]
) -> dict[str, str]:
    """Definitions by term, for this BD method, these anchors and these bit depths."""
    peaks = ", ".join(f"{255 * 2 ** (b - 8):g} at {b} bits" for b in sorted(measured_bit_depths))
    anchor = f"{', '.join(anchors)}: what" if anchors else "What"
    return {
        "Anchor": (
            f"{anchor} every method is compared with, on the same sequence, codec and "
            "configuration. Unless another was named: the plain codec on all frames at source "
            "resolution."
        ),
        "Rate": (
            "8 · bytes · fps / frames / 1000 in kbps. The bytes are the sum of all elementary "
            "streams, parameter sets and SEI included; the container's own are listed beside it "
            "and not counted."
        ),
        "PSNR": (
            "10 · log10(peak² / MSE) of each plane of each frame; a sequence's is the mean of its "
            "frames' (as in HM and VTM), keys included. Restored video against the source, at the "
            "larger of their two bit depths B. Peak 255 · 2^(B−8), as in HM and VTM: 1020 at 10 "
            f"bits, not 1023{f' (here: {peaks})' if peaks else ''}."
        ),
        "PSNR-YUV": (
            "(6·Y + U + V)/8 of the sequence's PSNRs. What HM and VTM print under this name is "
            "another value, taken from the mean MSE."
        ),
        "BD-rate": (
            "Mean difference of log10 rate over the common interval of quality, as a percentage. "
            f"Curves: {_BD_NAMES.get(bd_method, bd_method)} over log10 rate, never extrapolated. "
            "Negative: the method needs less rate than the anchor."
        ),
        "BD-PSNR": (
            "Mean difference of PSNR-Y in dB over the common interval of log10 rate. Positive: "
            "better than the anchor."
        ),
        "LR frames alone": (
            "Only the frames that the method codes at a lower resolution at all its QPs, and the "
            "frames of the same display indices of the anchor; rate = bits of these frames · fps "
            "/ their number / 1000. Key frames (boundaries of TDS below full size, too) and what "
            "belongs to no frame are not counted, so this is not the gain of the whole stream."
        ),
        "EncT, DecT": (
            "CPU time of the processes in % of the anchor's, geometric mean over QPs and "
            "sequences. DecT: decoding and enhancement. Comparable only on one machine."
        ),
        "Means": (
            "Class: mean of its sequences. Overall: mean of all sequences listed, whatever their "
            "class. Overall (CTC), in the table by class: without the classes that the CTC leave "
            "out of theirs, such as D and F; the sentence above that table says which. A sequence "
            "without a number is left out, and a note says so."
        ),
        "95 % interval": (
            "The small print below a mean over three sequences or more: percentile bootstrap "
            "interval of the mean (times: of the geometric mean) over these sequences, 9999 "
            "resamples, fixed seed. It says how far the mean depends on which sequences were "
            "taken; of fewer than six it is a hint at most."
        ),
    }
