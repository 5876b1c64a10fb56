"""The ``codecpipe`` command: reads arguments, calls the packages, prints."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

import bdrate as bd
import codecpipe
from codecpipe.adaptive.encode import AdaptiveEncoded
from codecpipe.adaptive.modes import ADAPTIVE
from codecpipe.catalogue import load_builtin, load_catalogue, verify
from codecpipe.chroma import as_420
from codecpipe.codec import CodecOptions
from codecpipe.encode import Encoded, encode
from codecpipe.errors import InputError
from codecpipe.ffmpeg import ffmpeg_version
from codecpipe.job import EncodeJob
from codecpipe.layout import LAYOUTS, Config, LayoutOptions, default_gop, make_layout
from codecpipe.metrics.measure import measure as measure_videos
from codecpipe.opening import open_cpv, open_decoder
from codecpipe.output import check_new, check_output
from codecpipe.resample import Filter
from codecpipe.source import Geometry, Source, open_source
from encoders import CODECS, get_codec
from enhancers import ENHANCERS, check_enhancer
from enhancers.engine.options import DEVICES, DeviceName, EngineOptions
from experiments import console as show
from experiments.cli_adaptive import adaptive_options, check_options, encode_adaptively
from experiments.cli_compare import compare_command
from experiments.cli_dataset import dataset_group
from experiments.cli_enhance import enhance_command, weights_group
from experiments.cli_entry import enter, err, out, status
from experiments.cli_logs import logs_command
from experiments.cli_options import (
    geometry_options,
    limits_of,
    read_scale,
    restored_options,
    software_options,
    stall_option,
)
from experiments.cli_rd import demo_command, rd_command, report_command
from experiments.cli_study import study_command
from experiments.cli_train import train_command
from experiments.doctor import additions, examine
from experiments.enhancing import file_enhancer, write_restored
from experiments.file_info import info_json, info_tables

PATH = click.Path(path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=False)
@click.version_option(codecpipe.__version__, prog_name="codecpipe")
@click.option("--debug", is_flag=True, help="Show the traceback of an error (anywhere).")
def main(debug: bool) -> None:
    """Down-sampling based video coding with a standard codec in the loop."""
    del debug  # taken from the command line by `enter`, which must know it for every error


def run() -> None:
    """The command's entry."""
    enter(main)


def _print_json(document: Any) -> None:
    click.echo(json.dumps(document, indent=1, ensure_ascii=False))


def _open(
    path: Path,
    size: tuple[int, int] | None,
    fps: Fraction | None,
    bit_depth: int | None,
    default_fps: Fraction | None = None,
) -> Source:
    width, height = size or (None, None)
    geometry = Geometry(width, height, fps, bit_depth)
    return open_source(path, geometry, load_builtin(), default_fps=default_fps)


# --- one file ------------------------------------------------------------------------------------


@main.command("encode")
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
    with as_420(_open(source, o["size"], o["fps"], o["bit_depth"])) as video:
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


@main.command("decode")
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


@main.command("info")
@click.argument("file", type=PATH)
@click.option("--json", "as_json", is_flag=True)
def info_command(file: Path, as_json: bool) -> None:
    """Show streams, layout and bits per picture of FILE.cpv."""
    with open_cpv(file) as cpv:
        if as_json:
            _print_json(info_json(cpv))
            return
        for part in info_tables(cpv):
            out.print(part)


@main.command("measure")
@click.argument("reference", type=PATH)
@click.argument("test", type=PATH)
@click.option("--metric", default="psnr", show_default=True, help="psnr,ssim,ms-ssim,vmaf,xpsnr")
@click.option("--frames", type=click.IntRange(min=1), help="Compare the first N frames only.")
@click.option("--json", "as_json", is_flag=True)
@geometry_options
def measure_command(
    reference: Path,
    test: Path,
    metric: str,
    frames: int | None,
    as_json: bool,
    size: tuple[int, int] | None,
    fps: Fraction | None,
    bit_depth: int | None,
) -> None:
    """Measure TEST against REFERENCE, frame by frame."""
    names = [name.strip() for name in metric.split(",") if name.strip()]
    with (
        _open(reference, size, fps, bit_depth, Fraction(25)) as a,
        _open(test, size, fps, bit_depth, Fraction(25)) as b,
        status("measuring"),
    ):
        if a.fmt.chroma is not b.fmt.chroma:
            a, b = as_420(a), as_420(b)  # noqa: PLW2901
            for note in (*a.notes, *b.notes):
                err.print(f"note: {note}")
        result = measure_videos(a, b, names, frames=frames)
    if as_json:
        _print_json(result.to_dict())
        return
    out.print(show.measurement_table(result))


