"""A comparison of two runs as it is shown: terminal tables, Markdown, a document for ``--json``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from experiments.compare.runs import Effect, RunComparison
from experiments.tables import markdown as md
from experiments.tables.bootstrap import CONFIDENCE, Interval
from experiments.tables.view import NO_VALUE

_DIRECT = "BD-rate of {b} against {a}, each method against itself [%]"


_OWN = "BD-rate against each run's own anchor, {b} − {a} [percentage points]"


_HEADS = (
    "codec",
    "config",
    "method",
    "sequences",
    "mean",
    f"{100 * CONFIDENCE:g} % interval",
    "verdict",
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
    parts: list[RenderableType] = []
    if found.settings:
        table = _table("What was run", "", "key", found.a, found.b)
        for one in found.settings:
            table.add_row(one.section, one.key, one.a, one.b)
        parts.append(table)
    else:
        parts.append("No difference in experiment, versions, machine, encoders and sources.")
    parts += [f"note: {notice}" for notice in found.notices]
    parts.append(summary(found))
    if not found.changed:
        return parts
    for title, effects in _both(found):
        if effects:
            table = _table(title, *_HEADS, right=(3, 4, 5))
            for row in map(_row, effects):
                table.add_row(*row)
            parts.append(table)
            parts += [f"  {text}" for text in _left_out(effects)]
    return parts


def markdown_text(found: RunComparison) -> str:
    """The same as a Markdown document, with every sequence's value."""
    lines = [f"# {md.escape(found.b)} against {md.escape(found.a)}", "", summary(found), ""]
    lines += [f"- {md.escape(notice)}" for notice in found.notices]
    lines += [""] if found.notices else []
    lines += ["## What was run", ""]
    if found.settings:
        body = [[md.escape(t) for t in (o.section, o.key, o.a, o.b)] for o in found.settings]
        lines += [md.table(["", "key", md.escape(found.a), md.escape(found.b)], body, texts=4), ""]
    else:
        lines += ["No difference.", ""]
    for title, effects in _both(found):
        if not effects or not found.changed:
            continue
        body = [[md.escape(text) for text in _row(effect)] for effect in effects]
        lines += [f"## {md.escape(title)}", "", md.table(_HEADS, body, texts=3), ""]
        lines += [f"- {md.escape(text)}" for text in _left_out(effects)]
        rows = [
            [*map(md.escape, (e.codec, e.config, e.method, name)), _number(value)]
            for e in effects
            for name, value in e.values
        ]
        heads = ["codec", "config", "method", "sequence", "value"]
        lines += ["", md.table(heads, rows, texts=4), ""]
    said = f"BD-rate over {found.metric} ({found.bd_method}); negative: {found.b} needs less rate."
    return "\n".join([*lines, md.escape(said), ""])


def document(found: RunComparison) -> dict[str, Any]:
    """All of it for ``--json``."""
    return {
        **{"a": found.a, "b": found.b, "metric": found.metric, "bd_method": found.bd_method},
        "settings": [asdict(one) for one in found.settings],
        "notices": list(found.notices),
        "points": {"same": found.same, "changed": found.changed},
        "direct": [_effect_document(effect) for effect in found.direct],
        "own_anchors": [_effect_document(effect) for effect in found.own_anchors],
    }


def _both(found: RunComparison) -> tuple[tuple[str, tuple[Effect, ...]], ...]:
    return (
        (_DIRECT.format(a=found.a, b=found.b), found.direct),
        (_OWN.format(a=found.a, b=found.b), found.own_anchors),
    )


def _row(effect: Effect) -> tuple[str, ...]:
    mean = NO_VALUE if effect.mean is None else _number(effect.mean)
    words = (effect.codec, effect.config, effect.method, str(len(effect.values)))
    return (*words, mean, _interval(effect.interval), effect.verdict)


def _interval(interval: Interval | None) -> str:
    return f"{_number(interval.low)} … {_number(interval.high)}" if interval else NO_VALUE


def _number(value: float) -> str:
    text = f"{value:+.2f}"
    return text.lstrip("+-") if float(text) == 0 else text


def _left_out(effects: Sequence[Effect]) -> list[str]:
    """Which sequences have no number, once for all methods that lack the same."""
    found: dict[str, list[str]] = {}
    for effect in effects:
        if effect.left_out:
            where = f"{effect.codec} {effect.config} {effect.method}"
            found.setdefault(", ".join(effect.left_out), []).append(where)
    return [f"without {left}: {'; '.join(where)}" for left, where in found.items()]


def _effect_document(effect: Effect) -> dict[str, Any]:
    interval = effect.interval
    return {
        **{"codec": effect.codec, "config": effect.config, "method": effect.method},
        **{"values": dict(effect.values), "left_out": list(effect.left_out)},
        **{"mean": effect.mean, "interval": asdict(interval) if interval else None},
        "verdict": effect.verdict,
    }


def _table(title: str, *columns: str, right: Sequence[int] = ()) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for at, column in enumerate(columns):
        table.add_column(column, justify="right" if at in right else "left", overflow="fold")
    return table
