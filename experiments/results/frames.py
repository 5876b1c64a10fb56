"""The two result tables that a report reads, checked and brought into one order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from codecpipe.errors import InputError
from codecpipe.metrics.catalogue import metric_of_column

GROUP = ("codec", "config", "sequence")
"""Rows that share these three have one anchor and one RD plot."""

PSNR_COLUMNS = ("psnr_y", "psnr_u", "psnr_v", "psnr_yuv")

_TEXT = ("class", "method", "layout", "enhancer", "lr_keys", "notes", "cpv")

_NEEDED_POINTS = (
    "point sequence class codec config method is_anchor qp frames fps rate_kbps psnr_y".split()
)

_NEEDED_FRAMES = (
    "point sequence codec config method is_anchor qp frame scale key_frame bits psnr_y".split()
)

_CONFIG_RANK = {"AI": 0, "RA": 1, "LDB": 2, "LDP": 3}  # the order of the JVET sheets


def clean_points(points: pd.DataFrame) -> pd.DataFrame:
    """Rate points with text columns filled and rows in table order: what tables are made of.

    Whoever takes points from outside cleans them once; tables, plots and studies trust them. Rows
    are sorted by codec (as first met), configuration (AI, RA, LDB, LDP), class and sequence;
    methods and QPs keep the order in which they come, which is the experiment's.

    Raises:
        InputError: there is no row, or a needed column is missing.
    """
    if points.empty:
        raise InputError("There is no rate point to report: run the experiment first.")
    clean = _filled(points, _NEEDED_POINTS, "points")
    ranks = pd.DataFrame(
        {
            "codec": pd.factorize(clean["codec"])[0],
            "config": [_CONFIG_RANK.get(config, len(_CONFIG_RANK)) for config in clean["config"]],
            "config_name": clean["config"].to_list(),
            "class": clean["class"].to_list(),
            "sequence": pd.factorize(clean["sequence"])[0],
        }
    )
    order = ranks.sort_values(list(ranks.columns), kind="stable").index
    return clean.iloc[order.to_numpy()].reset_index(drop=True)


def clean_frames(frames: pd.DataFrame) -> pd.DataFrame:
    """Frame rows with text columns filled; an empty table stays empty.

    Raises:
        InputError: a needed column is missing.
    """
    if frames.empty:
        return pd.DataFrame(columns=_NEEDED_FRAMES)
    return _filled(frames, _NEEDED_FRAMES, "frames")


def parts(table: pd.DataFrame, by: Sequence[str]) -> Iterator[tuple[tuple[str, ...], pd.DataFrame]]:
    """Sub-tables of equal ``by`` columns, in the order in which they are first met."""
    for key, part in table.groupby(list(by), sort=False):
        yield tuple(str(name) for name in key), part


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """One dict a row."""
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def extra_metrics(points: pd.DataFrame) -> tuple[str, ...]:
    """The columns of metrics of the catalogue beside PSNR that hold at least one number."""
    return tuple(
        name
        for name in map(str, points.columns)
        if (metric := metric_of_column(name))
        and metric.name != "psnr"
        and bool(points[name].notna().any())
    )


def _filled(table: pd.DataFrame, needed: Sequence[str], what: str) -> pd.DataFrame:
    missing = [name for name in needed if name not in table.columns]
    if missing:
        raise InputError(f"The table of {what} lacks the column(s) {', '.join(missing)}.")
    there = [name for name in _TEXT if name in table.columns]
    text = {name: table[name].astype(object).fillna("").astype(str) for name in there}
    return table.assign(**text, is_anchor=table["is_anchor"].astype(bool)).reset_index(drop=True)
