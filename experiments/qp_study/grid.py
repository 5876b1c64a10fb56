"""From a study to experiments: one layout for each offset and pattern."""

from collections.abc import Mapping
from typing import Any

import yaml

from experiments.offsets.clouds import Choice
from experiments.qp_study.schema import QpStudy
from experiments.spec.experiment import Experiment


def experiment_text(study: QpStudy) -> str:
    """The experiment file of the grid."""
    layouts = [
        _layout(study, delta, pattern) for pattern in study.patterns for delta in study.deltas
    ]
    content = {**study.common, "layouts": [layout for layout in layouts if layout]}
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def choices(experiment: Experiment) -> Mapping[str, Choice]:
    """The offset, pattern and enhancer of each method, by its label in the points."""
    return {
        f"{layout.label} + {enhancer.label}": Choice(
            layout.delta_qp, layout.lr_offsets, enhancer.label
        )
        for layout in experiment.layouts
        if layout.layout != "anchor"
        for enhancer in experiment.enhancers
    }


def _layout(study: QpStudy, delta: int, pattern: tuple[int, ...]) -> dict[str, Any]:
    """A layout of the experiment file; empty where no pair of the grid has this offset."""
    layout = {**study.layout, "delta_qp": delta}
    if pattern:
        layout["lr_offsets"] = list(pattern)
    if study.inter_qps is None:
        return layout
    qps = [qp for qp in study.qps if qp - delta in study.inter_qps]
    return {**layout, "qps": qps} if qps else {}
