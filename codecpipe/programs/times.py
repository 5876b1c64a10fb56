"""Times of encoding, decoding and restoring, summed over the child processes."""

from __future__ import annotations

from dataclasses import dataclass, field

from codecpipe.programs.process import ToolRun


@dataclass
class Times:
    """Seconds by kind of work: ``cpu_s`` of the processes, ``wall_s`` from start to end of each."""

    cpu_s: dict[str, float] = field(default_factory=dict)
    wall_s: dict[str, float] = field(default_factory=dict)

    def add(self, kind: str, run: ToolRun) -> None:
        """Count a run under `kind`."""
        self.cpu_s[kind] = self.cpu_s.get(kind, 0.0) + run.cpu_s
        self.wall_s[kind] = self.wall_s.get(kind, 0.0) + run.wall_s

    def include(self, other: Times, **kinds: str) -> None:
        """Count another's times as well; `kinds` maps its kinds to those that they count as."""
        for mine, theirs in ((self.cpu_s, other.cpu_s), (self.wall_s, other.wall_s)):
            for kind, seconds in theirs.items():
                under = kinds.get(kind, kind)
                mine[under] = mine.get(under, 0.0) + seconds
