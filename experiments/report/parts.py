"""The parts of a report beside the BD tables and the plots, as plain values for the template."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from experiments.results.frames import extra_metrics, parts, records
from experiments.tables.rows import DEC_TIME, ENC_TIME, BDRow

_META_TITLES = {
    "command_line": "Command",
    "experiment_yaml": "Experiment file (YAML)",
    "encoder_command_lines": "Encoder command lines",
    "versions": "Versions",
    "git_commit": "Git commit",
    "machine": "Machine",
    "seeds": "Seeds",
    "sources": "Source files (SHA-256)",
}


@dataclass(frozen=True)
class TextTable:
    """A table of text; the first ``texts`` columns are words, the others numbers."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: int


@dataclass(frozen=True)
class MetaItem:
    """One thing that it takes to repeat an experiment: a block of text or named values."""

    title: str
    text: str
    pairs: tuple[tuple[str, str], ...]


def sequence_rows(points: pd.DataFrame) -> TextTable:
    """Every sequence once, with its format."""
    rows: dict[str, tuple[str, ...]] = {}
    for name, part in parts(points, ("sequence",)):
        row = records(part.head(1))[0]
        frames = sorted({int(count) for count in part["frames"]})
        depth = sorted({int(d) for d in part["bit_depth"].dropna()}) if "bit_depth" in part else []
        rows[name[0]] = (
            str(row["class"]),
            name[0],
            f"{_number(row.get('width'))}×{_number(row.get('height'))}",
            f"{float(row['fps']):g}",
            ", ".join(map(str, frames)),
            ", ".join(map(str, depth)),
        )
    head = ("class", "sequence", "size", "fps", "frames", "bits")
    return TextTable(head, tuple(rows.values()), texts=3)


def method_rows(points: pd.DataFrame) -> TextTable:
    """Every method with the settings it ran with, the anchor named as such."""
    shown = ("layout", "scale", "gop", "delta_qp", "enhancer", "lr_keys")
    rows = []
    for (method,), part in parts(points, ("method",)):
        role = "anchor" if bool(part["is_anchor"].any()) else "test"
        rows.append((method, role, *(_distinct(part, column) for column in shown)))
    rows.sort(key=lambda row: row[1])
    head = ("method", "role", "layout", "scale", "GOP", "δQP", "enhancer", "LR keys")
    return TextTable(head, tuple(rows), texts=len(head))


def time_rows(points: pd.DataFrame, rows: Sequence[BDRow]) -> TextTable:
    """CPU seconds over all sequences and QPs of a method, and the ratios to the anchor in %."""
    ratios = {
        (r.codec, r.config, r.method): tuple(
            _number(r.cells[key].value if key in r.cells else None, 0)
            for key in (ENC_TIME, DEC_TIME)
        )
        for r in rows
        if r.scope == "overall"
    }
    shown = [name for name in ("encode_s", "decode_s", "enhance_s") if name in points.columns]
    table = []
    for key, part in parts(points, ("codec", "config", "method")):
        seconds = [_number(part[name].sum(min_count=1), 1) for name in shown]
        ratio = ratios.get((key[0], key[1], key[2]), ("anchor", "anchor"))
        table.append((*key, str(len(part)), *seconds, *ratio))
    head = ("codec", "config", "method", "points")
    units = tuple(f"{name.removesuffix('_s')} [s]" for name in shown)
    return TextTable((*head, *units, "EncT [%]", "DecT [%]"), tuple(table), texts=3)


def point_table(points: pd.DataFrame) -> TextTable:
    """All rate points: rate in kbps, stream bytes, PSNR in dB, other metrics, times in s."""
    psnr = [c for c in ("psnr_y", "psnr_u", "psnr_v", "psnr_yuv") if c in points.columns]
    columns = {
        **{"codec": None, "config": None, "sequence": None, "method": None, "qp": 0},
        **{"rate_kbps": 2, "stream_bytes": 0, "container_bytes": 0},
        **dict.fromkeys(psnr, 3),
        **dict.fromkeys(extra_metrics(points), 4),
        **{"encode_s": 2, "decode_s": 2, "enhance_s": 2},
    }
    shown = {name: digits for name, digits in columns.items() if name in points.columns}
    rows = tuple(
        tuple(str(row[c]) if d is None else _number(row[c], d) for c, d in shown.items())
        for row in records(points)
    )
    return TextTable(tuple(_HEADS.get(c, _metric_head(c)) for c in shown), rows, texts=4)


