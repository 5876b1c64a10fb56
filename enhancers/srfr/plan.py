"""The training file of SRFR: the keys that it has beside those of all methods."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from enhancers.training.plan import TrainingPlan

Frozen = Literal["features", "align", "fusion", "reconstruct"]


class SrfrPlan(TrainingPlan):
    """The whole file. `key_margin` is that of all pictures, and for validation alone."""

    unroll_from: Annotated[int, Field(ge=0)] = 0
    """The step from which on other frames are restored from the middle frame as the network
    restored it; before, from the source's."""
    freeze: tuple[Frozen, ...] = ()
    """Parts of the network that do not train."""
    thaw_at: Annotated[int, Field(ge=0)] | None = None
    """The step from which on the higher layers of a frozen ``align`` train; None: never."""

    lists: ClassVar[frozenset[str]] = TrainingPlan.lists | {"freeze"}
    unused: ClassVar[frozenset[str]] = frozenset({"key_margin"})

    @model_validator(mode="after")
    def _freezes_not_all(self) -> Self:
        if len(set(self.freeze)) == 4:
            raise ValueError("'freeze' names all parts, and nothing would train: take some out")
        if self.thaw_at is not None and "align" not in self.freeze:
            raise ValueError("'thaw_at' is of a frozen align: add it to 'freeze', or take it out")
        return self
