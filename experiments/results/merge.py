"""Several runs as one: equal points once, and nothing mixed that is not the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from codecpipe.errors import InputError

CURVE = ("sequence", "codec", "config", "method")
"""Points that share these are one RD curve."""

# The columns of a method's settings. One curve must not be made of two of them.
_SETTINGS = (
    "layout enhancer delta_qp scale gop group kernel frames fps boundary_scale"
    " width height bit_depth measured_bit_depth codec_version"
).split()

_CHOSEN = ("delta_qp", "scale", "kernel")  # by an adaptive layout itself, QP by QP

_RESULTS = ("rate_kbps", "psnr_y", "psnr_u", "psnr_v")


@dataclass(frozen=True)
class LoadedRun:
    """A run folder's points, frames and meta data."""

    name: str
    """The name that messages call it."""
    points: pd.DataFrame
    frames: pd.DataFrame
    meta: Mapping[str, Any]


def source_hash(text: str) -> str:
    """The identity of a source in `run.json`: the hash of its samples, else the whole text."""
    found = re.search(r"SHA-256 of their samples ([0-9a-f]{64})", text)
    return found[1] if found else text


def merged(runs: Sequence[LoadedRun]) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Points, frames and meta data of several runs together.

    ``meta["remarks"]`` are sentences for the reader: other BD methods, versions, machines.

    Raises:
        InputError: a sequence or a method is not the same in two runs; names both.
    """
    notes = _check_sources(runs)
    _check_settings(runs)
    points = _each_once(pd.concat([run.points for run in runs], ignore_index=True))
    frames = pd.concat([run.frames for run in runs], ignore_index=True)
    frames = frames[frames["point"].isin(set(points["point"]))]
    frames = frames.drop_duplicates(["point", "frame"], ignore_index=True)
    meta = _meta(runs)
    meta["remarks"] = [*notes, *meta["remarks"]]
    return points, frames, meta


def _check_sources(runs: Sequence[LoadedRun]) -> list[str]:
    """Refuse two videos of one name where they would be compared; elsewhere say so."""
    met: dict[str, tuple[LoadedRun, str]] = {}
    notes = []
    for run in runs:
        for name, text in run.meta.get("sources", {}).items():
            first, known = met.setdefault(name, (run, text))
            if source_hash(str(text)) == source_hash(str(known)):
                continue
            said = (
                f"'{name}' is not the same video in '{first.name}' ({short_source(known)}) and in"
                f" '{run.name}' ({short_source(text)})"
            )
            if _blocks(first, name) & _blocks(run, name):
                raise InputError(
                    f"{said}: give one of them another 'name', or code the same frames"
                )
            notes.append(f"{said}.")
    return notes


def _blocks(run: LoadedRun, sequence: str) -> set[tuple[str, str]]:
    """Codecs and configurations of a sequence: what has one of them has one anchor."""
    rows = run.points[run.points["sequence"] == sequence]
    return set(zip(rows["codec"], rows["config"], strict=True))


def short_source(source: str) -> str:
    """A source's text with the hash cut short."""
    return re.sub(r"SHA-256 of their samples ([0-9a-f]{8})[0-9a-f]+", r"SHA-256 \1…", str(source))


def _check_settings(runs: Sequence[LoadedRun]) -> None:
    """Refuse a method that has one name and two meanings."""
    met: dict[tuple[str, ...], tuple[str, dict[str, Any]]] = {}
    for run in runs:
        for key, part in run.points.groupby(list(CURVE), sort=False):
            curve = tuple(map(str, key))
            chosen = _CHOSEN if "adaptive" in set(part["layout"]) else ()
            columns = [name for name in _SETTINGS if name in part.columns and name not in chosen]
            said = {name: sorted(set(map(str, part[name].dropna()))) for name in columns}
            mine = {name: values for name, values in said.items() if values}
            first, known = met.setdefault(curve, (run.name, mine))
            differ = [name for name in mine.keys() & known.keys() if mine[name] != known[name]]
            if differ:
                name = min(differ, key=_SETTINGS.index)
                texts = (f"{name} {', '.join(values[name])}" for values in (known, mine))
                _refuse(curve, first, run.name, *texts)
    table = pd.concat([run.points.assign(run=run.name) for run in runs], ignore_index=True)
    results = [name for name in _RESULTS if name in table.columns]
    for _, part in table.drop_duplicates("point").groupby([*CURVE, "qp"], sort=False):
        if len(part[results].drop_duplicates()) > 1:
            names = part["run"].to_list()
            curve = tuple(map(str, part.iloc[0][list(CURVE)]))
            rates = [f"{rate:.2f} kbps at QP {part['qp'].iloc[0]:g}" for rate in part["rate_kbps"]]
            _refuse(curve, names[0], names[1], rates[0], rates[1])


