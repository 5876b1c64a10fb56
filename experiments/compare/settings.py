"""Two runs key by key: versions, machine, settings, command lines, sources.

Experiments are compared by what they mean, not by how they are written: a default that is spelled
out is no difference, nor is the order of entries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import yaml

from codecpipe.errors import InputError
from experiments.results.merge import short_source, source_hash
from experiments.spec.experiment import Experiment, parse_experiment
from experiments.spec.parts import SequencePart

NOTHING = "–"

_NOT_PLAIN = {"name", "description", "sequences", "codecs", "layouts", "enhancers"}


@dataclass(frozen=True)
class Difference:
    """One key that is not the same, and its values in both runs."""

    section: str
    key: str
    a: str
    b: str


def differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> tuple[Difference, ...]:
    """All differences of two runs' meta data, the settings first."""
    found = _of_maps("experiment", experiment_values(a), experiment_values(b))
    for section in ("versions", "machine"):
        found += _of_maps(section, _texts(a.get(section)), _texts(b.get(section)))
    commit, other = ({"commit": c} if (c := one.get("git_commit")) else {} for one in (a, b))
    found += _of_maps("git", commit, other)
    lines, others = (_texts(one.get("encoder_command_lines")) for one in (a, b))
    found += _command_lines(lines, others)
    first, second = (_texts(one.get("sources")) for one in (a, b))
    found += [  # what is in one run only belongs to its sequences
        Difference("sources", name, short_source(text), short_source(second[name]))
        for name, text in first.items()
        if name in second and source_hash(text) != source_hash(second[name])
    ]
    return tuple(found)


def experiment_values(meta: Mapping[str, Any]) -> dict[str, str]:
    """The experiment of a run as flat names and values, defaults included.

    One that this version refuses is compared as it is written, and a key says so.
    """
    text = str(meta.get("experiment_yaml", ""))
    try:
        return _values(parse_experiment(text, "experiment"))
    except InputError as error:
        content = yaml.safe_load(text) if "is not valid YAML" not in str(error) else text
        return {"not of this version": str(error), **_flat("", content)}


def _values(experiment: Experiment) -> dict[str, str]:
    values = _flat("", experiment.model_dump(mode="json", by_alias=True, exclude=_NOT_PLAIN))
    named = (
        *(("sequence", _sequence_name(part), part) for part in experiment.sequences),
        *(("codec", part.label, part) for part in experiment.codecs),
        *(("layout", part.label, part) for part in experiment.layouts),
        *(("enhancer", part.label, part) for part in experiment.enhancers),
    )
    for kind, name, part in named:
        values[f"{kind} {name}"] = "there"
        content = part.model_dump(mode="json", by_alias=True, exclude={"name"})
        values |= _flat(f"{kind} {name}: ", content)
    return values


def _sequence_name(part: SequencePart) -> str:
    if part.classes is not None:
        return f"classes {', '.join(part.classes)} of {part.of}"
    return part.name or part.sequence or str(part.file)


def _flat(prefix: str, content: object) -> dict[str, str]:
    """Nested maps as one; lists and values as text, nothing where there is none."""
    if isinstance(content, Mapping):
        found: dict[str, str] = {}
        for key, value in content.items():
            inner = f"{prefix}{key}"
            found |= _flat(f"{inner}." if isinstance(value, Mapping) else inner, value)
        return found
    if content is None:
        return {}
    text = ", ".join(map(str, content)) if isinstance(content, list) else str(content)
    return {prefix: text.lower() if isinstance(content, bool) else text}  # as YAML has it


def _of_maps(section: str, a: Mapping[str, str], b: Mapping[str, str]) -> list[Difference]:
    found = []
    gone: list[str] = []
    for key in dict.fromkeys((*a, *b)):
        if a.get(key) == b.get(key) or any(key.startswith(f"{part}: ") for part in gone):
            continue
        if "there" in (a.get(key), b.get(key)):  # a whole entry: its keys need no line each
            gone.append(key)
        found.append(Difference(section, key, a.get(key, NOTHING), b.get(key, NOTHING)))
    return found


def _texts(values: object) -> dict[str, str]:
    return {str(k): str(v) for k, v in values.items()} if isinstance(values, Mapping) else {}


def _command_lines(a: Mapping[str, str], b: Mapping[str, str]) -> list[Difference]:
    """Only the words that differ, equal changes once; what one run lacks is no change."""
    alike: dict[tuple[str, str], list[str]] = {}
    for key in a:
        if key in b and a[key] != b[key]:
            texts = _changed_words(_words(a[key]), _words(b[key]))
            alike.setdefault(texts, []).append(key)
    return [
        Difference("encoder", keys[0] + (f", and {len(keys) - 1} more" * (len(keys) > 1)), *texts)
        for texts, keys in alike.items()
    ]


def _words(line: str) -> list[str]:
    """Words of a command line, an option with its value, and encoder parameters one by one."""
    words: list[str] = []
    for word in re.split(r"\s+|:(?=[A-Za-z])", line):
        is_value = words and words[-1].startswith("-") and " " not in words[-1]
        if is_value and not word.startswith("-"):
            words[-1] += f" {word}"
        else:
            words.append(word)
    return words


def _changed_words(a: Sequence[str], b: Sequence[str]) -> tuple[str, str]:
    removed: list[str] = []
    added: list[str] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(a=a, b=b, autojunk=False).get_opcodes():
        if tag != "equal":
            removed += a[i1:i2]
            added += b[j1:j2]
    return " ".join(removed) or NOTHING, " ".join(added) or NOTHING
