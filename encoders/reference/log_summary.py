"""The summary tables at the end of a log of HM or VTM, read by the names of their columns."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from codecpipe.errors import FileFormatError
from encoders.reference.log_blocks import exact

_HEADER = re.compile(r"\s*Total Frames\s*\|(.*)")
_ROW = re.compile(r"\s*(?:(Average|From MSE):)?\s*([0-9]+)\s+([aipbw])([0-9]*)\s+(.*)")
# HM's xPSNR is a number like any other.
_HEXADECIMAL = re.compile(r"x(?=[YUV]-|DeltaE|PSNRL)")
_OWN = {
    "Bitrate": "rate_kbps",
    "Y-PSNR": "psnr_y",
    "U-PSNR": "psnr_u",
    "V-PSNR": "psnr_v",
    "YUV-PSNR": "psnr_yuv",
}


@dataclass(frozen=True)
class LoggedSummary:
    """One row of a summary table.

    A value that is not printed (chroma of 4:0:0) or printed as ``-nan`` (a type without pictures)
    is nan.
    """

    frames: int
    rate_kbps: float
    """Without SEI."""
    psnr_y: float
    """The mean over the frames, dB; chroma likewise."""
    psnr_u: float
    psnr_v: float
    psnr_yuv: float
    """The software's own, from the mean MSE weighted 4:1:1, dB."""
    extra: Mapping[str, float]
    """Other columns: ``ms_ssim_y``, ``mse_psnr_y`` (from the mean MSE), ``exact_psnr_y`` …"""


def read_summaries(lines: list[str], where: str) -> dict[str, LoggedSummary]:
    """The rows ``a``, ``i``, ``p`` and ``b``, as far as they are printed.

    Raises:
        FileFormatError: the log is of several layers or of fields, prints WPSNR in place of PSNR,
            or has a row that does not fit its header.
    """
    found: dict[str, LoggedSummary] = {}
    columns: list[str] = []
    rows_expected = False
    for line in lines:
        if header := _HEADER.fullmatch(line.rstrip()):
            columns, rows_expected = header[1].split(), True
        elif rows_expected and (row := _ROW.fullmatch(line.rstrip())):
            label, frames, kind, layer, text = row.groups()
            if layer and layer != "0":
                raise FileFormatError(
                    f"{where} is the log of several layers: only logs of one layer can be read"
                )
            from_mse = label == "From MSE"
            values = _values(columns, text.split(), from_mse=from_mse, where=where)
            if from_mse:
                planes = {name.lower(): f"{name}-PSNR" for name in ("Y", "U", "V", "YUV")}
                means = {f"mse_psnr_{name}": values.get(key) for name, key in planes.items()}
                _extend(found, kind, {name: db for name, db in means.items() if db is not None})
            else:
                _add(found, kind, frames=int(frames), values=values, where=where)
        else:
            rows_expected = False
    if weighted := found.pop("w", None):
        _extend(found, "a", weighted.extra)
    return found


def _extend(found: dict[str, LoggedSummary], kind: str, more: Mapping[str, float]) -> None:
    if kind in found:
        found[kind] = replace(found[kind], extra={**found[kind].extra, **more})


def _add(
    found: dict[str, LoggedSummary], kind: str, frames: int, values: dict[str, float], where: str
) -> None:
    if kind in found:
        raise FileFormatError(
            f"{where} has several summaries of one kind, as field coding prints them: only logs"
            " of one run of frame coding can be read"
        )
    if "Y-PSNR" not in values and kind == "a":
        raise FileFormatError(
            f"{where} has no PSNR in its summary: encode again without --WPSNR=1"
            if "Y-WPSNR" in values
            else f"{where} has no column Y-PSNR in its summary: give an encoder's unchanged log"
        )
    extra = {_extra_name(name): v for name, v in values.items() if name not in _OWN}
    means = {name: values.get(column, math.nan) for column, name in _OWN.items()}
    found[kind] = LoggedSummary(frames=frames, **means, extra=extra)


def _values(
    columns: list[str], cells: list[str], *, from_mse: bool, where: str
) -> dict[str, float]:
    # HM's row "From MSE" ends after the PSNR.
    if len(cells) != len(columns) and not (from_mse and len(cells) < len(columns)):
        raise FileFormatError(
            f"{where} has a summary row of {len(cells)} numbers under {len(columns)} columns:"
            " give an encoder's unchanged log"
        )
    try:
        return {
            name: exact(cell) if _HEXADECIMAL.match(name) else float(cell)
            for name, cell in zip(columns, cells, strict=False)
        }
    except ValueError:
        raise FileFormatError(
            f"{where} has a summary row with something that is no number:"
            " give an encoder's unchanged log"
        ) from None


def _extra_name(column: str) -> str:
    """``Y-MS-SSIM`` → ``ms_ssim_y``, ``xY-PSNR`` → ``exact_psnr_y``, ``MSE-Y-PSNR`` → …"""
    name, hexadecimal = _HEXADECIMAL.subn("", column)
    rest = name.removeprefix("MSE-")
    plane, dash, what = rest.partition("-")
    if plane not in ("Y", "U", "V", "YUV") or not dash:
        plane, what = "", rest
    parts = ("exact" if hexadecimal else "", "mse" if rest != name else "", what, plane)
    return "_".join(part for part in parts if part).lower().replace("-", "_")
