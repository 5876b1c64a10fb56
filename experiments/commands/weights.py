"""``codecpipe weights``: the trained weights that come along."""

import json
from typing import Any

import click
from rich.table import Table

from enhancers.weights.meta import WeightsMeta
from enhancers.weights.registry import WeightsEntry, load_registry
from experiments.commands.entry import one_line, out


@click.group("weights", no_args_is_help=False)
def weights_group() -> None:
    """The trained weights that come along."""


@weights_group.command("list")
@click.option("--long", "is_long", is_flag=True, help="What they were trained on, too.")
@click.option("--json", "as_json", is_flag=True)
def weights_list(is_long: bool, as_json: bool) -> None:
    """List the weights that come along."""
    entries = load_registry()
    if as_json:
        document = [_document(entry, entry.meta()) for entry in entries]
        click.echo(json.dumps(document, indent=1, ensure_ascii=False))
        return
    if not entries:
        out.print("no weights come with this version: train some with 'codecpipe train'")
        return
    out.print(_table(entries))
    if is_long:
        for entry in entries:
            out.print(_details(entry, entry.meta()), soft_wrap=True)


def _table(entries: tuple[WeightsEntry, ...]) -> Table:
    title = f"{len(entries)} weights" if len(entries) > 1 else "1 weights file"
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for column in ("name", "method", "variant", "codec", "config", "layouts"):
        table.add_column(column, overflow="fold")
    for column in ("k", "QPs", "MB", "clips", "Y over bicubic / Lanczos [dB]"):
        table.add_column(column, justify="right", overflow="fold")
    for entry in entries:
        meta = entry.meta()
        table.add_row(
            *(entry.name, entry.method, _network(entry, meta), entry.codec, entry.config),
            *(", ".join(entry.layouts), str(entry.scale), meta.qp_words),
            *(f"{entry.path.stat().st_size / 1e6:.1f}", str(meta.clips or "–"), _gain(meta)),
        )
    return table


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
        **{key: getattr(meta, key) for key in ("method", "variant", "codec", "config", "scale")},
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
        said = (
            ", ".join(f"{key} {value}" for key, value in clip.items())
            if isinstance(clip, dict)
            else str(clip)
        )
        lines.append(f"  clip: {said}")
    return "\n".join(one_line(line) if line else line for line in lines)
