"""A comparison of two runs as tables, a Markdown document, and a document for ``--json``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import RenderableType

from experiments.compare.runs import Effect, RunComparison
from experiments.tables.bootstrap import CONFIDENCE
from experiments.tables.table import (
    Cell,
    Column,
    Table,
    Value,
    number_columns,
    plain_rows,
    shown_interval,
    text_columns,
)
from experiments.tables.writers.markdown import escape, markdown
from experiments.tables.writers.terminal import terminal

_WHERE = text_columns("codec", "config", "method")

_VALUE = Column("value", "value", decimals=2, signed=True)

_EFFECTS = (
    *_WHERE,
    *number_columns("sequences"),
    Column("mean", "mean", decimals=2, signed=True),
    Column("interval", f"{100 * CONFIDENCE:g} % interval"),
    *text_columns("verdict"),
)


def summary(found: RunComparison) -> str:
    """One sentence on the rate points that both runs have."""
    total = found.same + found.changed
    if not total:
        return f"{found.a} and {found.b} have no rate point in common."
    if not found.changed:
        return f"No difference in {total} rate points."
    return f"{found.changed} of {total} rate points differ."


def terminal_parts(found: RunComparison) -> list[RenderableType]:
    """Settings, notices, and both comparisons of the results."""
    nothing = "No difference in experiment, versions, machine, encoders and sources."
    parts = terminal([settings_table(found)]) if found.settings else [nothing]
    parts += [f"note: {notice}" for notice in found.notices]
    return [*parts, summary(found), *terminal(effect_tables(found))]


def markdown_text(found: RunComparison) -> str:
    """A Markdown document with every sequence's value."""
    tables = [settings_table(found)]
    columns = (*_WHERE, *text_columns("sequence"), _VALUE)
    for table, (title, effects) in zip(effect_tables(found), _shown_effects(found), strict=True):
        rows = [(e.codec, e.config, e.method, *value) for e in effects for value in e.values]
        tables += [table, Table(f"{title}, by sequence", columns, plain_rows(rows))]
    notices = "\n".join(f"- {escape(notice)}" for notice in found.notices)
    leads = [summary(found), *([notices] if notices else [])]
    over = f"BD-rate over {found.metric} ({found.bd_method})"
    last = f"{over}; negative: {found.b} needs less rate."
    return markdown(tables, title=f"{found.b} against {found.a}", leads=leads, last=last)


def settings_table(found: RunComparison) -> Table:
    """The settings that differ."""
    heads = (("section", ""), ("key", "key"), ("a", found.a), ("b", found.b))
    columns = tuple(Column(key, head, text=True) for key, head in heads)
    rows = plain_rows((one.section, one.key, one.a, one.b) for one in found.settings)
    return Table("What was run", columns, rows, notes=() if rows else ("No difference.",))


def effect_tables(found: RunComparison) -> list[Table]:
    """Both comparisons of the results, as far as there is a difference to show."""
    return [
        Table(title, _EFFECTS, plain_rows(map(_row, effects)), tuple(_left_out(effects)))
        for title, effects in _shown_effects(found)
    ]


def document(found: RunComparison) -> dict[str, Any]:
    """All of it for ``--json``."""
    return {
        "a": found.a,
        "b": found.b,
        "metric": found.metric,
        "bd_method": found.bd_method,
        "settings": [asdict(one) for one in found.settings],
        "notices": list(found.notices),
        "points": {"same": found.same, "changed": found.changed},
        "direct": [_effect_document(effect) for effect in found.direct],
        "own_anchors": [_effect_document(effect) for effect in found.own_anchors],
    }


def _shown_effects(found: RunComparison) -> list[tuple[str, tuple[Effect, ...]]]:
    direct = f"BD-rate of {found.b} against {found.a}, each method against itself [%]"
    own = f"BD-rate against each run's own anchor, {found.b} − {found.a} [percentage points]"
    both = [(direct, found.direct), (own, found.own_anchors)]
    return [(title, effects) for title, effects in both if effects and found.changed]


def _row(effect: Effect) -> tuple[Value, ...]:
    interval = shown_interval(Cell(effect.mean, interval=effect.interval), _VALUE) or None
    where = (effect.codec, effect.config, effect.method, len(effect.values))
    return (*where, effect.mean, interval, effect.verdict)


def _left_out(effects: Sequence[Effect]) -> list[str]:
    """Sentences on the sequences that have no number, one for all methods that lack the same."""
    found: dict[str, list[str]] = {}
    for effect in effects:
        if effect.left_out:
            where = f"{effect.codec} {effect.config} {effect.method}"
            found.setdefault(", ".join(effect.left_out), []).append(where)
    return [f"without {left}: {'; '.join(where)}" for left, where in found.items()]


def _effect_document(effect: Effect) -> dict[str, Any]:
    interval = effect.interval
    return {
        **asdict(effect),
        "values": dict(effect.values),
        "mean": effect.mean,
        "interval": asdict(interval) if interval else None,
        "verdict": effect.verdict,
    }
