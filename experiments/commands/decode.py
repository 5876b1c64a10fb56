"""``codecpipe decode``, also called ``enhance``: a ``.cpv`` file to restored video."""

from __future__ import annotations

from copy import copy
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from codecpipe.adaptive.decoder import AdaptiveDecoder
from codecpipe.decoding import Decoder
from codecpipe.enhancer import Enhancer, restored
from codecpipe.errors import InputError
from codecpipe.opening import open_decoder
from codecpipe.programs.ffmpeg import ffmpeg_version
from codecpipe.programs.process import Limits
from codecpipe.video.output import check_output, write_video
from encoders import get_codec
from enhancers import ENHANCERS, check_enhancer, enhancer_weights, get_enhancer
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
from enhancers.weights.file import SUFFIX
from experiments.commands.entry import note, one_line, out, status
from experiments.commands.options import PATH, software_options, stall_option


@click.command("decode")
@click.argument("file", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="OUT.yuv or OUT.y4m.")
@click.option(
    "--enhancer",
    help=f"{', '.join(ENHANCERS)}; METHOD:WEIGHTS.  [default: the file's own, else lanczos]",
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
@click.option(
    "--output-depth",
    type=click.Choice(["source", "coded"]),
    default="source",
    show_default=True,
    help="Bit depth of the output: the source's, or the one coded and measured in.",
)
@click.option("--force", is_flag=True, help="Replace an existing file.")
@software_options
@stall_option
def decode_command(
    file: Path,
    output: Path,
    enhancer: str | None,
    weights: str | None,
    device: DeviceName,
    precision: PrecisionName,
    tile: str,
    compiled: bool,
    output_depth: str,
    force: bool,
    limits: Limits,
) -> None:
    """Decode FILE.cpv and restore it to source size; every picture's MD5 is checked."""
    check_output(output, overwrite=force)
    options = EngineOptions(
        device=device, precision=precision, tile=parse_tile(tile), compile=compiled
    )
    name = _with_weights(enhancer, weights)
    if name is not None:
        check_enhancer(name)
    ffmpeg_version()  # so that a broken FFmpeg is not reported as a broken file
    with open_decoder(file, get_codec, limits=limits) as decoder, status("decoding"):
        restorer = _file_enhancer(decoder, name, options)
        if not isinstance(restorer, NetworkEnhancer):
            _refuse_options(restorer.name)
        manifest, fmt = decoder.manifest, decoder.fmt
        depth = fmt.bit_depth if output_depth == "coded" else manifest.sequence.bit_depth
        count = write_video(output, restored(decoder, restorer), fmt, depth, manifest.fps)
        said = f"{output}: {count} frames, {fmt.size}, {depth} bit; all MD5s agree"
    if isinstance(restorer, NetworkEnhancer):
        said += f"; {_facts(restorer.stats)}"
    out.print(one_line(said), soft_wrap=True)


def _with_crs(param: click.Parameter) -> click.Parameter:
    """The parameter as `enhance` has it: another default of the enhancer, which its help names."""
    if not isinstance(param, click.Option) or param.name != "enhancer":
        return param
    changed = copy(param)
    changed.help = f"{(param.help or '').partition('  [')[0]}  [default: crs]"
    return changed


def _enhance(enhancer: str | None, **options: Any) -> None:
    note("'enhance' is another name of 'decode'; without --enhancer it takes crs")
    decode = decode_command.callback
    assert decode is not None
    decode(enhancer=enhancer or "crs", **options)


enhance_command = click.Command(
    "enhance",
    callback=_enhance,
    params=[_with_crs(param) for param in decode_command.params],
    help="Another name of decode; without --enhancer it takes crs.",
)


def _file_enhancer(
    decoder: Decoder | AdaptiveDecoder, named: str | None, options: EngineOptions
) -> Enhancer:
    """The enhancer for a file: the one that is named, else the file's own, else Lanczos.

    The file's own must have just the weights that the file was made for.
    """
    own = decoder.manifest.enhancer
    if named is None and own is not None:
        _check_own(decoder, own)
    return get_enhancer(named or own or "lanczos", options=options)


def _check_own(decoder: Decoder | AdaptiveDecoder, name: str) -> None:
    choice = parse_choice(name)
    meant = {one.sha256: one.name for one in decoder.manifest.weights}
    if choice.weights.endswith(SUFFIX):
        # No path out of a file is opened.
        raise InputError(
            f"'{decoder.file.path.name}' was made for weights {', '.join(meant.values())}, which do"
            f" not come with codecpipe: name their file, --enhancer {choice.base}:PATH"
        )
    for part in decoder.file.parts:
        layout, codec = part.manifest.layout, part.manifest.codec.name
        if part.manifest.resample is None:
            continue
        found = enhancer_weights(
            name, codec, layout.config.value, Fraction(layout.scale), layout.name
        )
        if found is not None and found.sha256 not in meant:
            raise InputError(
                f"'{decoder.file.path.name}' was made for weights {', '.join(meant.values())} of"
                f" another version of codecpipe: take these with --enhancer {choice.base}, or"
                " install that version"
            )


def _with_weights(enhancer: str | None, weights: str | None) -> str | None:
    """The enhancer's name with the weights of ``--weights`` in it."""
    if weights is None:
        return enhancer
    if enhancer is None:
        raise InputError(
            "--weights does not say what they are weights of: give --enhancer too, e.g. crs"
        )
    choice = parse_choice(enhancer)
    if choice.weights:
        raise InputError(f"'{enhancer}' names weights already: leave --weights out")
    left_out = f" without {','.join(choice.without)}" if choice.without else ""
    return f"{choice.base}:{weights}{left_out}"


def _refuse_options(enhancer: str) -> None:
    """Refuse options of the command being run that are for networks."""
    context = click.get_current_context()
    for option in context.command.params:
        given = context.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE
        if given and option.name in ("precision", "tile", "compiled"):
            raise InputError(f"{enhancer} is no network: leave {option.opts[0]} out")


def _facts(stats: RestoreStats) -> str:
    if not stats.frames:
        return "no frame was to be restored"
    weights = ", ".join(f"{name} ({sha256[:8]})" for name, sha256 in stats.weights.items())
    cut = [f"{count} tiles of {group.upper()}" for group, count in stats.tiles.items() if count > 1]
    return (
        f"{stats.frames} restored by {weights} on {stats.device}, "
        f"{', '.join(cut) or 'whole frames'}, {stats.frames / max(stats.wall_s, 1e-9):.2f} frames/s"
    )
