"""Which items of datasets a plan trains on, and which it validates with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from codecpipe.errors import InputError
from enhancers.engine.method import Method
from enhancers.training.cache import Item
from enhancers.training.plan import TrainingPlan


@dataclass(frozen=True)
class Selection:
    """The items that a plan uses: of one scale, and such as its method can train on together."""

    training: tuple[Item, ...]
    validation: tuple[Item, ...]

    @property
    def all_items(self) -> tuple[Item, ...]:
        """Those to train on, then those to validate with."""
        return self.training + self.validation

    @property
    def scale(self) -> int:
        """k of all of them."""
        return self.all_items[0].scale

    @property
    def is_bidirectional(self) -> bool:
        """Whether frames may lie between two keys and neighbours on both sides (RA)."""
        return self.all_items[0].config == "RA"

    @property
    def qps(self) -> tuple[int, ...]:
        """Base QPs, rising."""
        return tuple(sorted({item.qp for item in self.all_items}))

    def names(self, field: str) -> tuple[str, ...]:
        """The values of ``codec``, ``config`` or ``layout``, sorted."""
        return tuple(sorted({str(getattr(item, field)) for item in self.all_items}))


def select(items: Sequence[Item], plan: TrainingPlan) -> Selection:
    """The items that the plan asks for.

    Raises:
        InputError: none fit, none are held out, or they cannot be trained on together.
    """
    fitting = [
        item
        for item in items
        if (plan.qps is None or item.qp in plan.qps)
        and (plan.codecs is None or item.codec in plan.codecs)
        and (plan.configs is None or item.config in plan.configs)
    ]
    _check_wanted(fitting, items, plan)
    training = tuple(item for item in fitting if item.clip.split == "train")
    held_out = tuple(item for item in fitting if item.clip.split == "validation")
    wanted = plan.validation.clips
    if wanted is not None:
        missing = set(wanted) - {item.clip.name for item in held_out}
        if missing:
            raise InputError(
                f"'validation.clips' names '{sorted(missing)[0]}', which is no held-out clip of the"
                " datasets: choose among those"
            )
        held_out = tuple(item for item in held_out if item.clip.name in wanted)
    for split, found in (("train", training), ("validation", held_out)):
        if not found:
            raise InputError(
                f"no item of the datasets that fits is of the split '{split}': change the filters,"
                " or build the dataset with such clips"
            )
    selection = Selection(training, held_out)
    if len({item.scale for item in selection.all_items}) > 1:
        raise InputError("the datasets have several scales: train on one at a time")
    return selection


def check_data(method: Method[Any], plan: TrainingPlan, selection: Selection) -> None:
    """Refuse, with an `InputError`, a scale or layout that the plan's networks do not restore."""
    if selection.scale not in method.scales:
        known = ", ".join(map(str, method.scales))
        raise InputError(
            f"{method.name} restores scales {known}, and the datasets have {selection.scale}:"
            " build a dataset with one of these"
        )
    for layout in selection.names("layout"):
        method.check_layout(layout, plan.network.get("without", ()))


def _check_wanted(fitting: Sequence[Item], items: Sequence[Item], plan: TrainingPlan) -> None:
    for what, wanted, have in (
        ("qps", plan.qps, {item.qp for item in items}),
        ("codecs", plan.codecs, {item.codec for item in items}),
        ("configs", plan.configs, {item.config for item in items}),
    ):
        missing: list[Any] = [one for one in wanted or () if one not in have]
        if missing:
            listed = ", ".join(str(one) for one in sorted(have))
            raise InputError(
                f"the datasets have nothing of '{what}' {missing[0]}: choose among {listed}"
            )
    if not fitting:
        raise InputError("no item of the datasets fits 'qps', 'codecs' and 'configs' at once")
