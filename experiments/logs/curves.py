"""Rate points of many logs as curves: the method that each belongs to, and the anchor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from codecpipe.errors import InputError
from experiments.logs.read import ReadLog, rate_point

Point = dict[str, Any]

_SAME_RATE = 1e-4  # headers have six digits, what is computed from bits about as many


def log_points(
    logs: Sequence[ReadLog],
    *,
    config: str | None = None,
    labels: Mapping[Path, str] | None = None,
    anchor: str | None = None,
) -> pd.DataFrame:
    """Rate points of logs, a row each, as ``bd_rows`` takes them; see ``rate_point``.

    A log's ``method`` is its software and version. Where that would give one method two points of
    one sequence, configuration and QP, it is the name of the log's folder, or else of the folder
    that was given. ``labels``, by folder, go before.

    Args:
        config: of all logs, where they do not tell.
        anchor: the method to compare with; without one, the first of exactly two.

    Raises:
        InputError: there is no log; one does not tell what is needed; two stay alike; logs of one
            sequence and configuration differ in size or frame rate; the anchor is not there, or is
            needed and not given.
    """
    if not logs:
        raise InputError("there is no log of a finished encode: give logs of HM or VTM")
    points = [rate_point(one, config) for one in logs]
    methods = _methods(logs, points, labels or {})
    points = [{**point, "method": m} for point, m in zip(points, methods, strict=True)]
    _check_alike(points)
    chosen = _anchor(list(dict.fromkeys(methods)), anchor)
    software = " and ".join(dict.fromkeys(one.log.software for one in logs))
    for point in points:
        point["is_anchor"] = point["method"] == chosen
        point["codec"] = software  # one for all: only methods of one codec are compared
        point["point"] = " ".join(str(point[key]) for key in ("sequence", "config", "method", "qp"))
    table = pd.DataFrame(points)
    others = [name for name in table.columns if name not in (*_LEADING, *_LAST)]
    return table[[*_LEADING, *others, *_LAST]].sort_values(
        ["sequence", "config", "method", "qp"], kind="stable", key=_first_met
    )


def _first_met(column: pd.Series[Any]) -> pd.Series[Any]:
    is_qp = column.name == "qp"
    return column if is_qp else pd.Series(pd.factorize(column)[0], index=column.index)


_LEADING = (
    "point sequence class codec config method is_anchor qp frames fps size rate_kbps psnr_y psnr_u"
    " psnr_v psnr_yuv encode_s rate_from logged_rate_kbps logged_psnr_yuv measured_bit_depth"
    " input_bit_depth first_frame"
).split()

_LAST = ("from_name", "software", "log")


def _methods(
    logs: Sequence[ReadLog], points: Sequence[Point], labels: Mapping[Path, str]
) -> list[str]:
    named = {folder.resolve(): label for folder, label in labels.items()}
    for folder in labels:
        if not any(folder.resolve() in one.path.resolve().parents for one in logs):
            raise InputError(f"no log lies in '{folder}': correct --label {folder}=NAME")
    methods = [""] * len(logs)
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for at, one in enumerate(logs):
        # The label of the innermost folder that holds the log.
        methods[at] = next((named[f] for f in one.path.resolve().parents if f in named), "")
        if not methods[at]:
            groups[one.label].append(at)
    for label, members in groups.items():
        paths = [logs[at].path.resolve().parent for at in members]
        given = [logs[at].given for at in members]
        folders = [g.resolve() if g.is_dir() else p for g, p in zip(given, paths, strict=True)]
        by_parent, by_given = ([folder.name for folder in some] for some in (paths, folders))
        for names in ([label] * len(members), by_parent, by_given, by_parent):
            keys = {_key(points[at], name) for at, name in zip(members, names, strict=True)}
            if len(keys) == len(members):
                break
        for at, name in zip(members, names, strict=True):
            methods[at] = name
    _check_unique(points, methods)
    return methods


def _key(point: Point, method: str) -> tuple[str, str, int, str]:
    return point["sequence"], point["config"], point["qp"], method


def _check_unique(points: Sequence[Point], methods: Sequence[str]) -> None:
    seen: dict[tuple[str, str, int, str], Point] = {}
    for point, method in zip(points, methods, strict=True):
        other = seen.setdefault(_key(point, method), point)
        if other is not point:
            raise InputError(
                f"'{other['log']}' and '{point['log']}' are both of {point['sequence']},"
                f" {point['config']}, QP {point['qp']} and of the method '{method}': leave one out,"
                " or put them into folders and name these with --label FOLDER=NAME"
            )


def _check_alike(points: Sequence[Point]) -> None:
    """Equal numbers of frames may hide different frames; ``bd_rows`` looks at the numbers."""
    first: dict[tuple[str, str], Point] = {}
    for point in points:
        other = first.setdefault((point["sequence"], point["config"]), point)
        files = f"'{other['log']}' and '{point['log']}' are both of {point['sequence']}"
        if other["size"] and point["size"] and other["size"] != point["size"]:
            raise InputError(
                f"{files}, the one at {other['size']} and the other at {point['size']}:"
                " give logs of one source size, or name the sources apart"
            )
        # nan, where a log does not tell, compares as alike
        if abs(other["first_frame"] - point["first_frame"]) > 0:
            raise InputError(
                f"{files}, the one from frame {other['first_frame']:g} on and the other from"
                f" {point['first_frame']:g}: encode both with the same FrameSkip"
            )
        if abs(other["fps"] - point["fps"]) > _SAME_RATE * point["fps"]:
            raise InputError(
                f"{files}, the one of {other['fps']:g} coded frames a second and the other of"
                f" {point['fps']:g}: encode both with the same frame rate and"
                " TemporalSubsampleRatio"
            )


def _anchor(methods: Sequence[str], wanted: str | None) -> str | None:
    choices = ", ".join(f"'{method}'" for method in methods)
    if wanted is not None:
        if wanted not in methods:
            raise InputError(f"there is no method '{wanted}' to compare with: choose {choices}")
        return wanted
    if len(methods) > 2:
        raise InputError(f"there are several methods: name the anchor with --anchor, of {choices}")
    return methods[0] if len(methods) == 2 else None
