"""Heat map and cloud with hull of a run that has one layout with several QP offsets.

The figures are those of a QP study (`experiments.qp_study`); here its points are found in a run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd
from matplotlib.figure import Figure

from experiments.figures.offsets import cloud_figure, heat_figure
from experiments.offsets.best import study_sequence
from experiments.offsets.clouds import PAPER_DELTA, Choice, clouds_of
from experiments.offsets.local import heat_cells
from experiments.results.frames import parts

FEWEST = 3
"""Offsets of one layout that make a study of a run."""

_LAYOUT = ("layout", "scale", "group", "enhancer", "kernel")


def qp_figures(points: pd.DataFrame) -> Iterator[tuple[str, tuple[str, str, str, str], Figure]]:
    """Heat map and cloud of each sequence, codec, configuration and layout with ≥ 3 offsets.

    Each comes as its kind, ``heat`` or ``cloud``, (sequence, codec, configuration, layout), and the
    figure. There are none where there is no anchor to compare with.
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
            study = study_sequence(cloud, PAPER_DELTA)
            title = f"{cloud.sequence}, {cloud.setting.label}"
            yield "heat", where, _tall(heat_figure(heat_cells([study.differences]), title))
            yield "cloud", where, cloud_figure(study, PAPER_DELTA)


def _family(method: str) -> str:
    """A label without its δ, ``crs k2 + lanczos``; empty where it does not say one."""
    family = re.sub(r" δ-?\d+\b", "", method)
    return family if family != method else ""


def _tall(figure: Figure) -> Figure:
    """High enough for the text along the colour bar, also where there are three offsets only."""
    width, height = figure.get_size_inches()
    figure.set_size_inches(width, max(height, 3.9))
    return figure
