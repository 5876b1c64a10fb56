"""Experiments: sequences × codecs × layouts × enhancers × QPs, run, kept and reported.

`load_run` reads a run folder as data frames; it is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__all__ = ["LoadedRun", "load_run"]

if TYPE_CHECKING:
    from experiments.results.load import load_run
    from experiments.results.merge import LoadedRun
else:
    _MODULES = {
        "LoadedRun": "experiments.results.merge",
        "load_run": "experiments.results.load",
    }

    def __getattr__(name: str) -> Any:
        """What the package offers, from the module that it is in."""
        if name not in _MODULES:
            raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
        return getattr(import_module(_MODULES[name]), name)
