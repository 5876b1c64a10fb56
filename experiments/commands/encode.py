"""``codecpipe encode``: a source to a ``.cpv`` file."""

from pathlib import Path
from typing import Any

import click

from codecpipe.adaptive.encode import AdaptiveEncoded
from codecpipe.adaptive.modes import ADAPTIVE
from codecpipe.codec import CodecOptions
from codecpipe.encoding import Encoded, encode
from codecpipe.errors import InputError
from codecpipe.gop import default_gop
from codecpipe.job import EncodeJob
from codecpipe.layout import LAYOUTS, Config, LayoutOptions, make_layout
from codecpipe.video.chroma import as_420
from codecpipe.video.output import check_new
from codecpipe.video.resample import Filter
from encoders import CODECS, get_codec
from experiments.commands.encode_adaptive import adaptive_options, check_options, encode_adaptively
from experiments.commands.entry import err, out, status
from experiments.commands.options import (
    PATH,
    geometry_options,
    limits_of,
    open_video,
    read_scale,
    software_options,
    stall_option,
)


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
@click.option("--scale", callback=read_scale, default="2", show_default=True, help="k: 2, 4, 3/2 …")
@click.option("--qp", type=int, default=37, show_default=True, help="Base QP of full-size frames.")
@click.option("--delta-qp", type=int, default=5, show_default=True, help="LR: qp − delta-qp.")
@click.option("--gop", type=int, help="Frames from key to key; 0: one key.  [default: one second]")
@click.option("--group", type=int, default=5, show_default=True, help="N of tds, odd.")
@click.option("--shared-boundary", is_flag=True, help="tds: groups share their boundary frame.")
@click.option(
    "--boundary-scale",
    callback=read_scale,
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
@adaptive_options
@geometry_options
@software_options
@stall_option
def encode_command(source: Path, output: Path, **o: Any) -> None:
    """Code INPUT into a .cpv file."""
    check_new(output, overwrite=o["force"])
    adaptive = o["layout"] == ADAPTIVE
    check_options(adaptive)
    if output.exists() and source.exists() and output.samefile(source):
        raise InputError(f"'{output}' is the input itself: name another file for the output")
    extra = []
    for text in o["param"]:
        key, equals, value = text.partition("=")
        if not equals:
            raise InputError(f"'{text}' is not KEY=VALUE: give e.g. --param rd=4")
        extra.append((key, value))
    with as_420(open_video(source, o["size"], o["fps"], o["bit_depth"])) as video:
        for note in video.notes:
            err.print(f"note: {note}")
        config = Config(o["config"])
        frames = o["frames"] or len(video)
        if frames > len(video):
            raise InputError(
                f"'{source}' has {len(video)} frames and --frames asks for {frames}: give fewer"
            )
        codec = get_codec(o["codec"])
        gop = o["gop"]
        if gop is None:
            gop = default_gop(config, video.fps, codec.mini_gop(config))
        options = LayoutOptions(
            *(o["scale"], gop, o["group"], o["delta_qp"]),
            *(o["shared_boundary"], not o["no_injection"]),
            boundary_scale=o["boundary_scale"],
        )
        job = EncodeJob(
            make_layout("anchor" if adaptive else o["layout"], frames, config, options),
            o["qp"],
            CodecOptions(
                *(o["preset"], tuple(extra), o["threads"]),
                cfg=codec.cfg_for(video.name, video.class_name, video.fmt),
            ),
            Filter(o["kernel"]),
        )
        limits = limits_of(o["stall_timeout"], o["timeout"])
        with status("encoding"):
            done: Encoded | AdaptiveEncoded
            if adaptive:
                done = encode_adaptively(video, codec, job, o, output, limits)
            else:
                done = encode(video, codec, job, output, limits=limits)
    manifest = done.manifest
    for note in manifest.notes:
        err.print(f"note: {note}", soft_wrap=True)
    out.print(
        f"{output}: {manifest.sequence.frames} frames, {manifest.stream_bytes} bytes,"
        f" {manifest.rate_kbps:.3f} kbps (container: {done.container_bytes} bytes more),"
        f" encoded in {done.times.wall_s.get('encode', 0):.1f} s",
        soft_wrap=True,
    )
