"""Weights of a run: what results call them, and that workers have the planned ones."""

from codecpipe.errors import InputError
from enhancers.names import parse_choice
from experiments.plan.encodes import PlannedEncode, PlannedPoint, weights_for


def shown_enhancer(name: str) -> str:
    """An enhancer's name in results: weights by the mere name of their file. Empty for none."""
    return str(parse_choice(name).portable) if name else ""


def check_weights(planned: PlannedEncode, point: PlannedPoint) -> None:
    """Refuse to restore with other weights than the run was planned with.

    A worker may be another machine with another version of codecpipe, and files may change.

    Raises:
        InputError: names the weights.
    """
    if not point.weights:
        return
    config = planned.job.layout.config
    for weights in weights_for(point.enhancer, planned.codec, config, planned.lr_videos):
        if weights not in point.weights:
            raise InputError(
                f"the weights {weights[0]} are not here what the run was planned with: install the"
                " same codecpipe on all workers, or start the run again"
            )
