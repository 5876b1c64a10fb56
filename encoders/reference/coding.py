"""Coding one stream in one or several runs of a reference encoder, and joining what they wrote."""

import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from codecpipe.codec import CodingTask
from codecpipe.errors import ToolError
from codecpipe.programs.process import ToolRun
from codecpipe.video.rawvideo import RawVideo
from encoders.reference.commands import ReferenceSoftware, offsets_of
from encoders.reference.program import check_encode, run_program
from encoders.reference.runs import Join, Run, RunPlan


def code_runs(software: ReferenceSoftware, task: CodingTask, plan: RunPlan) -> ToolRun:
    """Write ``task.out`` from `source_of` it; the times are those of all runs together."""
    out = task.out

    def code(run: Run, stream: Path, recon: Path | None) -> ToolRun:
        command = software.command(task, plan, run, stream=stream, recon=recon)
        offsets = offsets_of(task, run)
        if task.settings.qp_offsets:
            # One line a picture of this run, in display order.
            mine = task.settings.qp_offsets[run.first : run.first + run.count]
            offsets.write_text("".join(f"{offset}\n" for offset in mine), encoding="ascii")
        try:
            done = run_program(command, out.parent, task.limits, fmt=task.fmt, name=software.name)
        finally:
            offsets.unlink(missing_ok=True)
        check_encode(done, stream, frames=run.count, limits=task.limits)
        return done

    if plan.join is Join.NONE:
        return code(plan.runs[0], out, None)
    parts = [out.with_name(f"{out.name}.part{at}") for at in range(len(plan.runs))]
    recons = [out.with_name(f"{part.name}.rec.yuv") for part in parts]
    segmented = plan.join is Join.SEGMENTS
    started = time.monotonic()
    try:
        wanted = recons if segmented else [None] * len(parts)
        with ThreadPoolExecutor(task.settings.options.threads) as pool:
            # `map` cancels what has not begun when a run fails.
            runs = list(pool.map(code, plan.runs, parts, wanted))
        if segmented:
            _join_segments(software, task, plan, parts=parts, recons=recons)
        else:
            with out.open("wb") as whole:
                for part in parts:
                    with part.open("rb") as file:
                        shutil.copyfileobj(file, whole)
    finally:
        for path in (*parts, *recons):
            path.unlink(missing_ok=True)
    return ToolRun(
        command=runs[0].command,
        wall_s=time.monotonic() - started,
        cpu_s=sum(run.cpu_s for run in runs),
        stderr="\n".join(run.stderr for run in runs),
    )


def _join_segments(
    software: ReferenceSoftware,
    task: CodingTask,
    plan: RunPlan,
    parts: Sequence[Path],
    recons: Sequence[Path],
) -> None:
    """Join by the software's own ``parcat``; the stream must decode to what the encoders had."""
    joiner = software.install.joiner
    if joiner is None:
        raise ToolError(
            f"{software.name} has no parcat beside its encoder, which joins segments: build it, or"
            " leave --threads at 1"
        )
    command = [str(joiner), *(part.name for part in parts), task.out.name]
    run_program(command, task.out.parent, task.limits, fmt=task.fmt, name=software.name)
    decoded = software.decode(task.out, task.fmt, limits=task.limits, on_done=lambda _: None)
    for at, (run, path) in enumerate(zip(plan.runs, recons, strict=True)):
        with RawVideo(path, task.fmt) as recon:
            # The first picture of a segment is the last of the one before.
            for index in range(1 if at else 0, run.count):
                frame = next(decoded, None)
                if frame is None or not np.array_equal(frame, recon.frame(index)):
                    raise ToolError(
                        f"the segments of {software.name} do not make one stream with these"
                        f" settings (picture {run.first + index} differs): leave --threads at 1"
                    )
    for _ in decoded:
        raise ToolError(f"the joined segments of {software.name} have pictures too many")