def _refuse(curve: tuple[str, ...], first: str, second: str, said: str, other: str) -> None:
    sequence, codec, config, method = curve
    raise InputError(
        f"'{method}' ({codec} {config}, {sequence}) is not the same in '{first}' ({said}) and in"
        f" '{second}' ({other}): give one of them another 'name' in its experiment, or see what"
        " differs with 'codecpipe compare'"
    )


def _each_once(points: pd.DataFrame) -> pd.DataFrame:
    """Equal points once: of those that differ in metrics only, the one with the most of them."""
    points = points.drop_duplicates("point", ignore_index=True)
    most = points.notna().sum(axis=1).sort_values(ascending=False, kind="stable").index
    kept = points.loc[most].drop_duplicates([*CURVE, "qp"]).index
    return points.loc[sorted(kept)].reset_index(drop=True)


def _meta(runs: Sequence[LoadedRun]) -> dict[str, Any]:
    metas = [run.meta for run in runs]
    names = [run.name for run in runs]
    meta = {
        key: together([one.get(key) for one in metas], names)
        for key in dict.fromkeys(key for one in metas for key in one)
    }
    for key in ("command_line", "experiment_yaml"):
        meta[key] = "\n".join(str(one.get(key, "")) for one in metas)
    meta["title"] = " + ".join(str(one.get("title", "")) for one in metas)
    meta["catalogues"] = sorted({c for one in metas for c in one.get("catalogues", ())})
    meta["points"] = list(dict.fromkeys(key for one in metas for key in one["points"]))
    meta["missing_points"] = sum(int(one.get("missing_points", 0)) for one in metas)
    meta["bd_method"] = metas[0].get("bd_method", "pchip")
    meta["anchor"] = metas[0]["anchor"]
    meta["remarks"] = _remarks(metas, names)
    return meta


def together(values: Sequence[Any], names: Sequence[str]) -> Any:
    """One value where all runs agree, else what each of them says; maps are joined key by key.

    A run that says nothing of it does not count.
    """
    said = [(name, value) for name, value in zip(names, values, strict=True) if value is not None]
    if all(isinstance(value, Mapping) for _, value in said):
        keys = dict.fromkeys(key for _, value in said for key in value)
        who = [name for name, _ in said]
        return {key: together([value.get(key) for _, value in said], who) for key in keys}
    texts = {name: str(value) for name, value in said}
    if len(set(texts.values())) <= 1:
        return said[0][1] if said else None
    return "\n".join(f"{name}: {text}" for name, text in texts.items())


def _remarks(metas: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    found = []
    methods = [str(one.get("bd_method", "pchip")) for one in metas]
    if len(set(methods)) > 1:
        said = ", ".join(f"{name}: {m}" for name, m in zip(names, methods, strict=True))
        found.append(f"The runs name different BD methods ({said}); {methods[0]} is used for all.")
    versions = [one.get("versions", {}) for one in metas]
    names_of = dict.fromkeys(key for one in versions for key in one)
    differ = [k for k in names_of if len({str(one[k]) for one in versions if k in one}) > 1]
    if differ:
        found.append(f"The runs were made with different versions of {', '.join(differ)}.")
    if len({str(one["machine"]) for one in metas if one.get("machine")}) > 1:
        said = "EncT and DecT compare methods of one run only."
        found.append(f"The runs were made on different machines: {said}")
    return found
