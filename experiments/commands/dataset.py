"""``codecpipe dataset``: training data on the command line."""

import os
from pathlib import Path

import click

from codecpipe.errors import InputError
from codecpipe.programs.process import Limits
from experiments.commands.entry import err, one_line, out, status
from experiments.commands.options import PATH, software_options, stall_option


@click.group("dataset", no_args_is_help=False)
def dataset_command() -> None:
    """Training data for restoration networks."""


@dataset_command.command("build")
@click.argument("file", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The dataset's folder.")
@click.option("--root", type=PATH, help="Folder of the clips.  [default: FILE's own]")
@click.option("--jobs", type=click.IntRange(min=1), help="Jobs at a time.  [default: cores]")
@click.option("--dry-run", is_flag=True, help="List what is to be made, and stop.")
@software_options
@stall_option
def build_command(
    file: Path, output: Path, root: Path | None, jobs: int | None, dry_run: bool, limits: Limits
) -> None:
    """Code and decode the clips of FILE; start again to go on where a build ended."""
    # Not at the top: no other command needs these.
    from experiments.dataset.build import build, plan_dataset  # noqa: PLC0415
    from experiments.dataset.workers import Done  # noqa: PLC0415

    with status("planning"):
        planned = plan_dataset(file, root)
    for split in ("train", "validation"):
        clips = [clip for clip in planned.clips if clip.split == split]
        frames = sum(clip.count for clip in clips)
        items = sum(item.clip.split == split for item in planned.items)
        out.print(f"{split}: {len(clips)} clips with {frames} frames, {items} files to code")
    if dry_run:
        for item in planned.items:
            said = f"{item.label}: {item.clip.count} frames, {item.clip.fmt.size}"
            out.print(said, soft_wrap=True)
        return

    def tell(done: Done, count: int, total: int) -> None:
        said = f"failed: {done.failure}" if done.failure else f"{done.wall_s:.1f} s"
        err.print(one_line(f"[{count}/{total}] {done.label}: {said}"), soft_wrap=True)

    jobs = jobs or len(os.sched_getaffinity(0))
    built = build(planned, output, jobs=jobs, limits=limits, on_done=tell)
    if built.failed:
        for label, message in built.failed.items():
            err.print(one_line(f"failed: {label}: {message}"), soft_wrap=True)
        raise InputError(
            f"{len(built.failed)} clips or files failed, and there is no dataset.json yet;"
            " what was made is kept, start again to try the failed ones once more"
        )
    out.print(f"{output}: {built.made} files made, {built.kept} kept", soft_wrap=True)
