"""Weights that stay as they are, for a while or for the whole run."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True)
class Freezing:
    """Weights that are not trained, always or at first."""

    always: tuple[nn.Parameter, ...] = ()
    """Never trained."""
    early: tuple[nn.Parameter, ...] = ()
    """Trained from step `thaw_at` on."""
    thaw_at: int = 0

    def apply(self, step: int, world: int) -> None:
        """Have gradients computed for what trains at ``step``.

        Several processes agree once on what has gradients: there those of `early` are computed
        from the start, and `drop` keeps them from being used.
        """
        for weights in self.always:
            weights.requires_grad_(False)
        for weights in self.early:
            weights.requires_grad_(world > 1 or step >= self.thaw_at)

    def drop(self, step: int) -> None:
        """Forget the gradients of what does not train at ``step``, after they were computed."""
        if step < self.thaw_at:
            for weights in self.early:
                weights.grad = None
