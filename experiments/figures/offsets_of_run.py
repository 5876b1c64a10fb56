"""Heat map and cloud with hull of a run that has one layout with several QP offsets.

The figures are those of a QP study (`experiments.qp_study`); here its points are found in a run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from experiments.figures.offsets import HeatCell, cloud_figure, heat_figure
from experiments.offsets.best import study_sequence
from experiments.offsets.clouds import PAPER_DELTA, Choice, Cloud, clouds_of
from experiments.offsets.local import rate_difference
from experiments.results.frames import parts

FEWEST = 3
"""Offsets of one layout that make a study of a run."""

_LAYOUT = ("layout", "scale", "group", "enhancer", "kernel")


@dataclass(frozen=True)
class QpFigure:
    """A figure of one sequence: ``what`` is ``cloud`` or ``heat``, ``method`` its layout."""

    what: str
    sequence: str
    codec: str
    config: str
    method: str
    figure: Figure


def qp_figures(points: pd.DataFrame, bd_method: str = "pchip") -> Iterator[QpFigure]:
    """Heat map and cloud of each sequence, codec, configuration and layout with ≥ 3 offsets.

    Nothing where there is no anchor to compare with.
    """
    if not {"delta_qp", "layout"} <= set(points.columns) or not points["is_anchor"].any():
        return
    # An adaptive layout has an offset for each of its modes.
    tests = points[~points["is_anchor"] & (points["layout"] != "adaptive")]
    tests = tests.assign(family=[_family(str(name)) for name in tests["method"]])
    by = ["codec", "config", "family", *(name for name in _LAYOUT if name in tests.columns)]
    for (codec, config, family, *_), block in parts(tests.fillna({"group": 0, "kernel": ""}), by):
        deltas = {
            method: int(float(part["delta_qp"].iloc[0]))
            for (method,), part in parts(block, ("method",))
        }
        if len(set(deltas.values())) < max(FEWEST, len(deltas)):  # two methods of one offset
            continue
        method = family or f"{block['layout'].iloc[0]} + {block['enhancer'].iloc[0]}"
        choices = {name: Choice(delta, (), method) for name, delta in deltas.items()}
        anchors = points[points["is_anchor"]]
        same = anchors[(anchors["codec"] == codec) & (anchors["config"] == config)]
        same = same[same["sequence"].isin(set(block["sequence"]))]
        table = pd.concat([same, block.drop(columns="family")], ignore_index=True)
        for cloud in clouds_of(table, choices):
            if not cloud.anchor:
                continue
            where = (cloud.sequence, codec, config, method)
            title = f"{cloud.sequence}, {cloud.setting.label}"
            yield QpFigure("heat", *where, _tall(heat_figure(_cells(cloud, bd_method), title)))
            study = study_sequence(cloud, PAPER_DELTA, bd_method)
            yield QpFigure("cloud", *where, cloud_figure(study, PAPER_DELTA))


def _family(method: str) -> str:
    """A label without its δ, ``crs k2 + lanczos``; empty where it does not say one."""
    family = re.sub(r" δ-?\d+\b", "", method)
    return family if family != method else ""


def _tall(figure: Figure) -> Figure:
    """High enough for the text along the colour bar, also where there are three offsets only."""
    width, height = figure.get_size_inches()
    figure.set_size_inches(width, max(height, 3.9))
    return figure


def _cells(cloud: Cloud, bd_method: str) -> dict[tuple[int, int], HeatCell]:
    return {pair: HeatCell(value) for pair, value in rate_difference(cloud, bd_method).items()}
