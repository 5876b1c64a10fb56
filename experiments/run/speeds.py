"""Speeds of this user's machines in earlier runs, for the next run's estimate."""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from experiments.plan.cost import Speed
from experiments.run.store import write_atomically

KEPT = 0.5
"""Share of what was known before that still counts once a run has added its own."""


def _path(folder: Path | None) -> Path:
    return (folder or Path(platformdirs.user_cache_dir("codecpipe"))) / "speeds.json"


def known_speeds(folder: Path | None = None) -> dict[str, Speed]:
    """Speeds of earlier runs by `experiments.plan.cost.speed_name`; none where nothing is known."""
    try:
        content = json.loads(_path(folder).read_text(encoding="utf-8"))
        return {name: Speed(float(c), float(t)) for name, (c, t) in content.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def remember_speeds(new: Mapping[str, Speed], folder: Path | None = None) -> None:
    """Add a run's speeds; a cache that cannot be written only makes estimates rougher."""
    if not new:
        return
    known = known_speeds(folder)
    for name, speed in new.items():
        old = known.get(name, Speed())
        known[name] = speed.plus(KEPT * old.cost_s, KEPT * old.took_s)
    path = _path(folder)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps({n: (s.cost_s, s.took_s) for n, s in known.items()}))