# --- numbers -------------------------------------------------------------------------------------


@main.command("bdrate")
@click.argument("anchor", type=PATH)
@click.argument("test", type=PATH)
@click.option("--method", type=click.Choice(list(bd.METHODS)), default="pchip", show_default=True)
@click.option("--metric", default="psnr_y", show_default=True, help="Columns, comma-separated.")
@click.option("--json", "as_json", is_flag=True)
@click.option("--plot", type=PATH, help="PNG, SVG or PDF of both curves (one comparison only).")
def bdrate_command(
    anchor: Path, test: Path, method: str, metric: str, as_json: bool, plot: Path | None
) -> None:
    """Bjøntegaard deltas of the curves in TEST against those in ANCHOR (CSV or JSON)."""
    metrics = tuple(name.strip() for name in metric.split(",") if name.strip())
    comparisons = bd.compare_files(anchor, test, metrics, method)
    if plot is not None:
        show.plot_one(anchor, test, metrics[0], method, plot)
        err.print(f"note: {plot} written")
    if as_json:
        _print_json(show.comparisons_json(comparisons))
    else:
        click.echo(bd.make_table(comparisons).to_text())
    results = [one for comparison in comparisons for one in comparison.results.values()]
    errors = [one for one in results if isinstance(one, bd.BDError)]
    if errors and len(errors) == len(results):
        raise errors[0]


main.add_command(rd_command)
main.add_command(demo_command)
main.add_command(report_command)
main.add_command(compare_command)
main.add_command(study_command)
main.add_command(logs_command)
main.add_command(dataset_group)
main.add_command(train_command)
main.add_command(enhance_command)
main.add_command(weights_group)


# --- what there is -------------------------------------------------------------------------------


@main.command("doctor")
@software_options
@click.option("--json", "as_json", is_flag=True)
def doctor_command(as_json: bool) -> None:
    """Show what is installed, and what to do about what is not."""
    findings = examine(Path.cwd())
    if as_json:
        _print_json([vars(finding) for finding in findings])
    else:
        out.print(show.doctor_table(findings))
        for line in additions():
            out.print(line, soft_wrap=True)
    missing = [finding.name for finding in findings if finding.needed and not finding.ok]
    if missing:
        raise InputError(f"codecpipe cannot work without {', '.join(missing)}: see above")


@main.group("sequences", no_args_is_help=False)
def sequences_group() -> None:
    """The catalogues of test sequences."""


catalogue_option = click.option("--catalogue", type=PATH, help="A catalogue of your own, in YAML.")


@sequences_group.command("list")
@catalogue_option
@click.option("--json", "as_json", is_flag=True)
def sequences_list(catalogue: Path | None, as_json: bool) -> None:
    """List the sequences that are known."""
    known = load_builtin().merged(load_catalogue(catalogue)) if catalogue else load_builtin()
    if as_json:
        _print_json([show.sequence_json(info) for info in known])
    else:
        out.print(show.sequences_table(known))


@sequences_group.command("verify")
@click.option("--root", type=PATH, required=True, help="Folder that holds the sequences.")
@catalogue_option
@click.option("--json", "as_json", is_flag=True)
def sequences_verify(root: Path, catalogue: Path | None, as_json: bool) -> None:
    """Look for the sequences' files under a folder and check their sizes."""
    known = load_builtin().merged(load_catalogue(catalogue)) if catalogue else load_builtin()
    rows = verify(known, root)
    if as_json:
        _print_json([show.verify_json(row) for row in rows])
    else:
        out.print(show.verify_table(rows))
    wrong = sum(row.state == "wrong-size" for row in rows)
    if wrong:
        raise InputError(f"{wrong} files have a wrong size: see the table")


if __name__ == "__main__":
    run()
