"""Weights of a run: what results call them, and that workers have the planned ones."""

from codecpipe.errors import InputError
from enhancers import enhancer_weights
from enhancers.names import parse_choice
from experiments.plan.encodes import PlannedEncode, PlannedPoint


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
    layout, config = planned.job.layout, planned.job.layout.config.value
    videos = [(layout.options.scale, layout.name)]
    if planned.adaptive is not None:
        modes = planned.adaptive.modes
        videos = [(mode.scale, mode.layout) for mode in modes if mode.is_lr]
    for scale, kind in videos:
        found = enhancer_weights(
            point.enhancer, planned.codec, config=config, scale=scale, layout=kind
        )
        if found is not None and (found.name, found.sha256) not in point.weights:
            raise InputError(
                f"the weights {found.name} are not here what the run was planned with: install the"
                " same codecpipe on all workers, or start the run again"
            )
