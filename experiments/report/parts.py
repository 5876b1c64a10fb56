"""The remarks of a report, and all that repeating the run takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from experiments.results.frames import parts

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


def remarks(points: pd.DataFrame) -> tuple[str, ...]:
    """Sentences to read before the numbers: paid LR keys, bit depths, notes of runs."""
    found = []
    paid = points[points["lr_keys"] == "paid"] if "lr_keys" in points.columns else points.head(0)
    for key, part in parts(paid, ("codec", "config", "method")):
        found.append(
            f"LR keys are paid for: in {key[0]} {key[1]}, {key[2]}, the LR copies of the key "
            f"frames could not be injected and were transmitted; their bits are in the rate "
            f"({_some(part['sequence'])})."
        )
    if {"bit_depth", "measured_bit_depth"} <= set(points.columns):
        wider = points[points["measured_bit_depth"] > points["bit_depth"]]
        for key, part in parts(wider, ("codec", "bit_depth", "measured_bit_depth")):
            found.append(
                f"{key[0]}: sources of {float(key[1]):g} bits were widened, PSNR is measured at "
                f"{float(key[2]):g} bits ({_some(part['sequence'])})."
            )
    noted = points[points["notes"] != ""] if "notes" in points.columns else points.head(0)
    for (note,), part in parts(noted, ("notes",)):
        where = [_subset(part, points, name) for name in ("sequence", "method", "codec", "config")]
        place = "; ".join(text for text in where if text)
        found.append(f"{note} ({place})" if place else note)
    return tuple(found)


def meta_items(meta: Mapping[str, object]) -> dict[str, str | dict[str, str]]:
    """All that repeating an experiment takes, by title: a block of text, or named values.

    The known items come first, then whatever else is given.
    """
    others = {key: key.replace("_", " ").capitalize() for key in meta if key != "title"}
    return {
        title: _item(meta.get(key)) for key, title in (_META_TITLES | others | _META_TITLES).items()
    }


def _item(value: object) -> str | dict[str, str]:
    if isinstance(value, Mapping) and value:
        return {str(key): _text(content) for key, content in value.items()}
    return _text(value)


def _text(value: object) -> str:
    if value is None or value == "":
        return "not recorded"
    if isinstance(value, Mapping):
        return "\n".join(f"{k}: {v}" for k, v in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(map(str, value))
    return str(value)


def _some(values: Iterable[str]) -> str:
    names = list(dict.fromkeys(values))
    more = len(names) - 6
    return ", ".join(names[:6]) + (f", and {more} more" if more > 0 else "")


def _subset(part: pd.DataFrame, points: pd.DataFrame, column: str) -> str:
    """The values of ``column`` in ``part``; empty where these are all there are."""
    is_all = part[column].nunique() == points[column].nunique()
    return "" if is_all else _some(map(str, part[column]))
