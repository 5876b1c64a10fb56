"""``codecpipe weights``: the trained weights that come along."""

import json
from typing import Any

import click

from enhancers.weights.meta import WeightsMeta
from enhancers.weights.registry import WeightsEntry, load_registry
from experiments.commands.console import form_options, show
from experiments.commands.entry import one_line, out
from experiments.tables.table import Column, Table, number_columns, plain_rows, text_columns


@click.group("weights", no_args_is_help=False)
def weights_command() -> None:
    """The trained weights that come along."""


@weights_command.command("list")
@click.option("--long", "is_long", is_flag=True, help="What they were trained on, too.")
@form_options
def weights_list(is_long: bool, form: str | None) -> None:
    """List the weights that come along."""
    entries = load_registry()
    if not entries and form != "json":
        out.print("no weights come with this version: train some with 'codecpipe train'")
        return
    show([_table(entries)], form, [_document(entry, entry.meta()) for entry in entries])
    if is_long and form is None:
        for entry in entries:
            out.print(_details(entry, entry.meta()), soft_wrap=True)


def _table(entries: tuple[WeightsEntry, ...]) -> Table:
    columns = (
        *text_columns("name", "method", "variant", "codec", "config", "layouts"),
        *number_columns("k", "QPs"),
        Column("size_mb", "MB", decimals=1),
        *number_columns("clips"),
        Column("gain_db", "Y over bicubic / Lanczos", unit="dB"),
    )
    rows = []
    for entry in entries:
        meta = entry.meta()
        words = (entry.name, entry.method, _network(entry, meta), entry.codec, entry.config)
        size = entry.path.stat().st_size / 1e6
        kind = (", ".join(entry.layouts), str(entry.scale), meta.qp_words)
        rows.append((*words, *kind, size, meta.clips or None, _gain(meta)))
    title = f"{len(entries)} weights" if len(entries) > 1 else "1 weights file"
    return Table(title, columns, plain_rows(rows))


def _network(entry: WeightsEntry, meta: WeightsMeta) -> str:
    """Its variant and what is unlike the variant's default: ``tiny RGB without MTA``."""
    said = entry.variant
    if "rgb" in meta.configs:
        said += " RGB"
    fusions = {str(config.get("fusion", "mtsa")) for config in meta.configs.values()} - {"mtsa"}
    said += "".join(f" with {fusion.upper()}" for fusion in sorted(fusions))
    return said + (f" without {','.join(entry.without)}" if entry.without else "")


def _gain(meta: WeightsMeta) -> str:
    found = [meta.gain_db(over) for over in ("bicubic", "lanczos")]
    return " / ".join("–" if gain is None else f"{gain:+.2f}" for gain in found)


def _document(entry: WeightsEntry, meta: WeightsMeta) -> dict[str, Any]:
    return {
        "name": entry.name,
        "file": entry.path.name,
        "sha256": entry.sha256,
        "size_bytes": entry.path.stat().st_size,
        "remark": entry.remark,
        "layouts": list(entry.layouts),
        "method": meta.method,
        "variant": meta.variant,
        "codec": meta.codec,
        "config": meta.config,
        "scale": meta.scale,
        "qps": list(meta.qps),
        "without": list(meta.without),
        "planes": list(meta.configs),
        "training": dict(meta.training),
        "metrics": dict(meta.metrics),
        "git_commit": meta.git_commit,
        "date": meta.date,
    }


def _details(entry: WeightsEntry, meta: WeightsMeta) -> str:
    lines = [entry.name, f"  {entry.remark}", f"  SHA-256 {entry.sha256}"]
    lines.append(f"  trained at {meta.git_commit or 'no known commit'}, {meta.date or 'no date'}")
    for key, value in meta.metrics.items():
        lines.append(f"  {key}: {json.dumps(value, ensure_ascii=False)}")
    for clip in meta.training.get("clips", ()):
        is_map = isinstance(clip, dict)
        said = ", ".join(f"{key} {value}" for key, value in clip.items()) if is_map else str(clip)
        lines.append(f"  clip: {said}")
    return "\n".join(one_line(line) if line else line for line in lines)
