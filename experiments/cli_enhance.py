"""``codecpipe enhance`` and ``codecpipe weights``: networks on the command line."""

import json
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from codecpipe.errors import InputError
from codecpipe.ffmpeg import ffmpeg_version
from codecpipe.opening import open_decoder
from codecpipe.output import check_output
from encoders import get_codec
from enhancers import ENHANCERS, check_enhancer
from enhancers.choice import parse_choice
from enhancers.engine.enhancer import NetworkEnhancer, Used
from enhancers.engine.options import (
    DEVICES,
    PRECISIONS,
    DeviceName,
    EngineOptions,
    PrecisionName,
    parse_tile,
)
from enhancers.weights.meta import WeightsMeta
from enhancers.weights.registry import WeightsEntry, load_registry
from experiments.cli_entry import one_line, out, status
from experiments.cli_options import limits_of, restored_options, software_options, stall_option
from experiments.enhancing import file_enhancer, write_restored

_PATH = click.Path(path_type=Path)


@click.command("enhance")
@click.argument("file", type=_PATH)
@click.option("-o", "--output", type=_PATH, required=True, help="OUT.yuv or OUT.y4m.")
@click.option(
    "--enhancer", default="crs", show_default=True, help=f"{', '.join(ENHANCERS)}; METHOD:WEIGHTS."
)
@click.option("--weights", help="Name of the registry or path of a .safetensors file.")
@click.option("--device", type=click.Choice(DEVICES), default="auto", show_default=True)
@click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    default="auto",
    show_default=True,
    help="auto: bf16 on a GPU, fp32 on a CPU.",
)
@click.option(
    "--tile", default="auto", show_default=True, help="auto, none, or a tile's side in samples."
)
@click.option("--compile", "compiled", is_flag=True, help="torch.compile: slow start, faster then.")
@restored_options
@software_options
@stall_option
def enhance_command(
    file: Path,
    output: Path,
    enhancer: str,
    weights: str | None,
    device: DeviceName,
    precision: PrecisionName,
    tile: str,
    compiled: bool,
    output_depth: str,
    force: bool,
    stall_timeout: float,
) -> None:
    """Decode FILE.cpv and restore it by a network."""
    check_output(output, overwrite=force)
    options = EngineOptions(device, precision, parse_tile(tile), compiled)
    name = _with_weights(enhancer, weights)
    check_enhancer(name)
    ffmpeg_version()  # what is no FFmpeg at all must not be blamed on the file
    limits = limits_of(stall_timeout)
    with open_decoder(file, get_codec, limits=limits) as decoder, status("restoring"):
        restorer = file_enhancer(decoder, name, options)
        said = write_restored(decoder, restorer, output, output_depth)
    if isinstance(restorer, NetworkEnhancer):
        said += f"; {_facts(restorer.used)}"
    out.print(one_line(said), soft_wrap=True)


def _with_weights(enhancer: str, weights: str | None) -> str:
    """The enhancer's name with the weights of ``--weights`` in it.

    Raises:
        InputError: it names weights already.
    """
    if weights is None:
        return enhancer
    choice = parse_choice(enhancer)
    if choice.weights:
        raise InputError(f"'{enhancer}' names weights already: leave --weights out")
    left_out = f" without {','.join(choice.without)}" if choice.without else ""
    return f"{choice.base}:{weights}{left_out}"


def _facts(used: Used) -> str:
    if not used.frames:
        return "no frame was to be restored"
    weights = ", ".join(f"{name} ({sha256[:8]})" for name, sha256 in used.weights.items())
    cut = [f"{count} tiles of {group.upper()}" for group, count in used.tiles.items() if count > 1]
    return (
        f"{used.frames} restored by {weights} on {used.place}, {', '.join(cut) or 'whole frames'},"
        f" {used.frames / max(used.wall_s, 1e-9):.2f} frames/s"
    )


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