_HEADS = {
    **{"codec": "codec", "config": "config", "sequence": "sequence", "method": "method"},
    **{"qp": "QP", "rate_kbps": "rate [kbps]", "stream_bytes": "streams [B]"},
    **{"container_bytes": "container [B]", "encode_s": "encode [s]", "decode_s": "decode [s]"},
    **{"enhance_s": "enhance [s]"},
}


def _metric_head(name: str) -> str:
    metric, _, plane = name.upper().replace("MS_SSIM", "MS-SSIM").partition("_")
    return f"{metric}{'-' if plane else ''}{plane}" + (" [dB]" if "PSNR" in metric else "")


def remarks(points: pd.DataFrame) -> tuple[str, ...]:
    """What to know before the numbers: LR keys that were paid for, bit depths, the run's notes."""
    found = []
    paid = points[points["lr_keys"] == "paid"] if "lr_keys" in points.columns else points.head(0)
    for key, part in parts(paid, ("codec", "config", "method")):
        names = list(dict.fromkeys(part["sequence"]))
        found.append(
            f"LR keys are paid for: in {key[0]} {key[1]}, {key[2]}, the LR copies of the key "
            f"frames could not be injected and were transmitted; their bits are in the rate "
            f"({_some(names)})."
        )
    if {"bit_depth", "measured_bit_depth"} <= set(points.columns):
        wider = points[points["measured_bit_depth"] > points["bit_depth"]]
        for key, part in parts(wider, ("codec", "bit_depth", "measured_bit_depth")):
            found.append(
                f"{key[0]}: sources of {float(key[1]):g} bits were widened, PSNR is measured at "
                f"{float(key[2]):g} bits ({_some(list(dict.fromkeys(part['sequence'])))})."
            )
    noted = points[points["notes"] != ""] if "notes" in points.columns else points.head(0)
    for (note,), part in parts(noted, ("notes",)):
        where = [_subset(part, points, name) for name in ("sequence", "method", "codec", "config")]
        place = "; ".join(text for text in where if text)
        found.append(f"{note} ({place})" if place else note)
    return tuple(found)


def meta_items(meta: Mapping[str, object]) -> tuple[MetaItem, ...]:
    """What it takes to repeat the experiment: the known items, then whatever else is given."""
    others = {
        key: key.replace("_", " ").capitalize()
        for key in meta
        if key != "title" and key not in _META_TITLES
    }
    titles = _META_TITLES | others
    return tuple(_meta_item(title, meta.get(key)) for key, title in titles.items())


def _meta_item(title: str, value: object) -> MetaItem:
    if isinstance(value, Mapping):
        return MetaItem(title, "", tuple((str(k), _text(v)) for k, v in value.items()))
    return MetaItem(title, _text(value), ())


def _text(value: object) -> str:
    if value is None or value == "":
        return "not recorded"
    if isinstance(value, Mapping):
        return "\n".join(f"{k}: {v}" for k, v in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(map(str, value))
    return str(value)


def _some(names: Sequence[str], separator: str = ", ", most: int = 6) -> str:
    more = len(names) - most
    return separator.join(names[:most]) + (f"{separator}and {more} more" if more > 0 else "")


def _subset(part: pd.DataFrame, points: pd.DataFrame, column: str) -> str:
    """The values of ``column`` in ``part``; empty where these are all there are."""
    values = list(dict.fromkeys(map(str, part[column])))
    return "" if len(values) == points[column].nunique() else _some(values)


def _distinct(part: pd.DataFrame, column: str) -> str:
    if column not in part.columns:
        return "–"
    values = dict.fromkeys(_plain(v) for v in part[column])
    return ", ".join(text for text in values if text) or "–"


def _plain(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _number(value: Any, digits: int = 0) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    return f"{float(value):.{digits}f}"
