"""The options of ``codecpipe rd`` that change an experiment file before it is run."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from codecpipe.errors import InputError
from enhancers.names import parse_choice
from experiments.spec.experiment import parse_experiment


@dataclass(frozen=True)
class Overrides:
    """The options ``--root``, ``--codec``, ``--classes``, ``--frames`` and ``--enhancer``.

    Empty: no change.
    """

    root: Path | None = None
    codec: str | None = None
    classes: tuple[str, ...] = ()
    frames: int | None = None
    enhancers: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The options as they are typed; empty where there are none."""
        given = {
            "--root": str(self.root) if self.root else "",
            "--codec": self.codec or "",
            "--classes": ",".join(self.classes),
            "--frames": str(self.frames) if self.frames else "",
        }
        pairs = [pair for pair in given.items() if pair[1]]
        pairs += [("--enhancer", name) for name in self.enhancers]
        return shlex.join(word for pair in pairs for word in pair)


def overridden(text: str, where: str, overrides: Overrides) -> str:
    """The text of the experiment as it is to be run; the text itself where nothing changes.

    ``where`` names the file in messages.

    Raises:
        InputError: it is no valid experiment, or has none of the classes.
    """
    if not overrides.words:
        return text
    parse_experiment(text, where)  # before anything in it is taken for granted
    content: dict[str, Any] = yaml.safe_load(text)
    if overrides.root:
        # The copy in the run folder must say it, too, wherever that is.
        content["root"] = str(overrides.root.absolute())
    if overrides.codec:
        content["codecs"] = [{"codec": overrides.codec}]
    if overrides.enhancers:
        content["enhancers"] = [_enhancer(name) for name in overrides.enhancers]
        for layout in content["layouts"]:
            layout.pop("enhancers", None)
    if overrides.frames:
        content["frames"] = min(overrides.frames, content.get("frames") or overrides.frames)
    if overrides.classes:
        content["sequences"] = _of_classes(content["sequences"], where, overrides.classes)
    head = " ".join(f"# {where}, run with {overrides.words}".split())
    return f"{head}\n{yaml.safe_dump(content, sort_keys=False, allow_unicode=True)}"


def _enhancer(name: str) -> dict[str, str]:
    """A path on the command line is taken from where that is, and is no name for a table."""
    choice = parse_choice(name)
    return {"enhancer": str(choice.within(Path.cwd())), "name": str(choice.portable)}


def _of_classes(
    entries: list[dict[str, Any]], where: str, wanted: tuple[str, ...]
) -> list[dict[str, Any]]:
    have = list(dict.fromkeys(name for entry in entries for name in entry.get("classes", ())))
    if not have:
        raise InputError(f"'{where}' names no 'classes' of a catalogue: leave --classes out")
    unknown = [name for name in wanted if name not in have]
    if unknown:
        raise InputError(f"'{where}' has no class '{unknown[0]}': choose among {', '.join(have)}")
    for entry in entries:
        if "classes" in entry:
            entry["classes"] = [name for name in entry["classes"] if name in wanted]
    return [entry for entry in entries if entry.get("classes", True)]
