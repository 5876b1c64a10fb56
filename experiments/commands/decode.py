"""``codecpipe decode`` and ``enhance``: a ``.cpv`` file to restored video."""

from pathlib import Path

import click

from codecpipe.errors import InputError
from codecpipe.opening import open_decoder
from codecpipe.programs.ffmpeg import ffmpeg_version
from codecpipe.video.output import check_output
from encoders import get_codec
from enhancers import ENHANCERS, check_enhancer
from enhancers.engine.enhancer import NetworkEnhancer
from enhancers.engine.options import (
    DEVICES,
    PRECISIONS,
    DeviceName,
    EngineOptions,
    PrecisionName,
    parse_tile,
)
from enhancers.engine.stats import RestoreStats
from enhancers.names import parse_choice
from experiments.commands.entry import one_line, out, status
from experiments.commands.options import (
    PATH,
    limits_of,
    restored_options,
    software_options,
    stall_option,
)
from experiments.commands.restoring import file_enhancer, write_restored


@click.command("decode")
@click.argument("file", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="OUT.yuv or OUT.y4m.")
@click.option("--enhancer", help=f"{', '.join(ENHANCERS)}.  [default: lanczos]")
@click.option("--device", type=click.Choice(DEVICES), default="auto", help="Of networks.")
@restored_options
@software_options
@stall_option
def decode_command(
    file: Path,
    output: Path,
    enhancer: str | None,
    device: DeviceName,
    output_depth: str,
    force: bool,
    stall_timeout: float,
) -> None:
    """Decode FILE.cpv to source size; every picture's MD5 is checked."""
    check_output(output, overwrite=force)
    if enhancer is not None:
        check_enhancer(enhancer)
    ffmpeg_version()  # what is no FFmpeg at all must not be blamed on the file
    limits = limits_of(stall_timeout)
    with open_decoder(file, get_codec, limits=limits) as decoder, status("decoding"):
        restorer = file_enhancer(decoder, enhancer, EngineOptions(device=device))
        said = write_restored(decoder, restorer, output, output_depth)
    out.print(f"{said}; all MD5s agree")


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
        said += f"; {_facts(restorer.stats)}"
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


def _facts(stats: RestoreStats) -> str:
    if not stats.frames:
        return "no frame was to be restored"
    weights = ", ".join(f"{name} ({sha256[:8]})" for name, sha256 in stats.weights.items())
    cut = [f"{count} tiles of {group.upper()}" for group, count in stats.tiles.items() if count > 1]
    return (
        f"{stats.frames} restored by {weights} on {stats.device}, "
        f"{', '.join(cut) or 'whole frames'}, {stats.frames / max(stats.wall_s, 1e-9):.2f} frames/s"
    )
