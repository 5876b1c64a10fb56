"""``codecpipe encode``: a source to a ``.cpv`` file."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from codecpipe.adaptive.encode import AdaptiveEncoded, encode_adaptive
from codecpipe.adaptive.job import AdaptiveJob
from codecpipe.adaptive.modes import ADAPTIVE, default_modes, parse_mode, with_anchor
from codecpipe.api import encode_job
from codecpipe.codec import Codec, CodecOptions
from codecpipe.encoding import Encoded, encode
from codecpipe.errors import InputError
from codecpipe.job import EncodeJob, FrameSource
from codecpipe.layout import LAYOUTS, Config, LayoutOptions
from codecpipe.programs.process import Limits
from codecpipe.video.catalogue import load_builtin
from codecpipe.video.chroma import as_420
from codecpipe.video.output import check_new
from codecpipe.video.resample import Filter
from codecpipe.video.source import open_source
from encoders import CODECS, get_codec
from enhancers import ENHANCERS, get_enhancer
from enhancers.names import parse_choice
from experiments.commands.entry import note, out, status
from experiments.commands.options import (
    PATH,
    geometry_options,
    software_options,
    stall_option,
)
from experiments.plan.encodes import weights_for

_OWN = ("enhancer", "modes", "fast")

_OTHERS = ("scale", "group", "shared_boundary", "boundary_scale")


@click.command("encode")
@click.argument("source", metavar="INPUT", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The .cpv file to write.")
@click.option("--codec", type=click.Choice(list(CODECS)), default="x265", show_default=True)
@click.option(
    "--config",
    type=click.Choice([config.value for config in Config]),
    default="LDP",
    show_default=True,
)
@click.option("--layout", type=click.Choice([*LAYOUTS, ADAPTIVE]), default="crs", show_default=True)
@click.option("--scale", default="2", show_default=True, help="k: 2, 4, 3/2 …")
@click.option("--qp", type=int, default=37, show_default=True, help="Base QP of full-size frames.")
@click.option("--delta-qp", type=int, default=5, show_default=True, help="LR: qp − delta-qp.")
@click.option("--gop", type=int, help="Frames from key to key; 0: one key.  [default: one second]")
@click.option("--group", type=int, default=5, show_default=True, help="N of tds, odd.")
@click.option("--shared-boundary", is_flag=True, help="tds: groups share their boundary frame.")
@click.option(
    "--boundary-scale",
    default="1",
    show_default=True,
    help="tds: k of boundary frames, e.g. 2 where --scale is 4.",
)
@click.option("--no-injection", is_flag=True, help="Transmit the LR copies of the keys.")
@click.option("--frames", type=click.IntRange(min=1), help="Code the first N frames only.")
@click.option(
    "--filter", "kernel", type=click.Choice([kernel.value for kernel in Filter]), default="bicubic"
)
@click.option("--preset", default="", help="The encoder's own preset.")
@click.option("--param", multiple=True, metavar="KEY=VALUE", help="Encoder parameter; repeatable.")
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--timeout", type=click.FloatRange(min=1), help="Seconds for one encoder in all.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.option(
    "--enhancer",
    help=f"adaptive: what the choice is made for, {', '.join(ENHANCERS)}.  [default: lanczos]",
)
@click.option(
    "--modes",
    metavar="MODE,…",
    help="adaptive: candidates beside the anchor.  [default: crs and uniform at 2 and 4]",
)
@click.option("--fast", is_flag=True, help="adaptive: decide from one low-cost pass.")
@geometry_options
@software_options
@stall_option
def encode_command(source: Path, output: Path, **o: Any) -> None:
    """Code INPUT into a .cpv file."""
    check_new(output, overwrite=o["force"])
    adaptive = o["layout"] == ADAPTIVE
    _check_options(adaptive)
    if output.exists() and source.exists() and output.samefile(source):
        raise InputError(f"'{output}' is the input itself: name another file for the output")
    with as_420(open_source(source, o["geometry"], load_builtin())) as video:
        for remark in video.notes:
            note(remark)
        codec = get_codec(o["codec"])
        job = encode_job(
            video,
            codec,
            layout="anchor" if adaptive else o["layout"],
            config=Config(o["config"]),
            qp=o["qp"],
            gop=o["gop"],
            frames=o["frames"],
            options=LayoutOptions(
                scale=_scale(o["scale"]),
                group=o["group"],
                delta_qp=o["delta_qp"],
                shared_boundary=o["shared_boundary"],
                inject=not o["no_injection"],
                boundary_scale=_scale(o["boundary_scale"]),
            ),
            coding=CodecOptions(
                preset=o["preset"], extra=_parameters(o["param"]), threads=o["threads"]
            ),
            kernel=Filter(o["kernel"]),
        )
        limits = replace(o["limits"], timeout_s=o["timeout"])
        with status("encoding"):
            done: Encoded | AdaptiveEncoded
            if adaptive:
                done = _encode_adaptively(video, codec, job, o, output, limits)
            else:
                done = encode(video, codec, job, output, limits=limits)
    manifest = done.manifest
    for remark in manifest.notes:
        note(remark)
    out.print(
        f"{output}: {manifest.sequence.frames} frames, {manifest.stream_bytes} bytes,"
        f" {manifest.rate_kbps:.3f} kbps (container: {done.container_bytes} bytes more),"
        f" encoded in {done.times.wall_s.get('encode', 0):.1f} s",
        soft_wrap=True,
    )


def _scale(text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise InputError(f"'{text}' is not a scale: give a number such as 2, 4 or 3/2") from error


def _parameters(texts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The values of ``--param``, as (key, value)."""
    for text in texts:
        if "=" not in text:
            raise InputError(f"'{text}' is not KEY=VALUE: give e.g. --param rd=4")
    return tuple((key, value) for key, _, value in (text.partition("=") for text in texts))


def _check_options(is_adaptive: bool) -> None:
    """Refuse options of the command being run that its layout does not have."""
    context = click.get_current_context()
    for name in _OTHERS if is_adaptive else _OWN:
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            option = f"--{name.replace('_', '-')}"
            if name == "scale":
                raise InputError("layout adaptive takes its scales from --modes: leave --scale out")
            raise InputError(
                f"layout adaptive has no {option}: leave it out"
                if is_adaptive
                else f"{option} is for --layout adaptive only: leave it out"
            )


def _encode_adaptively(
    source: FrameSource,
    codec: Codec,
    like: EncodeJob,
    options: Mapping[str, Any],
    out: Path,
    limits: Limits,
) -> AdaptiveEncoded:
    """Code a source in layout adaptive: `like` is its anchor's job, `options` the command's own."""
    delta_qp = options["delta_qp"]
    if options["modes"] is None:
        modes = default_modes(source.fmt, delta_qp)
    else:
        modes = with_anchor([parse_mode(t, delta_qp) for t in options["modes"].split(",")])
    name = options["enhancer"] or "lanczos"
    layout = like.layout
    videos = [(mode.scale, mode.layout) for mode in modes if mode.is_lr]
    job = AdaptiveJob(
        frames=layout.frames,
        config=layout.config,
        layout=layout.options,
        qp=like.qp,
        modes=modes,
        options=like.options,
        kernel=like.kernel,
        enhancer=str(parse_choice(name).portable),
        fast=options["fast"],
        weights=weights_for(name, codec.name, layout.config, videos),
    )
    return encode_adaptive(source, codec, job, get_enhancer(name), out, limits=limits)
