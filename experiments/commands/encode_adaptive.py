"""Layout adaptive on the command line: its options and its encode."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from codecpipe.adaptive.encode import AdaptiveEncoded, encode_adaptive
from codecpipe.adaptive.job import AdaptiveJob
from codecpipe.adaptive.modes import default_modes, parse_mode, with_anchor
from codecpipe.codec import Codec
from codecpipe.errors import InputError
from codecpipe.job import EncodeJob, FrameSource
from codecpipe.programs.process import Limits
from enhancers import ENHANCERS, get_enhancer
from enhancers.names import parse_choice
from experiments.plan.encodes import weights_for

_OWN = ("enhancer", "modes", "fast")


_OTHERS = ("scale", "group", "shared_boundary", "boundary_scale")


def adaptive_options(command: Callable[..., None]) -> Callable[..., None]:
    """``--enhancer``, ``--modes``, ``--fast``."""
    for option in (
        click.option("--fast", is_flag=True, help="adaptive: decide from one low-cost pass."),
        click.option(
            "--modes",
            metavar="MODE,…",
            help="adaptive: candidates beside the anchor.  [default: crs and uniform at 2 and 4]",
        ),
        click.option(
            "--enhancer",
            help=f"adaptive: what the choice is made for, {', '.join(ENHANCERS)}."
            "  [default: lanczos]",
        ),
    ):
        command = option(command)
    return command


def check_options(is_adaptive: bool) -> None:
    """Refuse options of the command being run that its layout does not have.

    Raises:
        InputError: names the option.
    """
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


def encode_adaptively(
    source: FrameSource,
    codec: Codec,
    like: EncodeJob,
    options: Mapping[str, Any],
    out: Path,
    limits: Limits,
) -> AdaptiveEncoded:
    """Code a source in layout adaptive: `like` is its anchor's job, `options` the command's own.

    Raises:
        InputError: a mode or an enhancer that there is not, or what `encode_adaptive` refuses.
    """
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
